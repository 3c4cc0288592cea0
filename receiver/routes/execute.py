"""POST /execute: run a command in a project, and answer with how it ended, or with where to ask."""

from typing import Annotated

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, Field

from receiver.artifacts import ArtifactExpired
from receiver.authentication import require_key
from receiver.context import Receiver, this_receiver
from receiver.job_ids import new_job_id
from receiver.problems import FieldReason, Problem, ProblemReply
from receiver.project_replies import Job
from receiver.refusals import GitHubRefused
from receiver.replies import as_json
from receiver.routes.asked import invalid_request, read_as
from receiver.routes.jobs_by_id import job_of, job_url
from receiver.task import Execution, project_name
from receiver.task.execution import LONGEST_TIMEOUT_S, Ref, Shell

LONGEST_WAIT_S = 120
LOOK_EVERY_S = 2.0
ASK_AGAIN_S = 5

ProjectId = Annotated[str, Field(min_length=1, max_length=200, description="a repository's name, or owner/name")]

blueprint = Blueprint("execute", __name__)


class ExecuteRequest(BaseModel):
    """A command to be run in a project."""

    project_id: ProjectId
    command: Shell = Field(description="for bash, in a fresh clone of the project")
    ref: Ref | None = Field(default=None, description="a branch, a tag or a commit id; else the newest commit")
    timeout_s: int = Field(default=LONGEST_TIMEOUT_S, ge=1, le=LONGEST_TIMEOUT_S)
    wait_s: int = Field(default=LONGEST_WAIT_S, ge=0, le=LONGEST_WAIT_S, description="then the answer is 202")


@blueprint.post("/execute")
def execute() -> Response:
    """Authenticate, validate, look the project up, dispatch, wait."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    asked = read_as(ExecuteRequest, request)
    name = named_project(receiver, asked.project_id)
    commit = existing_commit(receiver, name, asked.ref)
    g.job_id = new_job_id()
    receiver.jobs.dispatch(
        Execution(job_id=g.job_id, project=name, command=asked.command, ref=commit, timeout_s=asked.timeout_s)
    )
    job = wait_for(receiver, g.job_id, min(asked.wait_s, receiver.config.execute_wait_s))
    if job.result:
        return as_json(job.result)
    return as_json(job, status=202, headers={"Location": job.job_url, "Retry-After": str(ASK_AGAIN_S)})


def named_project(receiver: Receiver, project_id: str) -> str:
    """Return "owner/name". Raises Problem (422)."""
    try:
        return project_name(project_id, receiver.config.owner, receiver.config.repository)
    except ValueError as error:
        raise invalid_request([FieldReason(field="project_id", reason=str(error))]) from None


def existing_commit(receiver: Receiver, name: str, ref: str | None) -> str:
    """Return the commit that is meant. Raises Problem (404), GitHubRefused."""
    if not receiver.projects.is_project(name):
        raise missing("no-such-project", no_project(name))
    commit = receiver.projects.commit(name, ref)
    if commit is None:
        raise missing("no-such-ref", f"{name} has no branch, tag or commit {ref}.")
    return commit


def no_project(name: str) -> str:
    """Return the sentence for a repository that is not there, or that Pagewright did not publish."""
    return f"There is no project {name}: no public repository of this name that Pagewright has published."


def missing(code: str, what: str) -> Problem:
    """404."""
    reply = ProblemReply(
        error=code,
        message=what,
        cause="The name has a typing error, or the repository was renamed, deleted or made private.",
        next_step="Look the name up on the dashboard, or in the repo_url of the task's callback.",
        exists=False,
    )
    return Problem(404, reply)


def wait_for(receiver: Receiver, job_id: str, seconds: float) -> Job:
    """Return the job once it is completed, or as it is after `seconds`; at once when too many wait already.

    GitHub has the command. So nothing that goes wrong from here on is told as if it had not been started.
    """
    job = Job(job_id=job_id, state="queued", job_url=job_url(job_id))
    with receiver.waiting.place() as has_place:
        for _ in receiver.waiting.moments(seconds if has_place else 0, LOOK_EVERY_S):
            job = seen(receiver, job)
            if job.result:
                break
    return job


def seen(receiver: Receiver, before: Job) -> Job:
    """Return the job as GitHub shows it now, or as it was `before` when GitHub does not answer."""
    try:
        runs = receiver.recent_jobs.newest_first()
        found = [run for run in runs if run.job_id == before.job_id]
        return job_of(receiver, found[0]) if found else before
    except (ArtifactExpired, GitHubRefused):
        return before
