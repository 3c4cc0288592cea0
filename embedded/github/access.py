"""Who is asking, and may they: used at the top of every route."""

import base64
import binascii
import time
from typing import cast

from flask import current_app, g, request

from embedded.github.core import GitHub
from embedded.github.errors import ApiError, NotAccessible, NotFound, RequiresAuthentication
from embedded.github.store import Document
from embedded.github.tokens import Caller, find_caller, may, may_see, reaches

LOOK_AGAIN_S = 0.1


def github() -> GitHub:
    """Return the GitHub that the current request talks to."""
    return cast(GitHub, current_app.extensions["github"])


def token_of_request() -> str | None:
    """Return the token from `Authorization: Bearer`, `token`, or the password of `Basic`."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        return value.strip()
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or user


def caller() -> Caller:
    """Return who sent the request. Raises BadCredentials."""
    return find_caller(github().store, token_of_request())


def signed_in() -> Caller:
    """Return who sent the request. Raises RequiresAuthentication for nobody in particular."""
    who = caller()
    if who.login is None:
        raise RequiresAuthentication
    return who


def repository(owner: str, name: str, permission: str = "metadata", level: str = "read") -> Document:
    """Return the repository if the caller may use it in this way. Raises NotFound, NotAccessible and their kin."""
    repo = github().repository(f"{owner}/{name}")
    who = caller()
    if repo is None or not may_see(github().store, who, repo):
        raise NotFound
    require(repo, permission, level)
    return repo


def require(repo: Document, permission: str, level: str) -> None:
    """Raise unless the caller may do this in a repository that the caller can see."""
    g.accepted = f"{permission}={level}"
    if not is_allowed(repo, permission, level):
        refuse()
    if repo.get("archived") and level == "write" and request.method != "DELETE" and not is_unarchived():
        raise ApiError(403, "Repository was archived so is read-only.")


def is_unarchived() -> bool:
    """Whether the request is the one that makes an archived repository writable again."""
    body = request.get_json(silent=True) if request.method == "PATCH" else None
    return isinstance(body, dict) and body.get("archived") is False


def refuse() -> None:
    """Raise what GitHub answers about a repository that the caller can see, whichever the token was made for."""
    who = caller()
    if who.kind == "anonymous" and g.accepted.startswith("actions="):
        raise ApiError(403, "Must have admin rights to Repository.")
    if who.kind == "anonymous":
        raise RequiresAuthentication
    raise NotAccessible(who.described)


def require_even_if_public(repo: Document, permission: str, level: str) -> None:
    """Raise unless the caller's token itself carries the permission: being able to see the repository is not enough."""
    g.accepted, who = f"{permission}={level}", caller()
    if not (reaches(github().store, who, repo) and who.has(permission, level)):
        refuse()


def is_allowed(repo: Document, permission: str, level: str) -> bool:
    """Whether the caller may do this; a run's token gets a moment, because its job may only just have started."""
    until = time.monotonic() + github().run_token_patience
    while True:
        who = caller()
        if may(github().store, who, repo, permission, level):
            return True
        if who.kind != "run" or time.monotonic() >= until:
            return False
        time.sleep(LOOK_AGAIN_S)


def require_permission(permission: str, level: str) -> Caller:
    """Return the caller if the token carries a permission for things that no repository holds yet."""
    g.accepted, who = f"{permission}={level}", signed_in()
    if who.kind == "run" or not who.has(permission, level):
        raise NotAccessible(who.described)
    return who


def signed_in_person() -> Caller:
    """Return the caller, who must be a person: runs and Apps have no account of their own. Raises ApiError."""
    who = signed_in()
    if who.kind != "pat":
        raise NotAccessible(who.described)
    return who
