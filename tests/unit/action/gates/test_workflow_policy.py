"""The policy for workflow files of models: what it admits, what it puts in, and what it refuses in words."""

from pathlib import Path

import pytest
import yaml

from action.gates.workflow_policy import Admitted, is_workflow, review
from action.gates.workflow_rules import known_actions
from action.gates.workflow_yaml import deploys_on_push

PINS = known_actions()
PATH = ".github/workflows/check.yml"
PLAIN = """\
# Checks the data.
name: Check
on:
  push:
    branches: [main]
  workflow_dispatch:
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - name: Check out
        uses: actions/checkout@v4
      - name: Run it # the tool
        run: python3 check.py
"""
DEPLOYING = """\
name: Publish
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@main # newest
      - run: python3 make.py > result.json
      - uses: actions/upload-pages-artifact@v3
        with: {path: .}
      - id: deploy
        uses: actions/deploy-pages@v4
"""


def admitted(text: str, path: str = PATH) -> Admitted:
    found = review(path, text, pins=PINS)
    assert isinstance(found, Admitted), found
    return found


def refused(text: str, path: str = PATH) -> str:
    found = review(path, text, pins=PINS)
    assert not isinstance(found, Admitted), found.text
    assert {refusal.path for refusal in found} == {path}
    return "\n".join(refusal.reason for refusal in found)


def with_step(step: str) -> str:
    return PLAIN + f"      - {step}\n"


def with_line(after: str, line: str) -> str:
    assert after in PLAIN
    return PLAIN.replace(after, f"{after}{line}\n", 1)


def test_a_plain_workflow_keeps_its_text_apart_from_the_pin() -> None:
    pin = PINS["actions/checkout"]
    assert admitted(PLAIN).text == PLAIN.replace("actions/checkout@v4", f"{pin.reference} # {pin.version}")
    assert not admitted(PLAIN).deploys_pages


@pytest.mark.parametrize("text", [PLAIN, DEPLOYING, PLAIN.replace("\n", "\r\n"), PLAIN.rstrip()])
def test_what_was_admitted_is_admitted_again_without_a_change(text: str) -> None:
    once = admitted(text)
    assert admitted(once.text) == once


@pytest.mark.parametrize(
    "uses",
    [
        "actions/checkout@v4 # a comment",
        '"actions/checkout@v4"',
        "'Actions/Checkout@v4'   ",
        "actions/checkout@0123456789012345678901234567890123456789",
    ],
)
def test_every_spelling_of_a_known_action_becomes_its_pin(uses: str) -> None:
    document = yaml.safe_load(admitted(PLAIN.replace("actions/checkout@v4", uses)).text)
    assert document["jobs"]["check"]["steps"][0]["uses"] == PINS["actions/checkout"].reference


def test_permissions_and_time_limits_are_put_in() -> None:
    text = PLAIN.replace("permissions:\n  contents: read\n", "").replace("    timeout-minutes: 5\n", "")
    document = yaml.safe_load(admitted(text).text)
    assert document["permissions"] == {"contents": "read"}
    assert document["jobs"]["check"]["timeout-minutes"] == 10


@pytest.mark.parametrize("minutes", ["0", "16", "360"])
def test_a_time_limit_out_of_range_becomes_the_longest(minutes: str) -> None:
    document = yaml.safe_load(admitted(PLAIN.replace("timeout-minutes: 5", f"timeout-minutes: {minutes}")).text)
    assert document["jobs"]["check"]["timeout-minutes"] == 15


def test_a_workflow_that_deploys_gets_what_that_needs() -> None:
    found = admitted(DEPLOYING)
    job = yaml.safe_load(found.text)["jobs"]["publish"]
    assert found.deploys_pages
    assert job["environment"] == "github-pages"
    assert job["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert yaml.safe_load(found.text)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/pages.yml",
        ".github/workflows/Pages.yaml",
        ".github/workflows/a/b.yml",
        ".github/workflows/.yml",
        ".github/workflows/x.yml.txt",
        ".github/workflows/../x.yml",
        ".github/workflows/x y.yml",
        ".github/dependabot.yml",
        ".GitHub/workflows/x.yml",
    ],
)
def test_names_that_are_reserved_or_strange(path: str) -> None:
    assert refused(PLAIN, path)


