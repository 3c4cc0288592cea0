"""Who calls, and whether they may do what they ask for: every route that needs a key asks here first."""

from typing import TYPE_CHECKING

from flask import g, request

from receiver.access import RIGHTS, AccessKey, Right
from receiver.context import this_receiver
from receiver.errors import NO_RIGHT, OTHER_EMAIL, Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["RIGHTS", "AccessKey", "Right", "caller", "require", "require_email", "require_sender", "tells_a_key"]

FIELD = "The field secret of the task"
HEADER = "The header {name}"
NO_HEADER = "The header X-API-KEY is missing, or it"


def require(right: Right) -> AccessKey:
    """Let only who may do this pass, and return whose key it is. Raises Problem (401, 403, 429)."""
    found = caller() or this_receiver().gate.refuse(request.remote_addr or "", NO_HEADER)
    return with_right(found, right)


def caller() -> AccessKey | None:
    """Return whose key the headers show, None without one. Raises Problem (401, 429)."""
    if "caller" not in g:
        shown = shown_key(request.environ)
        g.caller = remembered(shown[1], HEADER.format(name=shown[0])) if shown else None
    found: AccessKey | None = g.caller
    return found


def require_sender(secret: object) -> AccessKey:
    """Let only who may send tasks pass: by the field `secret` of the task, else by a header. Raises Problem."""
    if (secret is None or secret == "") and shown_key(request.environ):
        return require("send")
    g.caller = remembered(secret, FIELD)
    return with_right(g.caller, "send")


def require_email(key: AccessKey, email: str) -> None:
    """Let a key send tasks for its own addresses only. Raises Problem (403)."""
    if not key.is_for(email):
        raise Problem(OTHER_EMAIL, name=key.name, emails=", ".join(key.emails))


def needs_callback(key: AccessKey, secret: object) -> bool:
    """Whether a task must say where the callback goes: STUDENT_SECRET in it does, and who may start nothing."""
    return not key.may("start") or (not key.name and bool(secret))


def tells_a_key(text: str) -> bool:
    """Whether a text that will be public holds the shared secret, or the key that came with it."""
    shown = shown_key(request.environ)
    told = [this_receiver().config.secret, *([shown[1].decode("utf-8", "replace")] if shown else [])]
    return any(each.casefold() in text.casefold() for each in told if each)


def remembered(given: object, what: str) -> AccessKey:
    """Return whose key this is, and let the log name it. Raises Problem (401, 429)."""
    gate = this_receiver().gate
    found = gate.known(given, request.remote_addr or "", what)
    if found.name:
        g.key = found.name
    gate.count(found)
    return found


def with_right(key: AccessKey, right: Right) -> AccessKey:
    """Return a key that has a right. Raises Problem (403)."""
    if not key.may(right):
        rule = request.url_rule.rule if request.url_rule else request.path[:100]
        has, route = ", ".join(sorted(key.rights)), f"{request.method} {rule}"
        raise Problem(NO_RIGHT, name=key.name, has=has, route=route, right=right, what=RIGHTS[right])
    return key


def shown_key(environ: "WSGIEnvironment") -> tuple[str, bytes] | None:
    """Return the header that shows a key, and the key. X-API-KEY comes first: a proxy may need the other one."""
    if "HTTP_X_API_KEY" in environ:
        return "X-API-KEY", as_bytes(environ["HTTP_X_API_KEY"])
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return ("Authorization", as_bytes(token.strip())) if scheme.lower() == "bearer" else None


def as_bytes(header: str) -> bytes:
    """Return the bytes that came: WSGI hands them over as latin-1."""
    return header.encode("latin-1", "replace")
