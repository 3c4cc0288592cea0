"""Branches, and commits with their files."""

from typing import Any

from flask import Response, jsonify, request

from embedded.github.access import github
from embedded.github.bare_git import BareGit
from embedded.github.errors import ApiError, EmptyRepository, Invalid, found
from embedded.github.rest.routes import Routes, paged, wanted_page
from embedded.github.shapes.git import full_commit, listed_commit
from embedded.github.shapes.repositories import api_address, short_branch, web_address
from embedded.github.store import Document

route = Routes("commits", "", "contents")
SHA_ONLY = ("application/vnd.github.sha", "application/vnd.github.v3.sha")


def branches_of(repo: Document) -> list[tuple[str, str]]:
    """Return names and SHAs."""
    refs = github().git(repo).refs("refs/heads")
    return [(ref.removeprefix("refs/heads/"), sha) for ref, sha in refs.items()]


@route("GET /branches")
def list_branches(repo: Document) -> Response:
    """repos/list-branches"""
    return paged(branches_of(repo), lambda each: short_branch(github(), repo, *each))


@route("GET /branches/<path:branch>")
def show_branch(repo: Document, branch: str) -> dict[str, Any]:
    """repos/get-branch, in its long form; there is no branch protection here"""
    sha = found(dict(branches_of(repo)).get(branch), ApiError(404, "Branch not found"))
    url = f"{api_address(github(), repo)}/branches/{branch}"
    return {
        "name": branch,
        "commit": listed_commit(github(), repo, github().git(repo).commit(sha)),
        "_links": {"self": url, "html": f"{web_address(github(), repo)}/tree/{branch}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }


def git_with_commits(repo: Document) -> BareGit:
    """Return the git side of a repository. Raises EmptyRepository."""
    git = github().git(repo)
    if git.is_empty():
        raise EmptyRepository
    return git


@route("GET /commits")
def list_commits(repo: Document) -> Response:
    """repos/list-commits"""
    git = git_with_commits(repo)
    sha = found(git.resolve(request.args.get("sha") or repo["default_branch"]))
    page = wanted_page()
    listed = git.history(sha, path=request.args.get("path", ""), skip=page.start, limit=page.size)
    return page.answer([listed_commit(github(), repo, commit) for commit in listed], git.count(sha))


@route("GET /commits/<path:ref>")
def show_commit(repo: Document, ref: str) -> Response:
    """repos/get-commit"""
    git = git_with_commits(repo)
    sha = found(git.resolve(ref), Invalid(f"No commit found for SHA: {ref}"))
    if (accept := request.headers.get("Accept", "")) in SHA_ONLY:
        return Response(sha, content_type=f"{accept}; charset=utf-8")
    return jsonify(full_commit(github(), repo, git, git.commit(sha)))
