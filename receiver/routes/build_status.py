"""GET /status: the running and the last builds, as GitHub's run list has them."""

from flask import Blueprint, Response

from receiver.auth import caller, require
from receiver.context import this_receiver
from receiver.errors import UNKNOWN_BUILD, Problem
from receiver.models import Build, Builds, BuildStatus, Up, as_json
from receiver.openapi import KEY, Answer, Operation

MOST_RECENT = 20

blueprint = Blueprint("build_status", __name__)


@blueprint.get("/status")
@Operation(
    "Running and last builds", {200: Answer("For the owner. For all.", (Builds, Up))}, (401, 503), security=({}, *KEY)
)
def status() -> Response:
    """Tell anyone that the receiver is up, and the owner how the builds are doing."""
    receiver = this_receiver()
    if caller() is None:
        return as_json(Up())
    require("read")
    builds = receiver.recent_builds.newest_first()
    running = [build for build in builds if build.is_running]
    ended = [build for build in builds if not build.is_running]
    return as_json(Builds(running=running, recent=ended[:MOST_RECENT]))


@blueprint.get("/status/<build_id>")
@Operation(
    "One build", {200: Answer("Its runs, and what it published.", (BuildStatus,))}, (401, 404, 503), security=KEY
)
def build_status(build_id: str) -> Response:
    """Tell the owner how one build is doing."""
    runs = runs_for_owner(build_id)
    newest = runs[0]
    receiver = this_receiver()
    problem = receiver.runner.why_not_started(newest)
    about = {"build_id": build_id, "status": newest.status, "conclusion": newest.conclusion}
    outcome = None if newest.is_running else receiver.outcome_of(newest)
    found = outcome.model_dump() if outcome else {}
    return as_json(BuildStatus(**found, **about, problem=problem, runs=runs))


def runs_for_owner(build_id: str) -> list[Build]:
    """Return the runs of a build, at least one. Raises Problem (401, 404) and GitHubRefused."""
    receiver = this_receiver()
    require("read")
    runs = receiver.recent_builds.runs_of(build_id)
    if not runs:
        raise Problem(UNKNOWN_BUILD)
    return runs
