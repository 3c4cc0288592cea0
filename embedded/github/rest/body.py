"""The JSON body of a request."""

from typing import Any

from flask import request

from embedded.github.errors import ApiError, Invalid


def json_body() -> dict[str, Any]:
    """Return the body, which must be a JSON object; no body is an empty one. Raises ApiError."""
    if not request.get_data(cache=True):
        return {}
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise ApiError(400, "Problems parsing JSON")
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


def text_of(body: dict[str, Any], name: str) -> str:
    """Return a field that must be a non-empty string. Raises Invalid."""
    value = body.get(name)
    if value is None or value == "":
        raise Invalid.missing(name)
    if not isinstance(value, str):
        raise Invalid(f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
    return value