@pytest.mark.parametrize(
    "trigger",
    ["pull_request_target", "pull_request", "schedule", "workflow_run", "issue_comment", "repository_dispatch"],
)
@pytest.mark.parametrize("form", ["on: {0}", "on: [push, {0}]", "on:\n  push:\n  {0}:", '"on": {0}'])
def test_other_triggers(trigger: str, form: str) -> None:
    head, tail = PLAIN.split("on:\n", 1)
    text = head + form.format(trigger) + "\npermissions:" + tail.split("permissions:", 1)[1]
    assert trigger in refused(text)


def test_no_trigger_and_tags() -> None:
    assert "must run on push" in refused(PLAIN.replace("on:\n", "off:\n"))
    assert "tags" in refused(PLAIN.replace("branches: [main]", "tags: [v1]"))


@pytest.mark.parametrize(
    "permissions",
    [
        "write-all",
        "read-all",
        "{contents: write}",
        "{pages: admin}",
        "{packages: read}",
        "{actions: write}",
        "{id-token: read}",
        "[contents]",
        "",
    ],
)
def test_more_permissions(permissions: str) -> None:
    assert "permissions" in refused(PLAIN.replace("permissions:\n  contents: read", f"permissions: {permissions}"))
    assert "permissions" in refused(with_line("runs-on: ubuntu-latest\n", f"    permissions: {permissions}"))


@pytest.mark.parametrize("permissions", ["{}", "{contents: read, pages: read, id-token: none}", "{contents: none}"])
def test_fewer_permissions(permissions: str) -> None:
    admitted(PLAIN.replace("permissions:\n  contents: read", f"permissions: {permissions}"))


@pytest.mark.parametrize(
    "uses",
    [
        "evil/action@v1",
        "actions/checkout",
        "actions/checkout@",
        "actions/checkout@v4 extra",
        "actions/checkout/sub@v4",
        "actions/github-script@v7",
        "./action",
        "docker://alpine:3",
        "$/action",
        "${{ matrix.action }}@v1",
        "|\n          actions/checkout@v4",
        '"actions/checkout@\\\n          v4"',
    ],
)
def test_other_actions(uses: str) -> None:
    assert "must not use" in refused(with_step(f"uses: {uses}"))


@pytest.mark.parametrize(
    "line",
    [
        "    container: alpine",
        "    services: {db: {image: postgres}}",
        "    uses: other/repo/.github/workflows/x.yml@main",
        "    secrets: inherit",
        "    snapshot: image",
        "    Steps: []",
    ],
)
def test_what_a_job_must_not_have(line: str) -> None:
    assert "must not have" in refused(with_line("runs-on: ubuntu-latest\n", line))


def test_what_a_step_and_a_workflow_must_not_have() -> None:
    assert "must not have 'plugin'" in refused(with_step("run: x\n        plugin: y"))
    assert "either" in refused(with_step("run: x\n        uses: actions/checkout@v4"))
    assert "either" in refused(with_step("name: nothing"))
    assert "must not have 'inputs'" in refused(PLAIN + "inputs: {}\n")
    step = "uses: actions/checkout@v4\n        with: {repository: other/repo}"
    assert "another repository" in refused(with_step(step))


@pytest.mark.parametrize(
    "expression",
    [
        "${{ secrets.DEPLOY_KEY }}",
        "${{ secrets['DEPLOY_KEY'] }}",
        "${{ toJSON(secrets) }}",
        "${{ SECRETS.Key }}",
        "${{ secrets.GITHUB_TOKEN_2 }}",
        "${{ secrets.GITHUB_TOKEN || secrets.OTHER }}",
        "${{ format('}}{0}', secrets.OTHER) }}",
        "${{\n          secrets.OTHER }}",
        "${{ secrets.OTHER",
    ],
)
def test_other_secrets(expression: str) -> None:
    assert "secrets.GITHUB_TOKEN" in refused(with_step(f"run: |\n          echo {expression}"))


def test_a_secret_in_a_condition_without_braces() -> None:
    assert "secret" in refused(with_step("run: x\n        if: secrets.KEY != ''"))


