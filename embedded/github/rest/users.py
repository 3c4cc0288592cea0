"""/user and /users."""

from flask import Blueprint, Response, jsonify

from embedded.github.access import caller, github, signed_in
from embedded.github.errors import NotFound
from embedded.github.rest.paging import paged
from embedded.github.shapes.repositories import full_repository
from embedded.github.shapes.users import private_user, public_user
from embedded.github.tokens import ACTIONS_BOT, may_see

blueprint = Blueprint("users", __name__, url_prefix="/api/v3")


@blueprint.get("/user")
def show_own_account() -> Response:
    """users/get-authenticated"""
    login = str(signed_in().login)
    return jsonify(private_user(github(), login))


@blueprint.get("/users/<login>")
def show_account(login: str) -> Response:
    """users/get-by-username"""
    caller()
    user = github().store.get("user", login)
    if user is None and login != ACTIONS_BOT:
        raise NotFound
    return jsonify(public_user(github(), login))


@blueprint.get("/users/<login>/repos")
def list_repositories_of(login: str) -> Response:
    """repos/list-for-user"""
    who = caller()
    if github().store.get("user", login) is None:
        raise NotFound
    owned = [repo for repo in github().store.find("repo") if repo["owner"].lower() == login.lower()]
    visible = [repo for repo in owned if may_see(github().store, who, repo)]
    return paged(visible, lambda repo: full_repository(github(), repo))
