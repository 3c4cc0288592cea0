"""`python -m action revise`: start the build that feedback asked for, or that of files which were kept."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import requests
from pydantic import Field, ValidationError

from action.console import Console
from action.errors import BundleInvalid, UnreadableRequest
from action.github.api import BUILD, RunnerApi
from action.job.job import Job
from action.job.settings import GithubToken, Settings, StudentSecret
from action.model.prompts import render
from action.steps.execute import KEPT, read_execution
from action.steps.feedback import EVALUATOR, HELD, Plan, read_feedback
from receiver.task import BuildRequest, Execution, Keys, Task
from receiver.task.feedback import Feedback
from receiver.task.payload import fits_inline
from receiver.task.project import task_of
from receiver.task.upload import LARGEST_KEPT, Upload

LARGEST_FILE = 2 * LARGEST_KEPT  # in base64, with the names
FOUND = re.compile(rf" Found: .*?(?=(?:{re.escape(HELD)})?$)", re.MULTILINE)


class ReviseSettings(Settings):
    """The secret that seals, the run's own token, and what the job before decided."""

    student_secret: StudentSecret
    github_token: GithubToken
    plan: str = Field("", validation_alias="PAGEWRIGHT_PLAN")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = ReviseSettings.from_environ(environ)
    runner = settings.runner
    console.mask(settings.student_secret)
    event, keys = Job(runner, console).event(), Keys.for_repository(settings.student_secret, runner.repository)
    if runner.digest:
        owner, repository, run_id = runner.target_owner, runner.repository, runner.run_id
        execution = read_execution(event, owner=owner, runner=repository, run_id=run_id)
        request = request_of_kept(execution, read_kept(runner.temp / "kept", runner.digest), keys)
    else:
        request = request_for(read_feedback(event), read_plan(settings.plan), datetime.now(UTC))
    sealed = request.seal(keys)
    with console.group("Start the build") as shown, requests.Session() as session:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token)
        stored = None if fits_inline(sealed) else api.store(request.build_id, sealed)
        api.dispatch(BUILD, request.payload(sealed, stored).model_dump(mode="json", exclude_none=True))
        shown.verdict = f"build {request.build_id}"


def read_kept(folder: Path, digest: str) -> Upload:
    """Return what the job before left, when it has the digest that was announced. Raises BundleInvalid."""
    path = folder / KEPT
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_FILE:
            raise ValueError("it is a link, or too large")
        body = path.read_bytes()
        if hashlib.sha256(body).hexdigest() != digest:
            raise ValueError("its digest is not the one that was announced")
        return Upload.model_validate_json(body)
    except (OSError, ValueError) as error:
        reason = "it is malformed" if isinstance(error, ValidationError) else str(error)
        raise BundleInvalid(
            f"The files that the job before kept are not published: {reason}.",
            "that job failed, or someone changed its artifact.",
            "Look at the log of that job, then send the command again.",
        ) from None


def request_of_kept(execution: Execution, upload: Upload, keys: Keys) -> BuildRequest:
    """Return the build of what was kept. Raises UnreadableRequest when nothing was to be kept of this project."""
    keep = execution.keep
    if keep is None or task_of(execution.project, keep.task_key) is None:
        raise UnreadableRequest(
            f"Nothing is to be kept for {execution.project}.",
            "the event was changed, or it was made by a receiver of another version.",
            "Send the command to the receiver with keep: true.",
        )
    words = f"Import {keep.git}" if keep.git else f"Keep what a command changed: {execution.command}"
    return BuildRequest.bring(
        upload,
        keys,
        project=execution.project.partition("/")[2],
        task_key=keep.task_key,
        round_number=keep.round,
        message=keep.message or words,
        build_id=execution.build_id,
    )


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
