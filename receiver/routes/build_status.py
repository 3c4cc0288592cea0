"""GET /status: the running and the last builds, as GitHub's run list has them."""

from flask import Blueprint, Response, request

from receiver.authentication import has_key, require_key
from receiver.context import this_receiver
from receiver.problems import Problem, ProblemReply
from receiver.replies import Build, Builds, BuildStatus, Up, as_json

MOST_RECENT = 20

blueprint = Blueprint("build_status", __name__)


@blueprint.get("/status")
def status() -> Response:
    """Tell anyone that the receiver is up, and the owner how the builds are doing."""
    receiver = this_receiver()
    if not has_key(request, receiver.config.secret):
        return as_json(Up())
    builds = receiver.recent_builds.newest_first()
    running = [build for build in builds if build.is_running]
    ended = [build for build in builds if not build.is_running]
    return as_json(Builds(running=running, recent=ended[:MOST_RECENT]))


@blueprint.get("/status/<build_id>")
def build_status(build_id: str) -> Response:
    """Tell the owner how one build is doing."""
    runs = runs_for_owner(build_id)
    newest = runs[0]
    return as_json(BuildStatus(build_id=build_id, status=newest.status, conclusion=newest.conclusion, runs=runs))


def runs_for_owner(build_id: str) -> list[Build]:
    """Return the runs of a build, at least one. Raises Problem (401, 404) and GitHubRefused."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    runs = receiver.recent_builds.runs_of(build_id)
    if not runs:
        raise unknown_build()
    return runs


def unknown_build() -> Problem:
    """404."""
    reply = ProblemReply(
        error="unknown-build",
        message="GitHub's list of the last hundred runs has no such build.",
        cause="It was accepted a moment ago and its run is not listed yet, it is older, or the id has a typing error.",
        next_step="Ask again in ten seconds; older builds are in the Actions tab of the runner repository.",
    )
    return Problem(404, reply)
