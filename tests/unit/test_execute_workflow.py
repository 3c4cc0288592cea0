"""What execute.yml holds: nothing where a command runs; a second job seals what was kept. Read from the file."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / ".github" / "workflows" / "execute.yml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)


def test_the_job_of_the_command_has_no_permission_no_secret_and_no_token() -> None:
    assert WORKFLOW["permissions"] == {}
    assert WORKFLOW["jobs"]["execute"]["permissions"] == {}
    for word in ("secrets.", "github.token", "GITHUB_TOKEN"):
        assert word not in TEXT.partition("\n  keep:\n")[0]


def test_the_second_job_takes_over_what_was_announced_and_runs_nothing_of_it() -> None:
    job = WORKFLOW["jobs"]["keep"]
    assert job["if"] == "${{ needs.execute.outputs.digest != '' }}"
    assert job["permissions"] == {"actions": "read", "contents": "write"}
    *_, last = job["steps"]
    assert last["with"] == {"phase": "revise", "digest": "${{ needs.execute.outputs.digest }}"}
    holders = [step["name"] for step in job["steps"] if "secrets." in str(step)]
    assert holders == [last["name"]]
    assert [step for step in job["steps"] if "run" in step] == []


def test_the_command_appears_in_no_expression_and_no_step_is_a_shell_line() -> None:
    [title] = [
        line for line in TEXT.splitlines() if line.startswith("run-name: ")
    ]  # names the project, and runs nothing
    text = TEXT.replace(title, "")
    assert "command" not in title
    assert "command }}" not in text
    assert "inputs." not in text
    for used in ("client_payload.command", "client_payload.ref", "client_payload.project"):
        assert used not in text
    steps = WORKFLOW["jobs"]["execute"]["steps"]
    assert [step for step in steps if "run" in step] == []


def test_the_job_outlasts_the_command_and_not_by_much() -> None:
    assert 300 < WORKFLOW["jobs"]["execute"]["timeout-minutes"] * 60 <= 600


def test_the_checkout_leaves_no_credential_behind() -> None:
    checkout = WORKFLOW["jobs"]["execute"]["steps"][0]
    assert checkout["with"]["persist-credentials"] is False
    assert "token" not in checkout["with"]
