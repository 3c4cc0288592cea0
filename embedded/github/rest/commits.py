"""Commits with their files."""

from flask import Blueprint, Response, jsonify, request

from embedded.github.access import github, repository
from embedded.github.errors import EmptyRepository, Invalid, NotFound
from embedded.github.rest.paging import wanted_page
from embedded.github.shapes.git import full_commit, listed_commit

blueprint = Blueprint("commits", __name__, url_prefix="/api/v3/repos/<owner>/<name>/commits")
SHA_ONLY = ("application/vnd.github.sha", "application/vnd.github.v3.sha")


@blueprint.get("")
def list_commits(owner: str, name: str) -> Response:
    """repos/list-commits"""
    repo = repository(owner, name, "contents", "read")
    git = github().git(repo)
    if git.is_empty():
        raise EmptyRepository
    sha = git.resolve(request.args.get("sha") or repo["default_branch"])
    if sha is None:
        raise NotFound
    page = wanted_page()
    found = git.history(sha, path=request.args.get("path", ""), skip=page.start, limit=page.size)
    return page.answer([listed_commit(github(), repo, commit) for commit in found], git.count(sha))


@blueprint.get("/<path:ref>")
def show_commit(owner: str, name: str, ref: str) -> Response:
    """repos/get-commit"""
    repo = repository(owner, name, "contents", "read")
    git = github().git(repo)
    if git.is_empty():
        raise EmptyRepository
    sha = git.resolve(ref)
    if sha is None:
        raise Invalid(f"No commit found for SHA: {ref}")
    if request.headers.get("Accept", "") in SHA_ONLY:
        return Response(sha, mimetype="application/vnd.github.sha")
    return jsonify(full_commit(github(), repo, git, git.commit(sha)))
