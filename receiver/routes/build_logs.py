"""GET /logs?build=<build id>&lines=N: the end of a run's log, job by job; with download=1, 5,000 lines of each."""

from typing import Literal

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field

from receiver.auth import require
from receiver.context import this_receiver
from receiver.errors import INVALID_LINES, UNKNOWN_BUILD, FieldReason, Problem
from receiver.models import Build, RunLog, as_json
from receiver.openapi import KEY, Answer, Operation
from receiver.routes.build_status import runs_for_owner

DEFAULT_LINES = 200
MOST_LINES = 5000
DOWNLOAD = {"1", "true", "yes"}

blueprint = Blueprint("build_logs", __name__)


class LogQuery(BaseModel):
    """Describes the query, which is read more leniently."""

    build: str = ""
    lines: int = Field(default=DEFAULT_LINES, ge=1, le=MOST_LINES)
    download: Literal["1", "true", "yes"] = Field(description="the log as a file, without a preview")


@blueprint.get("/logs")
@Operation(
    "A run's log",
    {200: Answer("Its end.", (RunLog,), also="text/plain")},
    (401, 404, 422, 503),
    query=LogQuery,
    security=KEY,
)
def build_logs() -> Response:
    """Show the owner the log as text, or as JSON when that is asked for."""
    receiver = this_receiver()
    require("read")
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
        raise Problem(UNKNOWN_BUILD)
    return builds[0]


def number_of_lines(text: str) -> int:
    """Read `lines`. Raises Problem (422)."""
    if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0:
        return min(int(text), MOST_LINES)
    reason = FieldReason(field="lines", reason=f"must be a whole number from 1 to {MOST_LINES}")
    raise Problem(INVALID_LINES, details=[reason], default=DEFAULT_LINES)


def as_text(log: RunLog) -> str:
    """Write a log for people."""
    parts = []
    for job in log.jobs:
        parts += [f"=== {job.job}: {job.conclusion or job.status}", *job.lines, ""]
    return "\n".join(parts or [f"(run {log.run_id} has no jobs yet)", ""])
