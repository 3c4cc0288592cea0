"""Who holds what in build.yml: the claims of SECURITY.md, read from the file; and what all workflows have in common."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.environment import requirements_of
from embedded.actions.expressions import interpolate
from embedded.system.bootstrap import TARGET_PERMISSIONS

ROOT = Path(__file__).parents[2]
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), ROOT / "templates" / "site" / "pages.yml"]
WITH_THE_ACTION = [path for path in WORKFLOWS if "uses: ./action" in path.read_text()]
TOKEN_OF_A_RERUN = "${{ github.run_attempt > 1 && github.token || '' }}"
JOBS: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "build.yml").read_text())["jobs"]


def phases(job: str) -> list[str]:
    return [step["with"]["phase"] for step in ours(JOBS[job]) if "prepare-only" not in step["with"]]


def ours(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if step.get("uses") == "./action"]


def jobs_of(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return found


def steps_of_the_action() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / "action" / "action.yml").read_text())["runs"]["steps"]
    return found


@pytest.mark.parametrize(
    ("job", "never"),
    [
        ("generate", ("secrets.TARGET_TOKEN", "secrets.APP_PRIVATE_KEY", "steps.app")),
        ("publish", ("secrets.GEMINI_API_KEY", "secrets.OPENAI_API_KEY")),
        ("check", ("secrets.", "github.token", "vars.GEMINI", "vars.OPENAI", "inputs.payload }}")),
    ],
)
def test_no_job_names_what_it_must_not_hold(job: str, never: tuple[str, ...]) -> None:
    text = str(JOBS[job]).replace("fromJSON(inputs.payload)", "").replace(TOKEN_OF_A_RERUN, "")
    assert [name for name in never if name in text] == []


def test_what_a_model_wrote_runs_only_where_nothing_can_be_written() -> None:
    assert phases("generate") == ["generate"]
    assert phases("publish") == ["publish", "deploy", "verify", "notify"]
    assert phases("check") == ["check"]


def test_of_the_twenty_jobs_of_an_account_ten_are_left_for_the_pages() -> None:
    lane = JOBS["publish"]["concurrency"]
    groups = [interpolate(lane["group"], {"github": {"run_number": number}}) for number in range(1, 201)]
    assert groups[:11] == [f"publish-{number % 10}" for number in range(1, 12)]
    assert len(set(groups)) == 10
    assert (lane["cancel-in-progress"], lane["queue"]) == (False, "max")


def test_every_job_may_read_and_nothing_else_and_has_a_time_limit() -> None:
    assert {right for job in JOBS.values() for right in job["permissions"].values()} == {"read"}
    minutes = {name: job["timeout-minutes"] for name, job in JOBS.items()}
    # Only a sender who waits longer than the protocol says gives the model more time.
    assert minutes.pop("generate") == "${{ vars.CALLBACK_WITHIN_S && 120 || 10 }}"
    assert minutes.pop("publish") == "${{ vars.CALLBACK_WITHIN_S && 120 || 15 }}"
    assert all(each <= 15 for each in minutes.values())


def test_a_job_that_runs_again_alone_finds_what_the_others_left_in_an_earlier_attempt() -> None:
    """By name alone, the run's own service gives out artifacts of this attempt only; REST needs actions: read."""
    found = 0
    for job in (job for path in WORKFLOWS for job in jobs_of(path).values()):
        for step in job["steps"]:
            if "download-artifact" in step.get("uses", ""):
                found += 1
                assert step["with"]["github-token"] == TOKEN_OF_A_RERUN
                assert re.match(r"\$\{\{ needs\.\w+\.outputs\.", step["with"]["name"])
                assert job["permissions"]["actions"] == "read"
    assert found == 7


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


def test_the_python_environment_is_made_before_a_step_holds_a_secret() -> None:
    """Steps inside an action inherit the environment of the step that calls it, and one of ours is someone else's."""
    holders = 0
    for job in (job for path in WITH_THE_ACTION for job in jobs_of(path).values() if "secrets." in str(job)):
        first, *others = ours(job)
        holders += 1
        assert first["with"]["prepare-only"] is True
        assert "env" not in {**job, **first}
        assert {requirements_of(step["with"]["phase"]) for step in others} == {requirements_of(first["with"]["phase"])}
    assert holders == 7, "generate, publish, open_log, revise twice, make_task, tokens"


def test_what_prepares_a_step_sees_no_secret__also_when_that_was_left_out() -> None:
    secrets = {name for path in WITH_THE_ACTION for name in re.findall(r"secrets\.(\w+)", path.read_text())}
    preparing = [step for step in steps_of_the_action() if step["name"] in ("Get uv", "Make the Python environment")]
    assert len(preparing) == 2
    for step in preparing:
        assert {name for name, value in step["env"].items() if value == ""} == secrets - {"APP_PRIVATE_KEY"}


def test_uv_is_the_one_that_is_locked() -> None:
    [uv] = [step for step in steps_of_the_action() if "setup-uv" in step.get("uses", "")]
    locked = (ROOT / "requirements" / "bootstrap.txt").read_text()
    assert locked.startswith(f"uv=={uv['with']['version']} ")
    assert [path.name for path in WORKFLOWS if "setup-uv" in path.read_text()] == [], "it is set up in one place"


def test_every_job_names_the_release_of_its_runner() -> None:
    assert {job["runs-on"] for path in WORKFLOWS for job in jobs_of(path).values()} == {"ubuntu-24.04"}
