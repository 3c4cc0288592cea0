"""Who holds what in build.yml: the claims of SECURITY.md, read from the file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.system.bootstrap import TARGET_PERMISSIONS

ROOT = Path(__file__).parents[2]
JOBS: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "build.yml").read_text())["jobs"]


def phases(job: str) -> list[str]:
    return [step["with"]["phase"] for step in JOBS[job]["steps"] if step["uses"] == "./action"]


@pytest.mark.parametrize(
    ("job", "never"),
    [
        ("generate", ("secrets.TARGET_TOKEN", "secrets.APP_PRIVATE_KEY", "steps.app")),
        ("publish", ("secrets.GEMINI_API_KEY",)),
        ("check", ("secrets.", "github.token", "vars.GEMINI", "inputs.payload }}")),
    ],
)
def test_no_job_names_what_it_must_not_hold(job: str, never: tuple[str, ...]) -> None:
    text = str(JOBS[job])
    assert [name for name in never if name in text.replace("fromJSON(inputs.payload)", "")] == []


def test_what_a_model_wrote_runs_only_where_nothing_can_be_written() -> None:
    assert phases("generate") == ["generate"]
    assert phases("publish") == ["publish", "deploy", "verify", "notify"]
    assert phases("check") == ["check"]


def test_every_job_may_read_and_nothing_else_and_has_a_time_limit() -> None:
    assert [job["permissions"] for job in JOBS.values()] == [{"contents": "read"}] * 3
    minutes = {name: job["timeout-minutes"] for name, job in JOBS.items()}
    # Only a sender who waits longer than the protocol says gives the model more time.
    assert minutes.pop("generate") == "${{ vars.CALLBACK_WITHIN_S && 120 || 10 }}"
    assert minutes.pop("publish") == "${{ vars.CALLBACK_WITHIN_S && 120 || 15 }}"
    assert all(each <= 15 for each in minutes.values())


def test_the_live_page_is_checked_only_when_there_is_a_commit() -> None:
    assert JOBS["check"]["needs"] == "publish"
    assert "needs.publish.outputs.commit != ''" in JOBS["check"]["if"]


def test_the_signal_of_a_cancelled_run_reaches_the_phase_itself() -> None:
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text())
    last = next(step for step in action["runs"]["steps"] if step["name"] == "Run the step")
    assert 'exec "$PAGEWRIGHT_PYTHON"' in last["run"]


TOKEN = "${{ vars.APP_ID == '' && secrets.TARGET_TOKEN || steps.app.outputs.token }}"


def test_the_app_gives_one_job_a_token_with_what_publishing_needs_and_no_more() -> None:
    (step,) = [step for job in JOBS.values() for step in job["steps"] if step.get("id") == "app"]
    assert step in JOBS["publish"]["steps"]
    permissions = {
        name.removeprefix("permission-"): step["with"][name] for name in step["with"] if "permission-" in name
    }
    write = dict.fromkeys(("administration", "contents", "pages", "workflows"), "write")
    assert permissions == {**write, "actions": "read"} == {**TARGET_PERMISSIONS}
    assert "skip-token-revoke" not in step["with"]


def test_the_key_of_the_app_is_in_no_step_that_runs_our_code() -> None:
    with_key = [step["uses"] for job in JOBS.values() for step in job["steps"] if "APP_PRIVATE_KEY" in str(step)]
    assert [used.partition("@")[0] for used in with_key] == ["actions/create-github-app-token"]


def test_the_token_is_the_apps_or_the_secret__never_one_for_lack_of_the_other() -> None:
    given = {
        step["id"]: step["env"]["TARGET_TOKEN"] for step in JOBS["publish"]["steps"] if "TARGET_TOKEN" in str(step)
    }
    assert given == {"publish": TOKEN, "deploy": TOKEN}
