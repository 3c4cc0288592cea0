"""Actions variables of a repository."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify

from embedded.github.access import github, repository
from embedded.github.core import full_name
from embedded.github.errors import Conflict, Invalid, NotFound
from embedded.github.rest.body import json_body, text_of
from embedded.github.rest.paging import paged
from embedded.github.store import Document

blueprint = Blueprint("variables", __name__, url_prefix="/api/v3/repos/<owner>/<name>/actions/variables")
NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*")


def values(kind: str, repo: Document) -> dict[str, str]:
    """Return the variables or secrets of a repository."""
    return github().store.get(kind, full_name(repo)) or {}


def clean_name(name: str) -> str:
    """Return the name in capitals, as GitHub keeps it. Raises Invalid."""
    if not NAME.fullmatch(name.upper()):
        raise Invalid("Name can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_).")
    return name.upper()


def times(repo: Document) -> dict[str, str]:
    """Return when a setting was made; the store keeps values only, so it is the age of the repository."""
    return {"created_at": repo["created_at"], "updated_at": repo["created_at"]}


def save(kind: str, repo: Document, changes: dict[str, str | None]) -> None:
    """Set values, and remove those that are None."""
    complete = {**values(kind, repo), **changes}
    kept = {name: value for name, value in complete.items() if value is not None}
    github().store.put(kind, full_name(repo), kept)


def shape(repo: Document, name: str, value: str) -> dict[str, Any]:
    """Return a variable."""
    return {"name": name, "value": value, **times(repo)}


@blueprint.get("")
def list_variables(owner: str, name: str) -> Response:
    """actions/list-repo-variables"""
    repo = repository(owner, name, "variables", "read")
    items = sorted(values("variable", repo).items())
    return paged(items, lambda item: shape(repo, *item), "variables")


@blueprint.post("")
def create_variable(owner: str, name: str) -> tuple[Response, int]:
    """actions/create-repo-variable"""
    repo = repository(owner, name, "variables", "write")
    body = json_body()
    variable = clean_name(text_of(body, "name"))
    if variable in values("variable", repo):
        raise Conflict("Already exists - Variable already exists")
    save("variable", repo, {variable: text_of(body, "value")})
    return jsonify({}), 201


@blueprint.get("/<variable>")
def show_variable(owner: str, name: str, variable: str) -> Response:
    """actions/get-repo-variable"""
    repo = repository(owner, name, "variables", "read")
    value = values("variable", repo).get(variable.upper())
    if value is None:
        raise NotFound
    return jsonify(shape(repo, variable.upper(), value))


@blueprint.patch("/<variable>")
def update_variable(owner: str, name: str, variable: str) -> tuple[str, int]:
    """actions/update-repo-variable"""
    repo = repository(owner, name, "variables", "write")
    if variable.upper() not in values("variable", repo):
        raise NotFound
    save("variable", repo, {variable.upper(): text_of(json_body(), "value")})
    return "", 204


@blueprint.delete("/<variable>")
def delete_variable(owner: str, name: str, variable: str) -> tuple[str, int]:
    """actions/delete-repo-variable"""
    repo = repository(owner, name, "variables", "write")
    if variable.upper() not in values("variable", repo):
        raise NotFound
    save("variable", repo, {variable.upper(): None})
    return "", 204
