"""repository_dispatch: an event from outside, with a payload."""

import json
from typing import Any

from embedded.github.access import caller, github
from embedded.github.core import full_name
from embedded.github.errors import Invalid
from embedded.github.events import Event
from embedded.github.rest.routes import Routes, json_body, text_of
from embedded.github.shapes.repositories import full_repository
from embedded.github.shapes.users import simple_user
from embedded.github.store import Document

route = Routes("dispatches", "/dispatches", "contents")
LONGEST_TYPE = 100
MOST_PROPERTIES = 10
LARGEST_PAYLOAD = 65_535


@route("POST ")
def dispatch(repo: Document) -> tuple[str, int]:
    """repos/create-dispatch-event"""
    body = json_body()
    event_type = text_of(body, "event_type")
    if len(event_type) > LONGEST_TYPE:
        raise Invalid(f"Invalid request.\n\nevent_type is longer than {LONGEST_TYPE} characters.")
    payload = checked_payload(body.get("client_payload"))
    branch = repo["default_branch"]
    if sha := github().git(repo).resolve(f"refs/heads/{branch}"):  # without a commit there is nothing that could run
        told = {"action": event_type, "branch": branch, "client_payload": payload}
        emit(repo, "repository_dispatch", (f"refs/heads/{branch}", sha), told)
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


def emit(repo: Document, name: str, at: tuple[str, str], payload: dict[str, Any], **more: Any) -> list[int]:
    """Emit what the caller asks for, at a ref and its commit; return the ids of the runs."""
    who = caller()
    actor = str(who.login)
    whole = {**payload, "repository": full_repository(github(), repo), "sender": simple_user(github(), actor)}
    return github().events.emit(Event(name, full_name(repo), *at, whole, actor, by_run_token=who.kind == "run", **more))
