"""GET /jobs, GET and DELETE /jobs/<id>: the newest commands; how one is doing; cancel a command or a build."""

from flask import Blueprint, Response, url_for

from api.artifacts import ArtifactExpired
from api.context import Api, this_api
from api.errors import EXPIRED_JOB, IS_OVER, NOT_LISTED_YET, UNKNOWN_JOB
from api.ids import accepted_at, is_id, is_new
from api.jobs import SOON_S
from api.project_replies import Cancelled, Executed, Job, JobRun, Jobs, ListedJob
from receiver.auth import require
from receiver.errors import Problem
from receiver.models import Build, as_json
from receiver.openapi import KEY, Answer, Operation
from receiver.task import ExecutionResult

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
@Operation("The newest commands", {200: Answer("As GitHub lists their runs.", (Jobs,))}, (401, 503), security=KEY)
def newest_jobs() -> Response:
    """List the newest commands. Those of the last seconds may not be listed yet."""
    api = this_api()
    require("read")
    return as_json(Jobs(jobs=[listed(run) for run in api.recent_jobs.newest_first()]))


def listed(run: JobRun) -> ListedJob:
    """Return a command as the list shows it."""
    about = run.model_dump(include={"job_id", "project", "conclusion", "created_at", "run_url"})
    return ListedJob(**about, state=run.state, job_url=job_url(run.job_id))


@blueprint.get("/jobs/<job_id>")
@Operation("How a command is doing", {200: Answer("Its state, and its result.", (Job,))}, (401, 404, 503), security=KEY)
def job(job_id: str) -> Response:
    """Tell the owner how a command is doing."""
    api = this_api()
    require("read")
    run = find_run(api, job_id)
    if run is None:
        if not is_new(job_id):
            raise Problem(UNKNOWN_JOB)
        return as_json(Job(job_id=job_id, state="queued", job_url=job_url(job_id)))
    try:
        return as_json(job_of(api, run))
    except ArtifactExpired:
        raise Problem(EXPIRED_JOB) from None


@blueprint.delete("/jobs/<job_id>")
@Operation(
    "Cancel a command or a build",
    {202: Answer("GitHub was asked to cancel the run.", (Cancelled,))},
    (401, 404, 409, 503),
    security=KEY,
)
def cancel(job_id: str) -> Response:
    """Cancel the run of a command or of a build. A build that is cancelled sends no callback."""
    api = this_api()
    require("run")
    return as_json(cancelled(api, job_id), status=202)


def cancelled(api: Api, job_id: str) -> Cancelled:
    """Ask GitHub to cancel a run. Raises Problem (404, 409)."""
    run = run_to_cancel(api, job_id)
    if run.status == "completed" or not api.jobs.cancel(run.run_id):
        raise Problem(IS_OVER)
    return Cancelled(id=job_id, run_url=run.run_url)


def run_to_cancel(api: Api, job_id: str) -> JobRun | Build:
    """Return the run of a job, else the newest run of a build. Raises Problem (404, 409)."""
    builds = api.door.recent_builds.runs_of(job_id) if is_id(job_id) else []
    found = builds[0] if builds else find_run(api, job_id)
    if found is None:
        raise Problem(NOT_LISTED_YET, retry_after_s=SOON_S) if is_new(job_id) else Problem(UNKNOWN_JOB)
    return found


def find_run(api: Api, job_id: str) -> JobRun | None:
    """Return the run of a job. What cannot be the id of one costs no call."""
    return api.jobs.find(job_id, api.recent_jobs.newest_first()) if accepted_at(job_id) else None


def job_of(api: Api, run: JobRun) -> Job:
    """Return the job of a run, with the result when it has ended. Raises ArtifactExpired, GitHubRefused."""
    result = executed(api.jobs.result(run), run) if run.state == "completed" else None
    return Job(job_id=run.job_id, state=run.state, job_url=job_url(run.job_id), run_url=run.run_url, result=result)


def executed(result: ExecutionResult | None, run: JobRun) -> Executed:
    """Return the reply about a run that has ended, also when it has left nothing."""
    if result is None:
        what = "was cancelled" if run.conclusion == "cancelled" else f"ended without a result ({run.conclusion})"
        result = ExecutionResult(job_id=run.job_id, error=f"The run {what}; its page shows how far it came.")
    return Executed.of(result, run.run_url)


def job_url(job_id: str) -> str:
    """Return where to ask for a job."""
    return url_for("jobs.job", job_id=job_id, _external=True)
