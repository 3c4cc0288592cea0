"""GET and DELETE /jobs/<id>: how a command is doing; cancel a command or a build."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request, url_for

from receiver.artifacts import ArtifactExpired
from receiver.authentication import require_key
from receiver.connection import LISTED_WITHIN
from receiver.context import Receiver, this_receiver
from receiver.job_ids import accepted_at, is_job_id
from receiver.problems import Problem, ProblemReply
from receiver.project_replies import Cancelled, Executed, Job, JobRun
from receiver.replies import Build, as_json
from receiver.task import ExecutionResult

SOON_S = 5

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> Response:
    """Tell the owner how a command is doing."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    run = find_run(receiver, job_id)
    if run is None:
        if not is_new(job_id):
            raise unknown_job()
        return as_json(Job(job_id=job_id, state="queued", job_url=job_url(job_id)))
    try:
        return as_json(job_of(receiver, run))
    except ArtifactExpired:
        raise expired() from None


@blueprint.delete("/jobs/<job_id>")
def cancel(job_id: str) -> Response:
    """Cancel the run of a command or of a build. A build that is cancelled sends no callback."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    run = run_to_cancel(receiver, job_id)
    if run.status == "completed" or not receiver.jobs.cancel(run.run_id):
        raise is_over()
    return as_json(Cancelled(id=job_id, run_url=run.run_url), status=202)


def run_to_cancel(receiver: Receiver, job_id: str) -> JobRun | Build:
    """Return the run of a job, else the newest run of a build. Raises Problem (404, 409)."""
    builds = receiver.recent_builds.runs_of(job_id) if is_job_id(job_id) else []
    found = builds[0] if builds else find_run(receiver, job_id)
    if found is None:
        raise not_listed_yet() if is_new(job_id) else unknown_job()
    return found


def find_run(receiver: Receiver, job_id: str) -> JobRun | None:
    """Return the run of a job: among the newest ones, else among those of the time that its id tells."""
    moment = accepted_at(job_id)
    if moment is None:
        return None
    for runs in (receiver.recent_jobs.newest_first, lambda: receiver.jobs.accepted_at(moment)):
        for run in runs():
            if run.job_id == job_id:
                return run
    return None


def is_new(job_id: str) -> bool:
    """Whether a job was accepted so shortly ago that GitHub may not list its run yet."""
    moment = accepted_at(job_id)
    return moment is not None and datetime.now(UTC) - moment < LISTED_WITHIN


def job_of(receiver: Receiver, run: JobRun) -> Job:
    """Return the job of a run, with the result when it has ended. Raises ArtifactExpired, GitHubRefused."""
    result = executed(receiver.jobs.result(run), run) if run.state == "completed" else None
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


def unknown_job() -> Problem:
    """404."""
    reply = ProblemReply(
        error="unknown-job",
        message="GitHub has no run of such a job.",
        cause="The id has a typing error, the run was deleted, or it is older than the 90 days that GitHub keeps runs.",
        next_step="Take the id from the reply of POST /execute; builds are under /status/<build id>.",
    )
    return Problem(404, reply)


def expired() -> Problem:
    """404."""
    reply = ProblemReply(
        error="expired-job",
        message="The job has ended, and its result is no longer kept.",
        cause="Results are kept for seven days.",
        next_step="Run the command again; the log of the old run is on its page for 90 days.",
    )
    return Problem(404, reply)


def is_over() -> Problem:
    """409 for what cannot be cancelled any more."""
    reply = ProblemReply(
        error="is-over",
        message="The run is over, so there is nothing to cancel.",
        cause="It ended before this request came.",
        next_step="Ask for its result with GET.",
    )
    return Problem(409, reply)


def not_listed_yet() -> Problem:
    """409 for what cannot be cancelled yet."""
    reply = ProblemReply(
        error="not-listed-yet",
        message="GitHub has the command, and does not list its run yet; so it cannot be cancelled.",
        cause="It was accepted a moment ago.",
        next_step=f"Send the same request again in {SOON_S} seconds.",
        retry_after_seconds=SOON_S,
    )
    return Problem(409, reply)
