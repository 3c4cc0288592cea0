"""Says whether a reply is one that GitHub's own description of its API allows."""

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

DESCRIPTION: dict[str, Any] = json.loads((Path(__file__).parent / "operations.json").read_text())
PREFIX = "/api/v3"
BASIC_ERROR = {"$ref": "#/components/schemas/basic-error"}
SIMPLE_ERROR = {"type": "object", "required": ["message", "documentation_url"]}
# GitHub answers with these although many operations do not declare them.
ALWAYS_POSSIBLE: dict[str, Any] = {
    "301": SIMPLE_ERROR,
    "302": None,
    "304": None,
    "307": SIMPLE_ERROR,
    "400": BASIC_ERROR,
    "401": BASIC_ERROR,
    "403": BASIC_ERROR,
    "404": BASIC_ERROR,
    "413": BASIC_ERROR,
}
UNDECLARED: dict[str, dict[str, Any]] = {
    "POST /repos/{}/{}/actions/workflows/{}/dispatches": {"422": SIMPLE_ERROR},
    "POST /repos/{}/{}/actions/variables": {"409": BASIC_ERROR, "422": SIMPLE_ERROR},
    "PUT /repos/{}/{}/actions/secrets/{}": {"422": SIMPLE_ERROR},
    "GET /repos/{}/{}/actions/runs": {"422": SIMPLE_ERROR},
}
formats = FormatChecker(formats=())


@formats.checks("uri")
def is_uri(value: object) -> bool:
    """Whether it is a whole address without a template in it."""
    return not isinstance(value, str) or (bool(urlsplit(value).scheme) and not set(value) & set("{} "))


@formats.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    """Whether it is a date with a time and a zone."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def bare(rule: str) -> str:
    """Return the path of a Flask rule as the description's keys have it."""
    return re.sub(r"<[^>]*>", "{}", rule.removeprefix(PREFIX))


def problem(method: str, rule: str, status: int, body: Any) -> str | None:
    """Return why GitHub would not answer like this, or None."""
    operation = f"{method} {bare(rule)}"
    if operation not in DESCRIPTION["operations"]:
        return f"GitHub has no {operation}"
    declared = DESCRIPTION["operations"][operation]["replies"]
    replies = {**ALWAYS_POSSIBLE, **UNDECLARED.get(operation, {}), **declared}
    if str(status) not in replies:
        return f"{operation} cannot answer {status}: {body}"
    schema = replies[str(status)] or (BASIC_ERROR if status >= 400 else None)
    if schema is None:
        return None if body is None else f"{operation} {status} must have no JSON: {body}"
    error = best_match(validator(json.dumps(schema)).iter_errors(body))
    return error and f"{operation} {status}: {error.message} at {error.json_path}"


@cache
def validator(schema: str) -> Draft202012Validator:
    """Return a validator that knows the shared schemas."""
    whole = {**json.loads(schema), "components": DESCRIPTION["components"]}
    return Draft202012Validator(whole, format_checker=formats)
