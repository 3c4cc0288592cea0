"""Reading workflow files, and deciding which events start them."""

from typing import Any

import pytest

from embedded.actions.plan import Planner
from embedded.actions.triggers import selects, starts
from embedded.actions.workflow import InvalidWorkflow, effective_permissions, lesser, parse
from embedded.github.events import Event

JOB = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}"
PATH = ".github/workflows/w.yml"


def event(name: str = "push", ref: str = "refs/heads/main", **fields: Any) -> Event:
    payload = fields.pop("payload", {})
    return Event(name, "o/n", ref, "a" * 40, payload, "o", **fields)


def is_started(on: str, what: Event, changed: tuple[str, ...] = ()) -> bool:
    return starts(parse(f"on: {on}\n{JOB}", PATH).on, PATH, what, lambda: changed)


@pytest.mark.parametrize("on", ["push", "[push, workflow_dispatch]", "{push: }", "{push: {branches: [main]}}"])
def test_push_starts__every_way_to_write_it(on: str) -> None:
    assert is_started(on, event())


@pytest.mark.parametrize(
    ("filters", "ref", "expected"),
    [
        ("branches: [main]", "refs/heads/dev", False),
        ("branches: ['releases/**']", "refs/heads/releases/1/2", True),
        ("branches: ['releases/*']", "refs/heads/releases/1/2", False),
        ("branches: ['v*', '!v2']", "refs/heads/v2", False),
        ("branches-ignore: [main]", "refs/heads/main", False),
        ("branches: [main]", "refs/tags/v1", False),
        ("tags: ['v[12]*']", "refs/tags/v1.0", True),
        ("tags: ['v*']", "refs/heads/main", False),
    ],
)
def test_push_starts__filters_of_refs(filters: str, ref: str, expected: bool) -> None:
    assert is_started(f"{{push: {{{filters}}}}}", event(ref=ref)) is expected


def test_push_starts__filters_of_paths() -> None:
    on = "{push: {paths: ['docs/**', '!docs/private/**']}}"
    assert is_started(on, event(), ("docs/a/b.md",))
    assert not is_started(on, event(), ("docs/private/x", "src/a.py"))
    assert not is_started("{push: {paths-ignore: ['**.md']}}", event(), ("docs/a.md", "README.md"))
    assert is_started("{push: {paths-ignore: ['**.md']}}", event(), ("docs/a.md", "a.py"))


def test_push_starts__not_for_a_skip_mark_or_a_deleted_branch() -> None:
    assert not is_started("push", event(payload={"head_commit": {"message": "Change [skip ci]"}}))
    assert not is_started("push", event(payload={"head_commit": {"message": "Change\n\n\nskip-checks: true"}}))
    assert not is_started("push", Event("push", "o/n", "refs/heads/x", "0" * 40, {}, "o"))


def test_repository_dispatch_starts__only_its_types() -> None:
    on = "{repository_dispatch: {types: [build-task]}}"
    assert is_started(on, event("repository_dispatch", payload={"action": "build-task"}))
    assert not is_started(on, event("repository_dispatch", payload={"action": "other"}))
    assert is_started("repository_dispatch", event("repository_dispatch", payload={"action": "other"}))


def test_workflow_dispatch_starts__only_the_named_workflow() -> None:
    assert is_started("workflow_dispatch", event("workflow_dispatch", workflow_path=PATH))
    assert not is_started("workflow_dispatch", event("workflow_dispatch", workflow_path=".github/workflows/other.yml"))


def test_workflow_run_starts__only_after_the_named_workflow() -> None:
    ended = {"action": "completed", "workflow_run": {"name": "Build", "head_branch": "main"}}
    assert is_started("{workflow_run: {workflows: [Build], types: [completed]}}", event("workflow_run", payload=ended))
    assert not is_started("{workflow_run: {workflows: [Other]}}", event("workflow_run", payload=ended))


def test_selects__question_mark_repeats_the_sign_before() -> None:
    assert selects(["*.jsx?"], "page.js")
    assert selects(["*.jsx?"], "page.jsx")
    assert not selects(["*.jsx?"], "a/page.js")


@pytest.mark.parametrize(
    ("workflow", "job", "expected"),
    [
        ("", "", {"contents": "read", "packages": "read"}),
        ("permissions: {}", "", {}),
        ("permissions: {contents: write}", "", {"contents": "write"}),
        ("permissions: {contents: write}", "permissions: {pages: write, issues: none}", {"pages": "write"}),
        ("permissions: write-all", "permissions: {}", {}),
    ],
)
def test_permissions__the_job_before_the_workflow_before_the_default(
    workflow: str, job: str, expected: dict[str, str]
) -> None:
    text = f"on: push\n{workflow}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    {job}\n    steps: []\n"
    parsed = parse(text, PATH)
    assert effective_permissions(parsed, parsed.jobs["a"]) == expected


def test_permissions__read_all_names_every_scope() -> None:
    parsed = parse(f"on: push\npermissions: read-all\n{JOB}", PATH)
    assert parsed.permissions is not None
    assert parsed.permissions["id-token"] == "read"


def test_lesser__a_called_workflow_gets_no_more_than_its_caller() -> None:
    assert lesser({"contents": "read", "pages": "write"}, {"contents": "write", "id-token": "write"}) == {
        "contents": "read"
    }


def test_plan__called_workflow_with_names_and_permissions() -> None:
    caller = """
on: push
permissions: {contents: read}
jobs:
  build:
    name: Build it
    uses: ./.github/workflows/called.yml
"""
    called = """
on: {workflow_call: {}}
jobs:
  inner:
    name: Inner ${{ github.ref_name }}
    runs-on: ubuntu-latest
    timeout-minutes: 3
    permissions: {contents: write}
    steps: [{run: 'true'}]
"""
    planner = Planner(lambda *_: called, {"github": {"ref_name": "main"}})
    (job,) = planner.jobs(parse(caller, PATH), ("o/n", "a" * 40))
    assert (job.full_name, job.permissions, job.timeout_minutes) == ("Build it / Inner main", {"contents": "read"}, 3)


@pytest.mark.parametrize(
    "text",
    [
        "on: [",
        "on: push",
        "on: push\njobs: {a: 5}",
        "on: push\nconcurrency: {group: g, queue: max, cancel-in-progress: true}\n" + JOB,
        "on: push\nconcurrency: {group: g, queue: many}\n" + JOB,
    ],
)
def test_parse__refuses_what_github_refuses(text: str) -> None:
    with pytest.raises(InvalidWorkflow, match=r"w\.yml"):
        parse(text, PATH)
