"""repository_dispatch: an event from outside, with a payload."""

import json
from typing import Any

from flask import Blueprint

from embedded.github.access import caller, github, repository
from embedded.github.core import full_name
from embedded.github.errors import Invalid
from embedded.github.events import Event
from embedded.github.rest.body import json_body, text_of
from embedded.github.shapes.repositories import full_repository
from embedded.github.shapes.users import simple_user
from embedded.github.store import Document

blueprint = Blueprint("dispatches", __name__, url_prefix="/api/v3/repos/<owner>/<name>/dispatches")
LONGEST_TYPE = 100
MOST_PROPERTIES = 10
LARGEST_PAYLOAD = 65_535


@blueprint.post("")
def dispatch(owner: str, name: str) -> tuple[str, int]:
    """repos/create-dispatch-event"""
    repo = repository(owner, name, "contents", "write")
    body = json_body()
    event_type = text_of(body, "event_type")
    if len(event_type) > LONGEST_TYPE:
        raise Invalid(f"Invalid request.\n\nevent_type is longer than {LONGEST_TYPE} characters.")
    payload = checked_payload(body.get("client_payload"))
    emit_dispatch(repo, event_type, payload)
    return "", 204


def checked_payload(payload: object) -> dict[str, Any]:
    """Return the payload. Raises Invalid when it has too many properties or is too large."""
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise Invalid("Invalid request.\n\nFor 'properties/client_payload', it is not an object.")
    if len(payload) > MOST_PROPERTIES:
        message = f"No more than {MOST_PROPERTIES} properties are allowed; {len(payload)} were supplied."
        raise Invalid(f"Invalid request.\n\n{message}")
    if len(json.dumps(payload, separators=(",", ":"), ensure_ascii=False)) > LARGEST_PAYLOAD:
        raise Invalid("client_payload is too large.")
    return payload


def emit_dispatch(repo: Document, event_type: str, client_payload: dict[str, Any]) -> None:
    """Emit the event on the default branch; without a commit there is nothing that could run."""
    who = caller()
    sha = github().git(repo).resolve(f"refs/heads/{repo['default_branch']}")
    if sha is None:
        return
    actor = str(who.login)
    payload = {
        "action": event_type,
        "branch": repo["default_branch"],
        "client_payload": client_payload,
        "repository": full_repository(github(), repo),
        "sender": simple_user(github(), actor),
    }
    ref = f"refs/heads/{repo['default_branch']}"
    by_run = who.kind == "run"
    github().events.emit(Event("repository_dispatch", full_name(repo), ref, sha, payload, actor, by_run_token=by_run))
