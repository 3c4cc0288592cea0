"""/user, /users, /meta and /rate_limit."""

import time
from typing import Any

from flask import Blueprint, Response

from embedded.github.access import caller, github, signed_in_person
from embedded.github.errors import NotFound, found
from embedded.github.rest.routes import paged
from embedded.github.shapes.repositories import full_repository
from embedded.github.shapes.users import organization, owned_by, private_user, public_user
from embedded.github.tokens import ACTIONS_BOT, may_see

blueprint = Blueprint("users", __name__, url_prefix="/api/v3")


@blueprint.get("/meta")
def show_meta() -> dict[str, Any]:
    """meta/get"""
    caller()
    return {"verifiable_password_authentication": False, "web": ["127.0.0.1/32"], "api": ["127.0.0.1/32"]}


@blueprint.get("/rate_limit")
def show_rate_limit() -> dict[str, Any]:
    """rate-limit/get"""
    caller()
    reset = int(time.time()) // 3600 * 3600 + 3600

    def rate(limit: int) -> dict[str, Any]:
        return {"limit": limit, "used": 0, "remaining": limit, "reset": reset, "resource": "core"}

    return {"resources": {"core": rate(5000), "search": rate(30), "graphql": rate(5000)}, "rate": rate(5000)}


@blueprint.get("/user")
def show_own_account() -> dict[str, Any]:
    """users/get-authenticated"""
    return private_user(github(), str(signed_in_person().login))


@blueprint.get("/users/<login>")
def show_account(login: str) -> dict[str, Any]:
    """users/get-by-username"""
    caller()
    if github().store.get("user", login) is None and login != ACTIONS_BOT:
        raise NotFound
    return public_user(github(), login)


@blueprint.get("/orgs/<login>")
def show_organization(login: str) -> dict[str, Any]:
    """orgs/get"""
    caller()
    if found(github().store.get("user", login))["type"] != "Organization":
        raise NotFound
    return organization(github(), login)


@blueprint.get("/users/<login>/repos")
def list_repositories_of(login: str) -> Response:
    """repos/list-for-user"""
    who = caller()
    found(github().store.get("user", login))
    visible = [repo for repo in owned_by(github(), login) if may_see(github().store, who, repo)]
    return paged(visible, lambda repo: full_repository(github(), repo))
