"""GET /health: whether this process answers. It asks nobody else, so that a bad moment of GitHub restarts nothing."""

from flask import Blueprint, Response

from receiver.models import Healthy, as_json
from receiver.openapi import Answer, Operation

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@Operation("Whether the process answers", {200: Answer("It does.", (Healthy,))})
def health() -> Response:
    """Answer."""
    return as_json(Healthy())
