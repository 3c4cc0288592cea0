"""Git Data: blobs, trees and commits."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from embedded.github.access import caller, github, repository
from embedded.github.bare_git import BareGit, GitRefused, Person
from embedded.github.errors import Invalid, found
from embedded.github.repositories import commit_person
from embedded.github.rest.commits import git_with_commits
from embedded.github.rest.routes import Routes, json_body, text_of
from embedded.github.shapes.git import git_commit, git_tree
from embedded.github.shapes.repositories import api_address
from embedded.github.shapes.users import node_id
from embedded.github.store import Document

RAW = ("application/vnd.github.raw", "application/vnd.github.v3.raw")
MODES = {"100644", "100755", "040000", "120000"}


def repository_with_commits(*wanted: str) -> tuple[Document, BareGit]:
    """Return a repository that has commits. Raises EmptyRepository, like every Git Data route."""
    repo = repository(*wanted)
    return repo, git_with_commits(repo)


route = Routes("git_data", "/git", "contents", repository_with_commits)


def wants_raw() -> bool:
    """Whether the caller asked for the bytes instead of JSON."""
    return request.headers.get("Accept", "").split("+")[0].split(";")[0].strip() in RAW


@route("POST /blobs")
def create_blob(repo: Document, git: BareGit) -> tuple[Response, int]:
    """git/create-blob"""
    sha = git.write_blob(decoded_content(json_body()))
    return jsonify({"sha": sha, "url": f"{api_address(github(), repo)}/git/blobs/{sha}"}), 201


def decoded_content(body: dict[str, Any]) -> bytes:
    """Return the bytes of `content` in its `encoding`. Raises Invalid."""
    content, encoding = body.get("content"), body.get("encoding", "utf-8")
    if not isinstance(content, str):
        raise Invalid.missing("content")
    if encoding == "utf-8":
        return content.encode()
    if encoding != "base64":
        raise Invalid.field("Blob", "encoding", "encoding must be utf-8 or base64")
    try:
        return base64.b64decode(content)
    except binascii.Error:
        raise Invalid("content is not valid Base64") from None


@route("GET /blobs/<sha>")
def show_blob(repo: Document, git: BareGit, sha: str) -> Response:
    """git/get-blob"""
    whole = found(git.resolve(sha, "blob"))
    content = git.blob(whole)
    if wants_raw():
        return Response(content, mimetype="application/vnd.github.raw+json")
    return jsonify(
        {
            "sha": whole,
            "node_id": node_id("Blob", whole),
            "size": len(content),
            "url": f"{api_address(github(), repo)}/git/blobs/{whole}",
            "content": base64.encodebytes(content).decode(),
            "encoding": "base64",
        }
    )


@route("POST /trees")
def create_tree(repo: Document, git: BareGit) -> tuple[Response, int]:
    """git/create-tree"""
    body = json_body()
    base = base_tree(git, body.get("base_tree"))
    entries = body.get("tree")
    if not isinstance(entries, list) or not entries:
        raise Invalid("Invalid tree info")
    try:
        sha = git.write_tree(base, [tree_change(git, entry) for entry in entries])
    except GitRefused as refusal:
        raise Invalid(f"Invalid tree info: {refusal}") from None
    return jsonify(git_tree(github(), repo, sha, git.tree(sha))), 201


def base_tree(git: BareGit, wanted: object) -> str | None:
    """Return the tree to build on. Raises Invalid when it is named but missing."""
    if wanted is None:
        return None
    wrong = [{"resource": "Tree", "field": "base_tree", "code": "invalid"}]
    return found(git.resolve(str(wanted), "tree"), Invalid("Invalid tree info", wrong))


def tree_change(git: BareGit, entry: Any) -> tuple[str, str, str | None]:
    """Return (mode, path, SHA or None) of one wanted entry. Raises Invalid."""
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise Invalid("Must supply a valid tree path")
    path, mode = entry["path"], str(entry.get("mode", "100644"))
    if mode not in MODES:
        raise Invalid("Must supply a valid tree.mode")
    if not is_plain_path(path):
        raise Invalid("tree.path contains a malformed path component")
    if isinstance(entry.get("content"), str):
        return mode, path, git.write_blob(entry["content"].encode())
    if "sha" not in entry:
        raise Invalid("Must supply either tree.sha or tree.content")
    if entry["sha"] is None:
        return mode, path, None
    sha = git.resolve(str(entry["sha"]), "tree" if mode == "040000" else "blob")
    return mode, path, found(sha, Invalid(f"tree.sha {entry['sha']} is not a valid object"))


def is_plain_path(path: str) -> bool:
    """Whether a path stays inside a repository and outside .git; git itself skips others in silence."""
    return "\0" not in path and all(part.lower() not in {"", ".", "..", ".git"} for part in path.split("/"))


@route("GET /trees/<path:sha>")
def show_tree(repo: Document, git: BareGit, sha: str) -> Response:
    """git/get-tree"""
    whole = found(git.resolve(sha, "tree"))
    recursive = request.args.get("recursive") is not None
    return jsonify(git_tree(github(), repo, whole, git.tree(whole, recursive=recursive)))


@route("POST /commits")
def create_commit(repo: Document, git: BareGit) -> tuple[Response, int]:
    """git/create-commit"""
    body = json_body()
    tree = found(git.resolve(text_of(body, "tree"), "tree"), Invalid("Tree SHA does not exist"))
    no_parent = Invalid("Parent SHA does not exist or is not a commit object")
    parents = [found(git.resolve(str(parent)), no_parent) for parent in body.get("parents") or []]
    fallback = commit_person(github(), caller().login or repo["owner"])
    author = person_of(body.get("author"), fallback)
    committer = person_of(body.get("committer"), author)
    sha = git.write_commit(tree, parents, text_of(body, "message"), author, committer)
    return jsonify(git_commit(github(), repo, git.commit(sha))), 201


def person_of(wanted: object, fallback: Person) -> Person:
    """Return the person that a request names. Raises Invalid for half of one."""
    if not isinstance(wanted, Mapping):
        return fallback
    if missing := [name for name in ("email", "name") if not wanted.get(name)]:
        raise Invalid.missing(*missing)
    return Person(str(wanted["name"]), str(wanted["email"]), str(wanted.get("date") or fallback.date))


@route("GET /commits/<sha>")
def show_commit(repo: Document, git: BareGit, sha: str) -> Response:
    """git/get-commit"""
    return jsonify(git_commit(github(), repo, git.commit(found(git.resolve(sha)))))
