"""Git Data: refs. A changed branch counts as a push."""

from flask import Response, g, jsonify

from embedded.github.access import caller, github, is_allowed
from embedded.github.bare_git import NO_COMMIT, BareGit, GitRefused
from embedded.github.errors import Conflict, Invalid, NotAccessible, found
from embedded.github.pushes import refs_changed, touches_workflows
from embedded.github.rest.git_data import repository_with_commits
from embedded.github.rest.routes import Routes, json_body, text_of
from embedded.github.shapes.git import git_ref
from embedded.github.store import Document

route = Routes("git_refs", "/git", "contents", repository_with_commits)


@route("GET /ref/<path:ref>")
def show_ref(repo: Document, git: BareGit, ref: str) -> Response:
    """git/get-ref"""
    sha = found(git.refs(f"refs/{ref}").get(f"refs/{ref}"))
    return jsonify(git_ref(github(), repo, f"refs/{ref}", sha, git.kind(sha) or "commit"))


@route("GET /matching-refs/<path:ref>")
def list_matching_refs(repo: Document, git: BareGit, ref: str) -> Response:
    """git/list-matching-refs, all in one reply: GitHub does not look at per_page here"""
    listed = [(each, sha) for each, sha in git.refs().items() if each.startswith(f"refs/{ref}")]
    return jsonify([git_ref(github(), repo, *each, git.kind(each[1]) or "commit") for each in listed])


@route("POST /refs")
def create_ref(repo: Document, git: BareGit) -> tuple[Response, int]:
    """git/create-ref"""
    body = json_body()
    ref = text_of(body, "ref")
    if not ref.startswith("refs/") or ref.count("/") < 2 or not git.is_valid_ref(ref):
        raise Invalid("Reference name must start with 'refs/' and be well formed.")
    sha = existing_object(git, text_of(body, "sha"))
    if ref in git.refs(ref):
        raise Invalid("Reference already exists")
    move_ref(repo, git, ref, sha, NO_COMMIT)
    return jsonify(git_ref(github(), repo, ref, sha, git.kind(sha) or "commit")), 201


def existing_object(git: BareGit, sha: str) -> str:
    """Return the full SHA. Raises Invalid."""
    if len(sha) != 40 or git.kind(sha) is None:
        raise Invalid("Object does not exist")
    return sha


@route("PATCH /refs/<path:ref>")
def update_ref(repo: Document, git: BareGit, ref: str) -> Response:
    """git/update-ref"""
    body = json_body()
    sha = existing_object(git, text_of(body, "sha"))
    full, old = existing_ref(git, ref)
    if not body.get("force") and not git.is_ancestor(old, sha):
        raise Invalid("Update is not a fast forward")
    move_ref(repo, git, full, sha, old)
    return jsonify(git_ref(github(), repo, full, sha, git.kind(sha) or "commit"))


def existing_ref(git: BareGit, ref: str) -> tuple[str, str]:
    """Return the full name and the SHA. Raises Invalid."""
    full = f"refs/{ref}"
    return full, found(git.refs(full).get(full), Invalid("Reference does not exist"))


def move_ref(repo: Document, git: BareGit, ref: str, new: str, old: str) -> None:
    """Point a ref at `new` and tell what follows from it. Raises NotAccessible and Conflict."""
    who, g.accepted = caller(), "contents=write; contents=write,workflows=write"
    if touches_workflows(git, new) and not is_allowed(repo, "workflows", "write"):
        raise NotAccessible(who.described)
    before = git.refs()
    try:
        git.update_ref(ref, new, old)
    except GitRefused:
        raise Conflict("Reference cannot be updated") from None
    refs_changed(github(), repo, before, {**before, ref: new}, who)


@route("DELETE /refs/<path:ref>")
def delete_ref(repo: Document, git: BareGit, ref: str) -> tuple[str, int]:
    """git/delete-ref"""
    full, _ = existing_ref(git, ref)
    if full == f"refs/heads/{repo['default_branch']}":
        raise Invalid("Cannot delete the default branch")
    git.delete_ref(full)
    return "", 204
