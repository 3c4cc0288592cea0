"""GET /health: whether this process answers. It asks nobody else, so that a bad moment of GitHub restarts nothing."""

from flask import Blueprint, Response

from receiver.context import this_receiver
from receiver.models import Healthy, Queue, as_json
from receiver.openapi import Answer, Operation

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@Operation("Whether the process answers", {200: Answer("It does.", (Healthy,))})
def health() -> Response:
    """Answer, with what the last look at the run list has shown, whoever it was for."""
    seen = this_receiver().recent_builds.last_seen()
    if seen is None:
        return as_json(Healthy())
    age_s, builds = seen
    running = sum(build.status == "in_progress" for build in builds)
    queued = sum(build.is_running for build in builds) - running
    return as_json(Healthy(queue=Queue(queued=queued, running=running, age_s=round(age_s))))
