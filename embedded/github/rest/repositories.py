"""Repositories: create, show, change, delete, topics."""

import re

from flask import Blueprint, Response, jsonify

from embedded.faults.texts import ORGANISATION
from embedded.github.access import caller, github, repository, require_permission, signed_in_person
from embedded.github.core import full_name
from embedded.github.errors import ApiError, Invalid, NotAccessible, NotFound
from embedded.github.repositories import change_repository, create_repository, delete_repository
from embedded.github.rest.routes import json_body, paged
from embedded.github.shapes.repositories import full_repository
from embedded.github.store import Document
from embedded.github.tokens import manages, may

blueprint = Blueprint("repositories", __name__, url_prefix="/api/v3")
TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


def shown(repo: Document) -> Response:
    """Answer with a repository and what the caller may do with it."""
    who, store = caller(), github().store
    rights = {
        "admin": may(store, who, repo, "administration", "write"),
        "maintain": may(store, who, repo, "administration", "write"),
        "push": may(store, who, repo, "contents", "write"),
        "triage": may(store, who, repo, "contents", "write"),
        "pull": True,
    }
    return jsonify(full_repository(github(), repo, rights))


@blueprint.get("/user/repos")
def list_own_repositories() -> Response:
    """repos/list-for-authenticated-user"""
    who = signed_in_person()
    mine = [repo for repo in github().store.find("repo") if manages(github().store, who.login, repo["owner"])]
    return paged(mine, lambda repo: full_repository(github(), repo))


@blueprint.post("/user/repos")
def create_own_repository() -> tuple[Response, int]:
    """repos/create-for-authenticated-user"""
    who = require_permission("administration", "write")
    if isinstance(who.repositories, list) or who.kind == "app":
        raise NotAccessible(who.described)
    return shown(create_repository(github(), str(who.login), json_body())), 201


@blueprint.post("/orgs/<org>/repos")
def create_repository_of_organization(org: str) -> tuple[Response, int]:
    """repos/create-in-org"""
    account = github().store.get("user", org)
    if account is None or account["type"] != "Organization":
        raise NotFound
    who = require_permission("administration", "write")
    if who.kind == "app" and (who.account.lower() != org.lower() or isinstance(who.repositories, list)):
        raise NotAccessible(who.described)
    if who.kind != "app" and not manages(github().store, who.login, org):
        raise ApiError(403, ORGANISATION)
    return shown(create_repository(github(), account["login"], json_body())), 201


@blueprint.get("/repos/<owner>/<name>")
def show_repository(owner: str, name: str) -> Response:
    """repos/get"""
    return shown(repository(owner, name))


@blueprint.patch("/repos/<owner>/<name>")
def update_repository(owner: str, name: str) -> Response:
    """repos/update"""
    repo = repository(owner, name, "administration", "write")
    return shown(change_repository(github(), repo, json_body()))


@blueprint.delete("/repos/<owner>/<name>")
def remove_repository(owner: str, name: str) -> tuple[str, int]:
    """repos/delete"""
    delete_repository(github(), repository(owner, name, "administration", "write"))
    return "", 204


@blueprint.get("/repos/<owner>/<name>/hash-algorithm")
def show_hash_algorithm(owner: str, name: str) -> Response:
    """repos/get-hash-algorithm"""
    repository(owner, name, "contents")
    return jsonify({"hash_algorithm": "sha1"})


@blueprint.get("/repos/<owner>/<name>/topics")
def show_topics(owner: str, name: str) -> Response:
    """repos/get-all-topics"""
    return jsonify({"names": repository(owner, name).get("topics", [])})


@blueprint.put("/repos/<owner>/<name>/topics")
def replace_topics(owner: str, name: str) -> Response:
    """repos/replace-all-topics"""
    repo = repository(owner, name, "administration", "write")
    names = json_body().get("names")
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise Invalid.missing("names")
    topics = [each.lower() for each in names]
    if len(topics) > 20 or not all(TOPIC.fullmatch(topic) for topic in topics):
        raise Invalid("Topics must start with a lowercase letter or number, and have 50 characters or less.")
    with github().store.change("repo", full_name(repo).lower()) as document:
        document["topics"] = topics
    return jsonify({"names": topics})
