"""GET /: a short page for people, or the same as JSON for programs."""

from flask import Blueprint, Response, render_template, request

from receiver.replies import About, as_json

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """Say what this is and how to send a task."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return as_json(About())
    return Response(render_template("home.html"), mimetype="text/html")
