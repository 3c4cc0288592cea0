"""GET /: a short page for who asks for HTML first, as browsers do; the same as JSON for programs."""

from flask import Blueprint, Response, render_template, request

from receiver.models import About, as_json
from receiver.openapi import Answer, Operation

OFFERED = ("text/html", "application/json")

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@Operation("What this is", {200: Answer("A page, or JSON when asked for it.", (About,), also="text/html")})
def home() -> Response:
    """Say what this is and how to send a task."""
    if next((each for each in request.accept_mimetypes.values() if each in OFFERED), "") != "text/html":
        return as_json(About())
    return Response(render_template("home.html"), mimetype="text/html")
