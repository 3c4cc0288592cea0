"""Small pages for people who open the address of a server in a browser. No scripts; everything shown is escaped."""

from collections.abc import Mapping

import jinja2
from flask import Response

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("embedded"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"


def landing_page(template: str, values: Mapping[str, object]) -> Response:
    """Return a page made from one of the templates."""
    response = Response(TEMPLATES.get_template(f"{template}.html").render(values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
