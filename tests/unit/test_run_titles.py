"""The titles of runs: each says its workflow and what it is about, and the programs that look for runs find them."""

import re
from pathlib import Path
from typing import Any

import pytest

from embedded.actions.run_documents import new_run
from embedded.actions.workflow import parse
from embedded.github.events import Event
from embedded.github.store import Store
from receiver.task.run_title import id_in_title, task_in_title

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
ID, KEY = "0123456789abcdef0123", "c0ffee" + "d" * 14
BUILD = {"build_id": ID, "task_key": KEY, "round": 2, "envelope": "sealed"}
FEEDBACK = {"message_id": ID, "project": "owner/site-c0ffee", "text": "private@example.org"}
COMMAND = {"job_id": ID, "project": "owner/site-c0ffee", "command": "cat private@example.org"}
DISPATCH = "repository_dispatch"
TITLES = [
    ("build", DISPATCH, {"client_payload": BUILD}, f"build {ID} · task {KEY} round 2"),
    ("feedback", DISPATCH, {"client_payload": FEEDBACK}, f"feedback {ID} · owner/site-c0ffee"),
    ("execute", DISPATCH, {"client_payload": COMMAND}, f"execute {ID} · owner/site-c0ffee"),
    ("evaluate", "schedule", {}, "evaluate · the newest pages"),
    ("reconcile", "schedule", {}, "reconcile · on schedule"),
    ("reconcile", "workflow_dispatch", {}, "reconcile · by hand"),
    ("dashboard", "schedule", {}, "dashboard · collect after schedule"),
    (
        "dashboard",
        "workflow_run",
        {"workflow_run": {"display_title": f"build {ID} · task {KEY} round 2"}},
        f"dashboard · collect after build {ID} · task {KEY} round 2",
    ),
]
BY_HAND: list[tuple[str, dict[str, str], str]] = [
    (
        "build",
        {"payload": f'{{"build_id": "{ID}", "task_key": "{KEY}", "round": 1}}'},
        f"build {ID} · task {KEY} round 1",
    ),
    ("execute", {"project": "site", "command": "ls"}, "execute by hand · site"),
    ("task", {"template": "tip-splitter", "recipient": "private@example.org"}, "task · tip-splitter"),
    ("task", {"template": "", "idea": "A page", "recipient": "private@example.org"}, "task · from an idea"),
    ("evaluate", {"project": "site"}, "evaluate · site"),
]


def title(store: Store, workflow: str, event: str, payload: dict[str, Any], inputs: dict[str, Any]) -> str:
    found = parse((WORKFLOWS / f"{workflow}.yml").read_text(), f".github/workflows/{workflow}.yml")
    wanted = Event(event, "owner/runner", "refs/heads/main", "a" * 40, payload, "owner", inputs=inputs)
    return str(new_run(store, wanted, found)["run_name"])


def test_a_builds_title_names_its_task_and_round(tmp_path: Path) -> None:
    store = Store(tmp_path)
    told = title(store, "build", DISPATCH, {"client_payload": BUILD}, {})
    assert task_in_title({"display_title": told}) == (KEY, 2)
    other = title(store, "feedback", DISPATCH, {"client_payload": FEEDBACK}, {})
    assert task_in_title({"display_title": other}) == ("", 0)


@pytest.mark.parametrize(("workflow", "event", "payload", "expected"), TITLES)
def test_a_title_says_which_workflow_and_which_task_or_project(
    tmp_path: Path, workflow: str, event: str, payload: dict[str, Any], expected: str
) -> None:
    assert title(Store(tmp_path), workflow, event, payload, {}) == expected


@pytest.mark.parametrize(("workflow", "inputs", "expected"), BY_HAND)
def test_a_run_that_was_started_by_hand_says_so_too__and_nothing_private(
    tmp_path: Path, workflow: str, inputs: dict[str, str], expected: str
) -> None:
    assert title(Store(tmp_path), workflow, "workflow_dispatch", {}, inputs) == expected


def test_every_workflow_begins_its_title_with_its_name() -> None:
    for path in WORKFLOWS.glob("*.yml"):
        workflow = parse(path.read_text(), path.name)
        assert str(workflow.run_name).startswith(f"{workflow.name} "), path.name


@pytest.mark.parametrize("kind", ["build", "feedback", "execute"])
def test_the_id_is_found_in_old_and_new_titles_of_its_own_workflow_only(kind: str) -> None:
    for words in ("", " · task x round 2", " · owner/site"):
        assert id_in_title(kind, {"display_title": f"{kind} {ID}{words}"}) == ID
        assert id_in_title(kind, {"name": f"{kind} {ID}{words}"}) == ID
        assert id_in_title("other", {"display_title": f"{kind} {ID}{words}"}) is None
    for odd in ("by hand", ID[1:], f"{ID}0", ID.upper(), f"{ID} x", f"dashboard · after {kind} {ID}"):
        assert id_in_title(kind, {"display_title": f"{kind} {odd}"}) is None
    assert id_in_title(kind, {}) is None


def test_the_dashboards_script_reads_the_same_titles() -> None:
    script = (ROOT / "dashboard" / "static" / "github.js").read_text()
    [pattern] = re.findall(r"const BUILD = /(.+)/;", script)
    for text in (f"build {ID}", TITLES[0][3]):
        found = re.search(pattern, text)
        assert found
        assert found[1] == id_in_title("build", {"display_title": text})
    assert not re.search(pattern, f"dashboard · collect after build {ID}")
