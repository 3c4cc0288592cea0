"""Git Data and contents over the API."""

import base64

from flask import Flask

from embedded.github.core import GitHub
from embedded.github.events import Event
from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import Api

CONTENT = bytes(range(256))
SITE = "/repos/alice/site"


def commit_on_main(api: Api, files: dict[str, str]) -> str:
    """Commit files through Git Data, as the receiver and PyGithub do, and return the SHA."""
    head = api("GET", f"{SITE}/git/ref/heads/main").json["object"]["sha"]
    base = api("GET", f"{SITE}/git/commits/{head}").json["tree"]["sha"]
    entries = [{"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()]
    tree = api("POST", f"{SITE}/git/trees", {"base_tree": base, "tree": entries}).json["sha"]
    commit = {"message": "More\n\nfiles", "tree": tree, "parents": [head]}
    return str(api("POST", f"{SITE}/git/commits", commit).json["sha"])


def test_git_data__on_an_empty_repository_is_409(api: Api, empty_repo: Document) -> None:
    for method, path, body in [
        ("POST", "blobs", {"content": "x"}),
        ("POST", "trees", {"tree": []}),
        ("POST", "refs", {"ref": "refs/heads/x", "sha": "0" * 40}),
        ("GET", "ref/heads/main", None),
    ]:
        reply = api(method, f"/repos/alice/empty/git/{path}", body)
        assert reply.status_code == 409
        assert reply.json["message"] == "Git Repository is empty."


def test_blob__comes_back_byte_for_byte(api: Api, repo: Document) -> None:
    body = {"content": base64.b64encode(CONTENT).decode(), "encoding": "base64"}
    sha = api("POST", f"{SITE}/git/blobs", body).json["sha"]
    assert base64.b64decode(api("GET", f"{SITE}/git/blobs/{sha}").json["content"]) == CONTENT
    raw = api("GET", f"{SITE}/git/blobs/{sha}", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.data == CONTENT


def test_blob__refuses_what_it_cannot_decode(api: Api, repo: Document) -> None:
    assert api("POST", f"{SITE}/git/blobs", {}).status_code == 422
    assert api("POST", f"{SITE}/git/blobs", {"content": "x", "encoding": "rot13"}).status_code == 422
    assert api("POST", f"{SITE}/git/blobs", {"content": "x", "encoding": "base64"}).status_code == 422
    assert api("GET", f"{SITE}/git/blobs/{'1' * 40}").status_code == 404


def test_tree__adds_replaces_and_removes(api: Api, repo: Document) -> None:
    sha = commit_on_main(api, {"a/b.txt": "b", "c.txt": "c"})
    tree = api("GET", f"{SITE}/git/commits/{sha}").json["tree"]["sha"]
    changes = [{"path": "c.txt", "mode": "100644", "type": "blob", "sha": None}]
    new = api("POST", f"{SITE}/git/trees", {"base_tree": tree, "tree": changes}).json["sha"]
    listed = api("GET", f"{SITE}/git/trees/{new}?recursive=1").json["tree"]
    assert [entry["path"] for entry in listed] == ["README.md", "a", "a/b.txt"]


def test_tree__holds_another_tree(api: Api, repo: Document) -> None:
    tree = api("GET", f"{SITE}/git/trees/main").json["sha"]
    entries = [{"path": "copy", "mode": "040000", "type": "tree", "sha": tree}]
    new = api("POST", f"{SITE}/git/trees", {"tree": entries}).json["sha"]
    assert [e["path"] for e in api("GET", f"{SITE}/git/trees/{new}?recursive=1").json["tree"]] == [
        "copy",
        "copy/README.md",
    ]


def test_tree__refuses_paths_that_leave_the_repository(api: Api, repo: Document) -> None:
    for path in ("../x", "/x", ".git/config", "a/../../x"):
        entries = [{"path": path, "mode": "100644", "type": "blob", "content": "x"}]
        assert api("POST", f"{SITE}/git/trees", {"tree": entries}).status_code == 422


def test_ref__moving_a_branch_is_a_push(api: Api, repo: Document, github: GitHub, emitted: list[Event]) -> None:
    old = github.git(repo).resolve("main")
    sha = commit_on_main(api, {"index.html": "<h1>Hi</h1>"})
    assert emitted == []
    assert api("PATCH", f"{SITE}/git/refs/heads/main", {"sha": sha}).status_code == 200
    (event,) = emitted
    assert (event.name, event.ref, event.sha, event.actor) == ("push", "refs/heads/main", sha, "alice")
    assert (event.payload["before"], event.payload["after"]) == (old, sha)
    assert event.payload["head_commit"]["added"] == ["index.html"]


def test_ref__outside_branches_and_tags_is_no_push(
    api: Api, repo: Document, github: GitHub, emitted: list[Event]
) -> None:
    sha = commit_on_main(api, {"envelope": "sealed"})
    assert api("POST", f"{SITE}/git/refs", {"ref": "refs/requests/abc", "sha": sha}).status_code == 201
    assert api("GET", f"{SITE}/git/ref/requests/abc").json["object"]["sha"] == sha
    assert emitted == []


def test_ref__refuses_to_lose_commits_unless_forced(api: Api, repo: Document, github: GitHub) -> None:
    old = github.git(repo).resolve("main")
    sha = commit_on_main(api, {"a": "a"})
    api("PATCH", f"{SITE}/git/refs/heads/main", {"sha": sha})
    reply = api("PATCH", f"{SITE}/git/refs/heads/main", {"sha": old})
    assert (reply.status_code, reply.json["message"]) == (422, "Update is not a fast forward")
    assert api("PATCH", f"{SITE}/git/refs/heads/main", {"sha": old, "force": True}).status_code == 200


def test_ref__refuses_bad_names_missing_objects_and_existing_ones(api: Api, repo: Document, github: GitHub) -> None:
    sha = github.git(repo).resolve("main")
    for body in [
        {"ref": "main", "sha": sha},
        {"ref": "refs/heads/..", "sha": sha},
        {"ref": "refs/heads/x", "sha": "1" * 40},
        {"ref": "refs/heads/main", "sha": sha},
    ]:
        assert api("POST", f"{SITE}/git/refs", body).status_code == 422
    assert api("PATCH", f"{SITE}/git/refs/heads/nope", {"sha": sha}).status_code == 422
    assert api("DELETE", f"{SITE}/git/refs/heads/nope").status_code == 422
    assert api("DELETE", f"{SITE}/git/refs/heads/main").status_code == 422


def test_ref__lists_what_begins_alike_and_deletes(api: Api, repo: Document, github: GitHub) -> None:
    sha = github.git(repo).resolve("main")
    for name in ("one", "two"):
        api("POST", f"{SITE}/git/refs", {"ref": f"refs/requests/{name}", "sha": sha})
    found = api("GET", f"{SITE}/git/matching-refs/requests/").json
    assert [ref["ref"] for ref in found] == ["refs/requests/one", "refs/requests/two"]
    assert api("DELETE", f"{SITE}/git/refs/requests/one").status_code == 204
    assert api("GET", f"{SITE}/git/ref/requests/one").status_code == 404


def test_ref__with_a_changed_workflow_needs_the_workflows_permission(
    api: Api, app: Flask, store: Store, repo: Document
) -> None:
    writer = Api(app, create_token(store, "alice", {"contents": "write"}))
    sha = commit_on_main(writer, {".github/workflows/x.yml": "on: push"})
    assert writer("PATCH", f"{SITE}/git/refs/heads/main", {"sha": sha}).status_code == 403
    assert api("PATCH", f"{SITE}/git/refs/heads/main", {"sha": sha}).status_code == 200


def test_revisions__are_names_only(api: Api, repo: Document) -> None:
    for revision in ("--all", "main~1", "main^{tree}", "@{-1}", ":README.md", "main:README.md"):
        assert api("GET", f"{SITE}/contents/README.md?ref={revision}").status_code == 404


def test_contents__are_read_as_json_as_bytes_and_as_a_list(api: Api, repo: Document) -> None:
    assert base64.b64decode(api("GET", f"{SITE}/contents/README.md").json["content"]) == b"# site\nA page\n"
    raw = api("GET", f"{SITE}/contents/README.md", headers={"Accept": "application/vnd.github.raw"})
    assert raw.data == b"# site\nA page\n"
    assert [entry["name"] for entry in api("GET", f"{SITE}/contents").json] == ["README.md"]
    assert api("GET", f"{SITE}/readme").json["path"] == "README.md"
    assert api("GET", f"{SITE}/contents/nope").status_code == 404


def test_contents__written_into_an_empty_repository_make_the_branch(
    api: Api, empty_repo: Document, emitted: list[Event]
) -> None:
    body = {"message": "First", "content": base64.b64encode(CONTENT).decode()}
    reply = api("PUT", "/repos/alice/empty/contents/data/all.bin", body)
    assert reply.status_code == 201
    assert [entry["type"] for entry in api("GET", "/repos/alice/empty/contents").json] == ["dir"]
    assert base64.b64decode(api("GET", "/repos/alice/empty/contents/data/all.bin").json["content"]) == CONTENT
    assert [event.payload["created"] for event in emitted] == [True]


def test_contents__an_existing_file_wants_its_sha(api: Api, repo: Document) -> None:
    body = {"message": "Change", "content": base64.b64encode(b"new").decode()}
    assert api("PUT", f"{SITE}/contents/README.md", body).status_code == 422
    assert api("PUT", f"{SITE}/contents/README.md", {**body, "sha": "1" * 40}).status_code == 409
    sha = api("GET", f"{SITE}/contents/README.md").json["sha"]
    assert api("PUT", f"{SITE}/contents/README.md", {**body, "sha": sha}).status_code == 200


def test_contents__under_workflows_need_the_workflows_permission(
    app: Flask, store: Store, repo: Document, api: Api
) -> None:
    writer = Api(app, create_token(store, "alice", {"contents": "write"}))
    body = {"message": "CI", "content": base64.b64encode(b"on: push").decode()}
    assert writer("PUT", f"{SITE}/contents/.github/workflows/ci.yml", body).status_code == 403
    assert api("PUT", f"{SITE}/contents/.github/workflows/ci.yml", body).status_code == 201


def test_commits__are_listed_newest_first_and_shown_with_files(api: Api, repo: Document) -> None:
    sha = commit_on_main(api, {"index.html": "x"})
    api("PATCH", f"{SITE}/git/refs/heads/main", {"sha": sha})
    listed = api("GET", f"{SITE}/commits?per_page=1")
    assert [commit["sha"] for commit in listed.json] == [sha]
    assert 'rel="next"' in listed.headers["Link"]
    assert [file["filename"] for file in api("GET", f"{SITE}/commits/{sha}").json["files"]] == ["index.html"]
    assert api("GET", f"{SITE}/commits/{'1' * 40}").status_code == 422


def test_commits__of_an_empty_repository_are_409(api: Api, empty_repo: Document) -> None:
    assert api("GET", "/repos/alice/empty/commits").status_code == 409