@pytest.mark.parametrize("text", ["${{ secrets.GITHUB_TOKEN }}", "${{ github.token }}", "no secrets here"])
def test_the_own_token_and_the_plain_word(text: str) -> None:
    admitted(with_step(f"run: echo {text}"))


@pytest.mark.parametrize(
    "label",
    ["self-hosted", "[self-hosted, linux]", "${{ matrix.os }}", "windows-latest", "{group: big}", "", "ubuntu-x"],
)
def test_other_runners(label: str) -> None:
    assert "runs-on" in refused(PLAIN.replace("runs-on: ubuntu-latest", f"runs-on: {label}"))


def test_matrices_are_counted() -> None:
    line = "    strategy: {{matrix: {0}}}"
    admitted(with_line("runs-on: ubuntu-latest\n", line.format("{python: ['3.11', '3.12'], os: [a, b]}")))
    for matrix in ("{a: [1, 2, 3], b: [1, 2, 3]}", "${{ fromJSON(x) }}", "{a: '${{ fromJSON(x) }}'}", "{}"):
        assert "matrix" in refused(with_line("runs-on: ubuntu-latest\n", line.format(matrix)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: [", "not valid YAML"),
        ("", "must be a YAML mapping"),
        ("- a\n- b\n", "must be a YAML mapping"),
        (PLAIN + "env: &a {x: y}\n", "anchors"),
        (PLAIN + "env: *a\n", "aliases"),
        (PLAIN + "env: !!python/name:os.system {}\n", "tags"),
        ("%YAML 1.1\n---\n" + PLAIN, "directives"),
        (PLAIN + "---\n" + PLAIN, "single document"),
        (PLAIN + "name: again\n", "twice"),
        (PLAIN + "<<: {x: y}\n", "plain keys"),
        (PLAIN + "? [a]\n: b\n", "plain keys"),
        (PLAIN + "# \u2028jobs: {}\n", "invisible"),
        (PLAIN + "# \u202e\n", "invisible"),
        (PLAIN + "#" * 40_000, "larger"),
        ("a: " + "[" * 10_000, "deeper"),
        ("a: " + "{a: " * 25 + "}" * 25, "deeper"),
        ("name: x\non: push\njobs: {}\n", "must have jobs"),
        ("name: x\non: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: x}]}}\n", "lines of its own"),
        ("name: x\non: push\njobs:\n  a:\n", "job a"),
        ("name: x\non: push\njobs: text\n", "must have jobs"),
        (PLAIN.replace("timeout-minutes: 5", "timeout-minutes: ${{ 5 }}"), "whole number"),
    ],
)
def test_text_that_is_no_plain_workflow(text: str, reason: str) -> None:
    assert reason in refused(text)


def test_too_many_jobs_and_steps() -> None:
    job = "  j{0}:\n    runs-on: ubuntu-latest\n    steps:\n      - run: x\n"
    assert "7 jobs" in refused(PLAIN + "".join(job.format(n) for n in range(6)))
    assert "42 steps" in refused(PLAIN + "      - run: x\n" * 40)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("on: push", "on: workflow_dispatch", "each push"),
        ("on: push", "on: {push: {paths: [a]}}", "each push"),
        ("    steps:", "    permissions: {pages: write}\n    steps:", "id-token: write"),
        ("on: push", "on: push\npermissions: {contents: read}", "id-token: write"),
        ("    steps:", "    environment: production\n    steps:", "github-pages"),
        ("    steps:", "    environment: {name: x}\n    steps:", "github-pages"),
    ],
)
def test_a_deployment_that_could_not_work(old: str, new: str, reason: str) -> None:
    assert reason in refused(DEPLOYING.replace(old, new, 1))


def test_two_jobs_that_deploy() -> None:
    assert "one job" in refused(DEPLOYING + DEPLOYING.split("jobs:\n")[1].replace("publish:", "again:"))


@pytest.mark.parametrize(
    ("on", "deploys"),
    [
        ("push", True),
        ("[push, workflow_dispatch]", True),
        ("{push: {branches: [main]}}", True),
        ("{push: {branches: [other]}}", False),
        ("{push: {paths: [a]}}", False),
        ("workflow_dispatch", False),
    ],
)
def test_whether_it_takes_the_place_of_ours(on: str, deploys: bool) -> None:
    assert deploys_on_push(DEPLOYING.replace("on: push", f"on: {on}"), "main") is deploys
    assert not deploys_on_push(PLAIN, "main")
    assert not deploys_on_push("[", "main")


