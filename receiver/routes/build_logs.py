"""GET /logs?build=<build id>&lines=N: the end of a run's log, job by job; with download=1, 5,000 lines of each."""

from flask import Blueprint, Response, request

from receiver.authentication import require_key
from receiver.context import this_receiver
from receiver.problems import FieldReason, Problem, ProblemReply
from receiver.replies import Build, RunLog, as_json
from receiver.routes.build_status import runs_for_owner, unknown_build

DEFAULT_LINES = 200
MOST_LINES = 5000
DOWNLOAD = {"1", "true", "yes"}

blueprint = Blueprint("build_logs", __name__)


@blueprint.get("/logs")
def build_logs() -> Response:
    """Show the owner the log as text, or as JSON when that is asked for."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    is_download = request.args.get("download", "") in DOWNLOAD
    lines = number_of_lines(request.args.get("lines", str(MOST_LINES if is_download else DEFAULT_LINES)))
    run = chosen_run(request.args.get("build", "").strip())
    log = RunLog(build_id=run.build_id, run_id=run.run_id, jobs=receiver.runner.logs(run.run_id, lines))
    if request.accept_mimetypes.best_match(["text/plain", "application/json"]) == "application/json":
        return as_json(log)
    answer = Response(as_text(log), mimetype="text/plain")
    if is_download:
        answer.headers["Content-Disposition"] = f'attachment; filename="pagewright-{run.build_id}.log"'
    return answer


def chosen_run(build_id: str) -> Build:
    """Return the newest run of a build; without a build id, the newest run of all."""
    if build_id:
        return runs_for_owner(build_id)[0]
    builds = this_receiver().recent_builds.newest_first()
    if not builds:
        raise unknown_build()
    return builds[0]


def number_of_lines(text: str) -> int:
    """Read `lines`. Raises Problem (422)."""
    if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0:
        return min(int(text), MOST_LINES)
    reply = ProblemReply(
        error="invalid-query",
        message="The query cannot be answered; look at: lines.",
        cause="lines is not a whole number above 0.",
        next_step=f"Ask for example for /logs?build=<build id>&lines={DEFAULT_LINES}.",
        details=[FieldReason(field="lines", reason=f"must be a whole number from 1 to {MOST_LINES}")],
    )
    raise Problem(422, reply)


def as_text(log: RunLog) -> str:
    """Write a log for people."""
    parts = []
    for job in log.jobs:
        parts += [f"=== {job.job}: {job.conclusion or job.status}", *job.lines, ""]
    return "\n".join(parts or [f"(run {log.run_id} has no jobs yet)", ""])
