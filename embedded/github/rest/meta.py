"""/meta and /rate_limit."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify

from embedded.github.access import caller

blueprint = Blueprint("meta", __name__, url_prefix="/api/v3")


@blueprint.get("/meta")
def show_meta() -> Response:
    """meta/get"""
    caller()
    return jsonify({"verifiable_password_authentication": False, "web": ["127.0.0.1/32"], "api": ["127.0.0.1/32"]})


@blueprint.get("/rate_limit")
def show_rate_limit() -> Response:
    """rate-limit/get"""
    caller()
    reset = int(time.time()) // 3600 * 3600 + 3600

    def rate(limit: int) -> dict[str, Any]:
        return {"limit": limit, "used": 0, "remaining": limit, "reset": reset, "resource": "core"}

    return jsonify({"resources": {"core": rate(5000), "search": rate(30), "graphql": rate(5000)}, "rate": rate(5000)})
