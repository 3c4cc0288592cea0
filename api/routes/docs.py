"""GET /docs: the description of this process, to read and to try in a browser. All of it comes from here, no CDN.

Swagger UI is the one that flask-openapi3-swagger packages; nothing else of that package is used.
"""

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, render_template_string, send_file, url_for

from receiver.errors import NOT_FOUND, Problem
from receiver.openapi import Answer, Operation

VIEWER = Path(str(files("flask_openapi3_swagger"))) / "templates" / "swagger"
FILES = {"swagger-ui.css": "css", "swagger-ui-bundle.js": "js", "swagger.svg": "images"}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # its icons
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
KEEP_S = 3600
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pagewright: all addresses</title>
<link rel="icon" href="{{ file('swagger.svg') }}">
<link rel="stylesheet" href="{{ file('swagger-ui.css') }}">
<main id="viewer" data-description="{{ description }}"></main>
<noscript>This page needs JavaScript. The same as JSON: <a href="{{ description }}">{{ description }}</a>.</noscript>
<script src="{{ file('swagger-ui-bundle.js') }}"></script>
<script src="{{ file('start.js') }}"></script>
</html>
"""
# A key that is typed in stays in the memory of the page. Nothing is sent to anybody else, as validatorUrl would.
START = """const viewer = document.getElementById("viewer");
SwaggerUIBundle({ url: viewer.dataset.description, domNode: viewer, validatorUrl: null, persistAuthorization: false });
"""

blueprint = Blueprint("docs", __name__)


@blueprint.get("/docs")
@Operation("All addresses, to read and to try", {200: Answer("A page.", also="text/html")})
def docs() -> Response:
    """Answer the page."""

    def file(name: str) -> str:
        return url_for("docs.viewer_file", name=name)

    page = render_template_string(PAGE, file=file, description=url_for("description.description"))
    return Response(page, mimetype="text/html", headers=HEADERS)


@blueprint.get("/docs/<name>")
@Operation("A file of that page", {200: Answer("The file.", also="text/javascript")}, (404,))
def viewer_file(name: str) -> Response:
    """Answer a file of the page."""
    if name == "start.js":
        return Response(START, mimetype="text/javascript", headers=HEADERS)
    if name not in FILES:
        raise Problem(NOT_FOUND)
    answer = send_file(VIEWER / FILES[name] / name, max_age=KEEP_S)
    answer.headers.update(HEADERS)
    return answer
