"""GET /forms: forms for people, on this origin, because the dashboard shares its own with pages that models wrote.

A key that is typed in stays in the page's memory. Nothing is sent anywhere else, and no script of the page is inline.
"""

from pathlib import Path

from flask import Blueprint, Response, render_template_string, send_file, url_for

from api.context import this_api
from api.routes.docs import HEADERS
from receiver.errors import NOT_FOUND, Problem
from receiver.openapi import Answer, Operation

FOLDER = Path(__file__).parents[1] / "static" / "forms"
INDEX = "index.html"
FILES = frozenset(path.name for path in FOLDER.iterdir()) - {INDEX}
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
KEEP_S = 300

blueprint = Blueprint("forms", __name__)


@blueprint.get("/forms")
@Operation("Forms for people", {200: Answer("A page.", also="text/html")})
def forms() -> Response:
    """Answer the page. Which form is open, and what is filled in, the browser reads from the address."""

    def file(name: str) -> str:
        return url_for("forms.form_file", name=name)

    page = (FOLDER / INDEX).read_text(encoding="utf-8")
    limit, root = this_api().door.config.max_request_bytes, url_for("home.home")
    text = render_template_string(page, file=file, limit=limit, root=root)
    return Response(text, mimetype="text/html", headers={**HEADERS, "Cache-Control": "no-cache"})


@blueprint.get("/forms/<name>")
@Operation("A file of that page", {200: Answer("The file.", also="text/javascript text/css image/svg+xml")}, (404,))
def form_file(name: str) -> Response:
    """Answer a file of the page."""
    if name not in FILES:
        raise Problem(NOT_FOUND)
    path = FOLDER / name
    answer = send_file(path, mimetype=KINDS[path.suffix], max_age=KEEP_S)
    answer.headers.update(HEADERS)
    return answer
