"""POST /execute: run a command in a project, and answer with how it ended, or with where to ask."""

from flask import Blueprint, Response, g
from pydantic import Field

from api.artifacts import ArtifactExpired
from api.context import Api, this_api
from api.ids import new_id
from api.project_replies import Executed, Job
from api.project_request import ProjectRequest, existing_commit, invalid_field, read_request, refuse_secret
from api.routes.jobs_by_id import job_of, job_url
from api.routes.versions import place_of_next
from api.uploads import MESSAGE_IS_PUBLIC, Message
from receiver.auth import require
from receiver.errors import GitHubRefused
from receiver.models import as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task import Execution
from receiver.task.execution import LONGEST_TIMEOUT_S, Inside, Keep, Ref, Shell

LONGEST_WAIT_S = 120
LOOK_EVERY_S = 2.0
ASK_AGAIN_S = 5
LATER = "GitHub has it; it has not ended within wait_s, or too many wait already, or the receiver is stopping."

blueprint = Blueprint("execute", __name__)


class ExecuteRequest(ProjectRequest):
    """A command to be run in a project."""

    command: Shell = Field(description="for bash, in a fresh clone of the project")
    ref: Ref | None = Field(default=None, description="a branch, a tag or a commit id; else the newest commit")
    working_dir: Inside = Field(default="", description="the folder of the project where it starts; else its root")
    timeout_s: int = Field(default=LONGEST_TIMEOUT_S, ge=1, le=LONGEST_TIMEOUT_S)
    keep: bool = Field(default=False, description="the files that it changes become the next version of the project")
    message: Message = Field(default="", description="public, with keep: the title of the commit")
    wait_s: int = Field(default=LONGEST_WAIT_S, ge=0, le=LONGEST_WAIT_S, description="then the answer is 202")


@blueprint.post("/execute")
@Operation(
    "Run a command in a project",
    {200: Answer("It has ended.", (Executed,)), 202: Answer(LATER, (Job,), headers=("Location", "Retry-After"))},
    (404, *BODY),
    takes=ExecuteRequest,
    security=KEY,
)
def execute() -> Response:
    """Authenticate, validate, look the project up, dispatch, wait."""
    api = this_api()
    asked, name = read_request(api, ExecuteRequest, "run")
    refuse_secret("command", asked.command)
    commit = existing_commit(api, name, asked.ref)
    keep = kept_of(api, name, asked, commit) if asked.keep else None
    g.job_id = new_id()
    options = asked.model_dump(include={"command", "working_dir", "timeout_s"})
    api.jobs.dispatch(Execution(job_id=g.job_id, project=name, ref=commit, keep=keep, **options))
    job = wait_for(api, g.job_id, min(asked.wait_s, api.door.config.execute_wait_s))
    if job.result:
        return as_json(job.result)
    return as_json(job, status=202, headers={"Location": job.job_url, "Retry-After": str(ASK_AGAIN_S)})


def kept_of(api: Api, name: str, asked: ExecuteRequest, commit: str) -> Keep:
    """Return what becomes of the files that the command changes. Raises Problem."""
    require("upload")
    if api.door.config.secret.casefold() in asked.message.casefold():
        raise invalid_field("message", MESSAGE_IS_PUBLIC)
    place = api.projects.place(name)
    task_key, number = place_of_next(name, place)
    if place.tip != commit:
        raise invalid_field("ref", "must be the newest commit, or nothing, when the files are kept")
    return Keep(task_key=task_key, round=number, message=asked.message)


def wait_for(api: Api, job_id: str, seconds: float) -> Job:
    """Return the job once it is completed, or as it is after `seconds`; at once when too many wait already.

    GitHub has the command. So nothing that goes wrong from here on is told as if it had not been started.
    """
    job = Job(job_id=job_id, state="queued", job_url=job_url(job_id))
    with api.waiting.place() as has_place:
        for _ in api.waiting.moments(seconds if has_place else 0, LOOK_EVERY_S):
            job = seen(api, job)
            if job.result:
                break
    return job


def seen(api: Api, before: Job) -> Job:
    """Return the job as GitHub shows it now, or as it was `before` when GitHub does not answer."""
    try:
        found = [run for run in api.recent_jobs.newest_first() if run.job_id == before.job_id]
        return job_of(api, found[0]) if found else before
    except (ArtifactExpired, GitHubRefused):
        return before
