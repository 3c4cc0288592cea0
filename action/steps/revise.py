"""`python -m action revise`: start the build that feedback asked for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import requests
from pydantic import Field

from action.console import Console
from action.errors import UnreadableRequest
from action.github.api import BUILD, RunnerApi
from action.job.job import Job
from action.job.settings import GithubToken, Settings, StudentSecret
from action.model.prompts import render
from action.steps.feedback import EVALUATOR, HELD, Plan, read_feedback
from receiver.task import BuildRequest, Keys, Task
from receiver.task.feedback import Feedback

FOUND = re.compile(rf" Found: .*?(?=(?:{re.escape(HELD)})?$)", re.MULTILINE)


class ReviseSettings(Settings):
    """The secret that seals, the run's own token, and what the job before decided."""

    student_secret: StudentSecret
    github_token: GithubToken
    plan: str = Field(validation_alias="PAGEWRIGHT_PLAN")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = ReviseSettings.from_environ(environ)
    runner = settings.runner
    console.mask(settings.student_secret)
    feedback = read_feedback(Job(runner, console).event())
    request = request_for(feedback, read_plan(settings.plan), datetime.now(UTC))
    sealed = request.seal(Keys.for_repository(settings.student_secret, runner.repository))
    payload = request.payload(sealed).model_dump(mode="json", exclude_none=True)
    with console.group("Start the build") as shown, requests.Session() as session:
        RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token).dispatch(
            BUILD, payload
        )
        shown.verdict = f"build {request.build_id}"


def read_plan(text: str) -> Plan:
    """Return what the job before decided. Raises UnreadableRequest."""
    try:
        return Plan.model_validate_json(text)
    except ValueError:
        raise UnreadableRequest(
            "What the job before decided cannot be read.",
            "its output was changed, or it ran with another version.",
            "Run all jobs of this run again.",
        ) from None


def request_for(feedback: Feedback, plan: Plan, now: datetime) -> BuildRequest:
    """Return the build. What the page has to fulfil besides is the contract that lies in the project."""
    task = Task(task=plan.task, round=plan.round, nonce=feedback.message_id, brief=brief_for(feedback))
    return BuildRequest(
        build_id=feedback.build_id,
        task_key=plan.task_key,
        received_at=now,
        task=task,
        project=plan.project,
        revision=feedback.message_id,
        restore=feedback.restore,
    )


def brief_for(feedback: Feedback) -> str:
    """Return the feedback as the brief of a revision.

    What the Evaluator found instead is left out: a brief says what is wanted, and the build looks at the page itself.
    """
    text = FOUND.sub("", feedback.text) if feedback.role == EVALUATOR else feedback.text
    numbers = ", ".join(f"{name} {value:g}" for name, value in feedback.metrics.items())
    return render(
        "feedback",
        role=feedback.role,
        text=text,
        metrics=f"Numbers that came with it: {numbers}." if numbers else "",
    )
