"""GET /openapi.json: what every route of this process takes and answers."""

import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, url_for

from receiver.access import RIGHTS
from receiver.models import About
from receiver.openapi import Answer, Operation, paths_of, schemas_of

WHAT = "STUDENT_SECRET, or a key of KEYS. The rights that a key can have: "
RIGHTS_IN_WORDS = "; ".join(f"{right} (to {what})" for right, what in RIGHTS.items())
SCHEMES = {
    "secret": {"type": "apiKey", "in": "header", "name": "X-API-KEY", "description": f"{WHAT}{RIGHTS_IN_WORDS}."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "the same as X-API-KEY, which comes first"},
}

blueprint = Blueprint("description", __name__)


@blueprint.get("/openapi.json")
@Operation("This description", {200: Answer("OpenAPI 3.1.")})
def description() -> Response:
    """Answer the description; only the address of this server is added to it."""
    server = {"url": url_for("home.home", _external=True).rstrip("/")}
    document = {**describe(current_app._get_current_object()), "servers": [server]}  # type: ignore[attr-defined]
    return Response(json.dumps(document, indent=1) + "\n", mimetype="application/json")


@lru_cache(1)
def describe(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description without its servers."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pagewright receiver", "version": "1.0.0", "description": About().message},
        "paths": paths_of(app),
        "components": {"schemas": schemas_of(app), "securitySchemes": SCHEMES},
    }
