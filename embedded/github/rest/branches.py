"""Branches."""

from typing import Any

from flask import Blueprint, Response, jsonify

from embedded.github.access import github, repository
from embedded.github.errors import ApiError
from embedded.github.rest.paging import paged
from embedded.github.shapes.git import listed_commit
from embedded.github.shapes.repositories import api_address, short_branch, web_address
from embedded.github.store import Document

blueprint = Blueprint("branches", __name__, url_prefix="/api/v3/repos/<owner>/<name>/branches")


def branches_of(repo: Document) -> list[tuple[str, str]]:
    """Return names and SHAs."""
    refs = github().git(repo).refs("refs/heads")
    return [(ref.removeprefix("refs/heads/"), sha) for ref, sha in refs.items()]


@blueprint.get("")
def list_branches(owner: str, name: str) -> Response:
    """repos/list-branches"""
    repo = repository(owner, name, "contents", "read")
    return paged(branches_of(repo), lambda each: short_branch(github(), repo, *each))


@blueprint.get("/<path:branch>")
def show_branch(owner: str, name: str, branch: str) -> Response:
    """repos/get-branch"""
    repo = repository(owner, name, "contents", "read")
    sha = dict(branches_of(repo)).get(branch)
    if sha is None:
        raise ApiError(404, "Branch not found")
    return jsonify(full_branch(repo, branch, sha))


def full_branch(repo: Document, branch: str, sha: str) -> dict[str, Any]:
    """Return the long form of a branch; there is no branch protection here."""
    url = f"{api_address(github(), repo)}/branches/{branch}"
    return {
        "name": branch,
        "commit": listed_commit(github(), repo, github().git(repo).commit(sha)),
        "_links": {"self": url, "html": f"{web_address(github(), repo)}/tree/{branch}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }
