"""dashboard.yml and reconcile.yml: one writer, and each job holds only what it needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.github.artifacts import AGENT_WORKFLOWS, BUILD_WORKFLOW

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"


def load(name: str) -> dict[Any, Any]:
    document = yaml.safe_load((WORKFLOWS / name).read_text())
    assert isinstance(document, dict)
    return document


@pytest.fixture(scope="module")
def dashboard() -> dict[Any, Any]:
    return load("dashboard.yml")


def test_each_trigger_is_a_run_of_its_own__so_there_is_one_for_each_build_or_feedback(
    dashboard: dict[Any, Any],
) -> None:
    trigger = dashboard[True]["workflow_run"]
    assert trigger == {"workflows": ["build", "feedback", "execute"], "types": ["completed"]}


def test_the_owner_of_a_fork_is_told_of_each_workflow_that_github_leaves_off_there() -> None:
    """Workflows with a schedule have to be enabled one by one in a fork, and stop after 60 quiet days elsewhere."""
    documents = [load(path.name) for path in WORKFLOWS.glob("*.yml")]
    scheduled = {document["name"] for document in documents if "schedule" in document[True]}
    lines = (ROOT / "docs" / "own.md").read_text().splitlines()
    for beginning in ("A **fork** works", "| builds work, but the dashboard stands still"):
        [line] = [line for line in lines if line.startswith(beginning)]
        assert scheduled == set(re.findall(r"\*\*(\w+)\*\*", line.removeprefix("A **fork**")))


def test_what_leaves_something_for_the_ledger_and_is_not_followed_starts_what_is(dashboard: dict[Any, Any]) -> None:
    """A task's message is collected with its build; what an evaluation says goes out as feedback."""
    names = {load(Path(path).name)["name"] for path in {BUILD_WORKFLOW, *AGENT_WORKFLOWS}}
    others = names - set(dashboard[True]["workflow_run"]["workflows"])
    assert {name: list(load(f"{name}.yml")["jobs"])[-1] for name in sorted(others)} == {
        "evaluate": "tell",
        "task": "send",
    }
    for name in others:
        steps = list(load(f"{name}.yml")["jobs"].values())[-1]["steps"]
        assert steps[-1]["with"]["phase"] == "dispatch"


def test_nobody_else_writes_the_ledger(dashboard: dict[Any, Any]) -> None:
    assert dashboard["concurrency"] == {"group": "ledger", "cancel-in-progress": False}
    writers = [path.name for path in WORKFLOWS.glob("*.yml") if re.search(r"phase: collect\b", path.read_text())]
    assert writers == ["dashboard.yml"]


def test_the_json_reaches_its_branch_whatever_becomes_of_the_deployment(dashboard: dict[Any, Any]) -> None:
    """A private repository may have no Pages."""
    assert dashboard["jobs"]["data"]["needs"] == ["collect", "render"]
    writers = [path.name for path in WORKFLOWS.glob("*.yml") if "phase: write_data" in path.read_text()]
    assert writers == ["dashboard.yml"]


def test_what_renders_others_texts_holds_no_token(dashboard: dict[Any, Any]) -> None:
    render = dashboard["jobs"]["render"]
    assert render["permissions"] == {"contents": "read"}
    assert not re.search(r"token|secrets\.", str(render["steps"]))
    assert "GITHUB_TOKEN" not in str(render)


@pytest.mark.parametrize(
    ("workflow", "job", "permissions"),
    [
        ("dashboard.yml", "collect", {"contents": "write", "actions": "write", "checks": "read"}),
        ("dashboard.yml", "data", {"contents": "write", "actions": "read"}),
        ("dashboard.yml", "deploy", {"contents": "read", "pages": "write", "id-token": "write"}),
        (
            "reconcile.yml",
            "reconcile",
            {"contents": "write", "actions": "write", "checks": "read", "issues": "write"},
        ),
    ],
)
def test_each_job_asks_for_no_more_than_it_needs(workflow: str, job: str, permissions: dict[str, str]) -> None:
    document = load(workflow)
    assert document["permissions"] == {}
    assert document["jobs"][job]["permissions"] == permissions


def test_no_step_holds_a_secret__but_the_one_that_asks_when_it_expires() -> None:
    assert "secrets." not in (WORKFLOWS / "dashboard.yml").read_text()
    holders = [step["with"]["phase"] for step in load("reconcile.yml")["jobs"]["reconcile"]["steps"]
               if "secrets." in str(step)]  # fmt: skip
    assert holders == ["tokens"]


def test_the_live_check_hands_its_pictures_over() -> None:
    steps = load("build.yml")["jobs"]["check"]["steps"]
    [upload] = [step for step in steps if "upload-artifact" in step.get("uses", "")]
    names = [Path(line).name for line in upload["with"]["path"].split("\n") if line]
    assert names == ["record.json", "desktop.webp", "mobile.webp"]
