"""Files by path: read, and write one file as one commit."""

import posixpath
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request

from embedded.github.access import caller, github, repository, require
from embedded.github.bare_git import NO_COMMIT, BareGit, Entry, GitRefused
from embedded.github.errors import ApiError, Conflict, Invalid, NotFound
from embedded.github.pushes import refs_changed
from embedded.github.repositories import commit_person
from embedded.github.rest.body import json_body, text_of
from embedded.github.rest.git_data import RAW, decoded_content, is_plain_path, person_of
from embedded.github.shapes.git import full_content, git_commit, listed_content, symlink_content
from embedded.github.store import Document

blueprint = Blueprint("contents", __name__, url_prefix="/api/v3/repos/<owner>/<name>")
LINK = "120000"
LARGEST_FILE = 100 * 1024 * 1024


def wants_raw() -> bool:
    """Whether the caller asked for the bytes instead of JSON."""
    return request.headers.get("Accept", "").split("+")[0].split(";")[0].strip() in RAW


@blueprint.get("/readme")
def show_readme(owner: str, name: str) -> Response:
    """repos/get-readme"""
    repo = repository(owner, name, "contents", "read")
    ref, sha = wanted_commit(repo)
    for entry in github().git(repo).tree(sha):
        if entry.kind == "blob" and entry.path.lower() in {"readme.md", "readme", "readme.txt"}:
            return file_answer(repo, entry, ref)
    raise NotFound


@blueprint.get("/contents", defaults={"path": ""}, strict_slashes=False)
@blueprint.get("/contents/<path:path>")
def show_contents(owner: str, name: str, path: str) -> Response:
    """repos/get-content"""
    repo = repository(owner, name, "contents", "read")
    ref, sha = wanted_commit(repo)
    git = github().git(repo)
    path = path.strip("/")
    found = git.tree(sha, path=path) if path else []
    if found and found[0].mode == LINK:
        return link_answer(repo, git, found[0], ref, sha)
    if found and found[0].kind == "blob":
        return file_answer(repo, found[0], ref)
    if path and not (found and found[0].kind == "tree"):
        raise NotFound
    entries = git.tree(sha, path=f"{path}/" if path else "")
    return jsonify([listed_content(github(), repo, entry, ref) for entry in entries])


def wanted_commit(repo: Document) -> tuple[str, str]:
    """Return the ref that the caller asked for, and its commit. Raises NotFound."""
    ref = request.args.get("ref") or repo["default_branch"]
    sha = github().git(repo).resolve(ref)
    if sha is None:
        raise NotFound
    return ref, sha


def link_answer(repo: Document, git: BareGit, entry: Entry, ref: str, sha: str) -> Response:
    """Answer with the file that a link leads to, or with the link when that is no file of this repository."""
    target = git.blob(entry.sha).decode(errors="replace")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
    found = [] if path.startswith(("/", "..")) else git.tree(sha, path=path)
    if found and found[0].kind == "blob" and found[0].mode != LINK:
        return file_answer(repo, replace(found[0], path=entry.path), ref)
    return jsonify(symlink_content(github(), repo, git, entry, ref))


def file_answer(repo: Document, entry: Entry, ref: str) -> Response:
    """Answer with a file, as JSON or as it is."""
    git = github().git(repo)
    if (entry.size or 0) > LARGEST_FILE:
        message = "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API."
        raise ApiError(403, message, [{"resource": "Blob", "field": "data", "code": "too_large"}])
    if wants_raw():
        return Response(git.blob(entry.sha), mimetype="application/vnd.github.raw+json")
    return jsonify(full_content(github(), repo, git, entry, ref))


@blueprint.put("/contents/<path:path>")
def write_contents(owner: str, name: str, path: str) -> tuple[Response, int]:
    """repos/create-or-update-file-contents"""
    repo = repository(owner, name, "contents", "write")
    if path.startswith(".github/workflows/"):
        require(repo, "workflows", "write")
    if not is_plain_path(path):
        raise Invalid("path contains a malformed path component")
    body = json_body()
    branch = str(body.get("branch") or repo["default_branch"])
    git = github().git(repo)
    old = git.resolve(f"refs/heads/{branch}")
    if old is None and not git.is_empty():
        raise NotFound
    existing = check_expected(git, old, path, body.get("sha"))
    content = decoded_content({"content": body.get("content"), "encoding": "base64"})
    sha = commit_file(repo, git, old, path, content, body, branch)
    return jsonify(file_commit(repo, git, sha, path, branch)), 200 if existing else 201


def check_expected(git: BareGit, commit: str | None, path: str, expected: object) -> Entry | None:
    """Return the file as it is now, if it is what the caller thinks. Raises Invalid and Conflict."""
    found = git.tree(commit, path=path) if commit else []
    existing = found[0] if found else None
    if existing and expected is None:
        raise Invalid.missing("sha")
    if expected is not None and (existing is None or existing.sha != expected):
        raise Conflict(f"{path} does not match {expected}")
    return existing


def commit_file(
    repo: Document, git: BareGit, old: str | None, path: str, content: bytes, body: dict[str, Any], branch: str
) -> str:
    """Write the commit, move the branch, tell what follows; return the SHA. Raises Invalid and Conflict."""
    fallback = commit_person(github(), caller().login or repo["owner"])
    committer = person_of(body.get("committer"), fallback)
    author = person_of(body.get("author"), committer)
    try:
        tree = git.write_tree(old, [("100644", path, git.write_blob(content))])
    except GitRefused as refusal:
        raise Invalid(f"path is not valid: {refusal}") from None
    sha = git.write_commit(tree, [old] if old else [], text_of(body, "message"), author, committer)
    ref, before = f"refs/heads/{branch}", git.refs()
    if not git.is_valid_ref(ref):
        raise Invalid("branch is not a valid name")
    try:
        git.update_ref(ref, sha, old or NO_COMMIT)
    except GitRefused:
        raise Conflict(f"{branch} moved while the file was written") from None
    refs_changed(github(), repo, before, {**before, ref: sha}, caller())
    return sha


def file_commit(repo: Document, git: BareGit, sha: str, path: str, branch: str) -> dict[str, Any]:
    """Return the reply to a written file."""
    entry = git.tree(sha, path=path)[0]
    content = listed_content(github(), repo, entry, branch)
    return {"content": content, "commit": git_commit(github(), repo, git.commit(sha))}
