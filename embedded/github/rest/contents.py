"""Files by path: read, and write one file as one commit; all files of a commit as a zip."""

import posixpath
from dataclasses import replace
from typing import Any

from flask import Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from embedded.github.access import caller, github, require
from embedded.github.bare_git import NO_COMMIT, BareGit, Entry, GitRefused
from embedded.github.core import full_name
from embedded.github.errors import ApiError, Conflict, Invalid, NotFound, found
from embedded.github.pushes import refs_changed
from embedded.github.repositories import commit_person
from embedded.github.rest.git_data import decoded_content, is_plain_path, person_of, wants_raw
from embedded.github.rest.routes import Routes, json_body, numbered, text_of
from embedded.github.rest.run_files import signed, signed_address
from embedded.github.shapes.git import full_content, git_commit, listed_content, symlink_content
from embedded.github.store import Document

route = Routes("contents", "", "contents")
LINK = "120000"
LARGEST_FILE = 100 * 1024 * 1024


@route("GET /readme")
def show_readme(repo: Document) -> Response:
    """repos/get-readme"""
    ref, sha = wanted_commit(repo)
    for entry in github().git(repo).tree(sha):
        if entry.kind == "blob" and entry.path.lower() in {"readme.md", "readme", "readme.txt"}:
            return file_answer(repo, entry, ref)
    raise NotFound


@route("GET /contents", defaults={"path": ""}, strict_slashes=False)
@route("GET /contents/<path:path>")
def show_contents(repo: Document, path: str) -> Response:
    """repos/get-content"""
    if path.endswith("/"):
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return Response(
            status=302, headers={"Location": f"{github().web_url}{numbered(request.path).rstrip('/')}{query}"}
        )
    ref, sha = wanted_commit(repo)
    git = github().git(repo)
    path = path.strip("/")
    there = git.tree(sha, path=path) if path else []
    if there and there[0].mode == LINK:
        return link_answer(repo, git, there[0], ref, sha)
    if there and there[0].kind == "blob":
        return file_answer(repo, there[0], ref)
    if path and not (there and there[0].kind == "tree"):
        raise NotFound
    entries = git.tree(sha, path=f"{path}/" if path else "")
    return jsonify([listed_content(github(), repo, entry, ref) for entry in entries])


def wanted_commit(repo: Document) -> tuple[str, str]:
    """Return the ref that the caller asked for, and its commit. Raises NotFound."""
    ref = request.args.get("ref") or repo["default_branch"]
    return ref, found(github().git(repo).resolve(ref))


def link_answer(repo: Document, git: BareGit, entry: Entry, ref: str, sha: str) -> Response:
    """Answer with the file that a link leads to, or with the link when that is no file of this repository."""
    target = git.blob(entry.sha).decode(errors="replace")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
    there = [] if path.startswith(("/", "..")) else git.tree(sha, path=path)
    if there and there[0].kind == "blob" and there[0].mode != LINK:
        return file_answer(repo, replace(there[0], path=entry.path), ref)
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


@route("GET /zipball/<path:ref>")
def zipball(repo: Document, ref: str) -> AnyResponse:
    """repos/download-zipball-archive; whether there is such a ref, only the address that it leads to knows"""
    return redirect(signed_address(f"/_logs/zipball/{full_name(repo)}/{ref}"), 302)


@signed.get("/zipball/<owner>/<name>/<path:ref>")
def send_zipball(owner: str, name: str, ref: str) -> Response:
    """Send the files of a commit as git packs them, in a folder named after owner, repository and commit."""
    git = github().git(found(github().repository(f"{owner}/{name}")))
    sha = found(git.resolve(ref))
    content = git.run("archive", "--format=zip", f"--prefix={owner}-{name}-{sha[:7]}/", sha)
    return Response(content, mimetype="application/zip")


@route("PUT /contents/<path:path>")
def write_contents(repo: Document, path: str) -> tuple[Response, int]:
    """repos/create-or-update-file-contents"""
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
    existing = next(iter(git.tree(commit, path=path) if commit else []), None)
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