def test_paths() -> None:
    assert is_workflow(PATH)
    assert is_workflow(".GITHUB/workflows/x.yml")
    assert not is_workflow("workflows/x.yml")


def test_our_own_workflows_use_the_same_pins() -> None:
    root = Path(__file__).parents[4]
    own = [*(root / ".github/workflows").glob("*.yml"), root / "templates/site/pages.yml", root / "action/action.yml"]
    for name, pin in PINS.items():
        for path in own:
            lines = [line for line in path.read_text().splitlines() if f"uses: {name}@" in line]
            assert [line for line in lines if not line.endswith(f"{pin.reference} # {pin.version}")] == []


@pytest.mark.parametrize("name", ["Repository", "REPOSITORY ", " rePository"])
def test_another_repository_is_refused_however_its_input_is_written(name: str) -> None:
    step = f"uses: actions/checkout@v4\n        with:\n          {name!r}: someone/else"
    assert "must not name another repository" in refused(with_step(step))


@pytest.mark.parametrize(
    "concurrency",
    [
        "pages",
        "Pages",
        "' pages '",
        "{group: pages, cancel-in-progress: true}",
        "\"${{ 'pages' }}\"",
        "\"${{ format('pages') }}\"",
        "\"${{ format('{0}ges', 'pa') }}\"",
        "\"pa${{ 'g' }}es\"",
        '"p${{ github.event.inputs.x }}s"',
        "\"${{ 'x' && 'pages' }}\"",
        "${{ fromJSON(env.X) }}",
        "${{ github.ref_name }}",
        '"${{ github.job }}${{ github.head_ref }}"',
        "pages${{ env.NOTHING }}",
        "\"${{ '}}' && 'pages' }}\"",
    ],
)
def test_the_group_of_the_deployment_belongs_to_workflows_that_deploy(concurrency: str) -> None:
    line = f"concurrency: {concurrency}\n"
    assert "concurrency group must not be pages" in refused(line + PLAIN)
    in_job = PLAIN.replace("    timeout-minutes", f"    {line}    timeout-minutes")
    assert "concurrency group must not be pages" in refused(in_job)
    admitted(line + DEPLOYING)
    admitted("concurrency: pages-check\n" + PLAIN)


@pytest.mark.parametrize(
    "group",
    [
        "${{ github.workflow }}",
        "${{ github.workflow }}-${{ github.ref }}",
        "${{ github.ref }}",
        "check-${{ github.head_ref || github.run_id }}",
        "${{ github.ref_name }}-check",
        "pages-${{ github.sha }}",
        "${{ github.run_id }}",
    ],
)
def test_usual_groups_are_admitted(group: str) -> None:
    admitted(f"concurrency: {{group: '{group}', cancel-in-progress: true}}\n{PLAIN}")


def test_a_workflow_that_is_called_pages_has_another_group() -> None:
    line = "concurrency: ${{ github.workflow }}\n"
    assert "concurrency group" in refused(line + PLAIN.replace("name: Check", "name: pages"))
    assert "concurrency group" in refused(line + PLAIN.replace("name: Check", "name: ${{ 'pages' }}"))
    admitted(line + PLAIN.replace("name: Check\n", ""))


@pytest.mark.parametrize("right", ["id-token", "pages"])
def test_the_right_to_deploy_belongs_to_the_job_that_deploys(right: str) -> None:
    assert f"{right}: write" in refused(PLAIN.replace("contents: read", f"{right}: write"))
    assert f"{right}: write" in refused(with_line("runs-on: ubuntu-latest\n", f"    permissions: {{{right}: write}}"))
    both = "permissions: {contents: read, pages: write, id-token: write}\n"
    admitted(both + DEPLOYING)
    build = "  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: python3 make.py\n"
    assert "job build must not have pages: write and id-token: write" in refused(both + DEPLOYING + build)
    admitted(DEPLOYING + build)


def test_a_condition_is_an_expression_to_its_end() -> None:
    condition = """if: "'}}' != secrets.DEPLOY_KEY"\n        run: x"""
    assert "must name no secret" in refused(with_step(condition))
