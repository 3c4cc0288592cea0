"""Who holds what in the agents' workflows: read from the files, so that SECURITY.md stays true."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from action.environment import RENDER, STEPS
from action.steps.make_task import Order

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
WORKFLOWS: dict[str, dict[str, Any]] = {
    name: yaml.safe_load((FOLDER / f"{name}.yml").read_text()) for name in ("feedback", "task", "evaluate")
}
JOBS = [(workflow, job) for workflow, text in WORKFLOWS.items() for job in text["jobs"]]
MAY_WRITE = {("feedback", "revise"), ("task", "send"), ("evaluate", "tell")}
READS_WHAT_IS_STORED = {("feedback", "log")}  # its token may only read


def job_of(workflow: str, job: str) -> dict[str, Any]:
    found: dict[str, Any] = WORKFLOWS[workflow]["jobs"][job]
    return found


def phases(workflow: str, job: str) -> list[str]:
    return [step["with"]["phase"] for step in job_of(workflow, job)["steps"] if step["uses"] == "./action"]


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_only_the_job_that_dispatches_may_write(workflow: str, job: str) -> None:
    level = "write" if (workflow, job) in MAY_WRITE else "read"
    given = dict(job_of(workflow, job)["permissions"])
    assert given.pop("actions", "read") == "read", "to find what an earlier attempt left"
    assert given == {"contents": level}
    assert WORKFLOWS[workflow]["permissions"] == {}
    assert job_of(workflow, job)["timeout-minutes"] <= 30


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_who_asks_a_model_or_opens_a_page_cannot_start_anything(workflow: str, job: str) -> None:
    text = str(job_of(workflow, job))
    text = text.replace("github.run_attempt > 1 && github.token", "")  # finds what an earlier attempt left
    assert ("github.token" in text) == ((workflow, job) in MAY_WRITE | READS_WHAT_IS_STORED)
    for key in ("secrets.GEMINI_API_KEY", "secrets.OPENAI_API_KEY"):
        assert (key in text) == ((workflow, job) == ("task", "write"))
    assert "TARGET_TOKEN" not in text


@pytest.mark.parametrize(("workflow", "job"), [("feedback", "record"), ("evaluate", "look"), ("evaluate", "tell")])
def test_what_reads_the_words_of_others_holds_no_secret(workflow: str, job: str) -> None:
    assert "secrets." not in str(job_of(workflow, job))


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_every_phase_is_one_that_the_action_knows(workflow: str, job: str) -> None:
    assert phases(workflow, job)
    assert set(phases(workflow, job)) <= {*STEPS, RENDER}


def test_the_form_of_the_generator_has_the_fields_that_it_reads_and_no_step_shows_them() -> None:
    """A value in a step's settings is printed in the log before anything can mask it."""
    workflow: dict[Any, Any] = WORKFLOWS["task"]
    form = workflow[True]["workflow_dispatch"]["inputs"]  # YAML 1.1 takes the word "on" for true
    assert set(form) == set(Order.model_fields)
    assert "inputs." not in str(workflow["jobs"])


def test_what_comes_after_the_log_runs_without_one() -> None:
    """A skipped job skips everything behind it, through jobs that ran, unless a condition names a state."""
    jobs = WORKFLOWS["feedback"]["jobs"]
    assert jobs["log"]["if"] == "${{ github.event.client_payload.log }}"
    assert all("!cancelled()" in job["if"] for name, job in jobs.items() if name != "log")
    assert "needs.record.result == 'success'" in jobs["revise"]["if"]


def test_messages_about_one_project_wait_for_each_other() -> None:
    assert ".project" in WORKFLOWS["feedback"]["concurrency"]["group"]
    assert WORKFLOWS["feedback"]["concurrency"]["cancel-in-progress"] is False
