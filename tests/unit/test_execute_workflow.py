"""What execute.yml holds: nothing. Read from the file."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / ".github" / "workflows" / "execute.yml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)


def test_no_job_has_a_permission_a_secret_or_a_token() -> None:
    assert WORKFLOW["permissions"] == {}
    assert [job["permissions"] for job in WORKFLOW["jobs"].values()] == [{}]
    for word in ("secrets.", "github.token", "GITHUB_TOKEN"):
        assert word not in TEXT


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
