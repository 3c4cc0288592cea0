"""GET /health: whether this process answers. It asks nobody else, so that a bad moment of GitHub restarts nothing."""

from flask import Blueprint, Response

from receiver.replies import Healthy, as_json

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """Answer."""
    return as_json(Healthy())
