"""Who may do what: tokens, their permissions, their repositories, their time; and the tokens of runs."""

import base64
import threading
import time

import pytest
from flask import Flask

from embedded.github.core import GitHub
from embedded.github.events import Event
from embedded.github.repositories import create_repository
from embedded.github.store import Document, Store
from embedded.github.tokens import ACTIONS_BOT, create_token, token_key
from tests.unit.embedded.github.doubles import ALL, Api

SITE = "/repos/alice/site"
BLOB = {"content": "x"}


def add_job(store: Store, run_status: str, job_status: str, permissions: dict[str, str]) -> None:
    store.put("run", "5", {"id": 5, "repo": "alice/site", "status": run_status})
    number = store.next_id("job")
    job = {"id": number, "run_id": 5, "status": job_status, "permissions": permissions}
    store.put("job", str(number), job)


def run_token(store: Store) -> str:
    return create_token(store, ACTIONS_BOT, {}, run_id=5)


def test_unknown_token__is_refused_even_for_public_things(app: Flask, repo: Document) -> None:
    reply = Api(app, "made-up")("GET", SITE)
    assert (reply.status_code, reply.json["message"]) == (401, "Bad credentials")


def test_expired_token__is_refused(app: Flask, repo: Document, store: Store) -> None:
    token = create_token(store, "alice", ALL, expires_at="2020-01-01T00:00:00Z")
    assert Api(app, token)("GET", SITE).status_code == 401


def test_token_text__is_not_in_the_store(store: Store) -> None:
    token = create_token(store, "alice", ALL)
    assert not any(token in str(document) for document in store.find("token"))


@pytest.mark.parametrize("scheme", ["Bearer", "token", "basic"])
def test_token__is_taken_in_each_of_githubs_ways(app: Flask, store: Store, repo: Document, scheme: str) -> None:
    token = create_token(store, "alice", ALL)
    value = base64.b64encode(f"x:{token}".encode()).decode() if scheme == "basic" else token
    reply = Api(app, None)("GET", "/user", headers={"Authorization": f"{scheme} {value}"})
    assert reply.json["login"] == "alice"


def test_public_repository__is_read_by_everybody_and_written_by_few(
    api: Api, anonymous: Api, bob: Api, repo: Document
) -> None:
    assert anonymous("GET", f"{SITE}/contents/README.md").status_code == 200
    assert bob("GET", f"{SITE}/contents/README.md").status_code == 200
    assert anonymous("POST", f"{SITE}/git/blobs", BLOB).status_code == 401
    assert bob("POST", f"{SITE}/git/blobs", BLOB).status_code == 403
    assert api("POST", f"{SITE}/git/blobs", BLOB).status_code == 201


def test_private_repository__does_not_exist_for_others(github: GitHub, api: Api, anonymous: Api, bob: Api) -> None:
    create_repository(github, "alice", {"name": "hidden", "private": True, "auto_init": True})
    assert api("GET", "/repos/alice/hidden").json["visibility"] == "private"
    for other in (anonymous, bob):
        assert other("GET", "/repos/alice/hidden").status_code == 404
        assert other("GET", "/users/alice/repos").json == []
        assert other.client.get("/alice/hidden").status_code == 404


def test_missing_permission__is_403_in_githubs_words(app: Flask, store: Store, repo: Document) -> None:
    reader = Api(app, create_token(store, "alice", {"contents": "read"}))
    reply = reader("POST", f"{SITE}/git/blobs", BLOB)
    assert reply.status_code == 403
    assert reply.json["message"] == "Resource not accessible by personal access token"


def test_selected_repositories__are_the_only_ones_that_a_token_writes(
    app: Flask, store: Store, github: GitHub, repo: Document
) -> None:
    create_repository(github, "alice", {"name": "other", "auto_init": True})
    chosen = Api(app, create_token(store, "alice", ALL, repositories=["alice/Site"]))
    assert chosen("POST", f"{SITE}/git/blobs", BLOB).status_code == 201
    assert chosen("POST", "/repos/alice/other/git/blobs", BLOB).status_code == 403
    assert chosen("POST", "/user/repos", {"name": "new"}).status_code == 403


def test_a_token_that_waits_for_approval__reads_what_is_public_and_is_refused_everything_else(
    app: Flask, store: Store, repo: Document
) -> None:
    waiting = Api(app, create_token(store, "alice", ALL, is_approved=False))
    assert waiting("GET", SITE).status_code == 200
    assert waiting("GET", "/user").status_code == 200
    for refused in (waiting("POST", f"{SITE}/git/blobs", BLOB), waiting("POST", "/orgs/lab/repos", {"name": "x"})):
        message = "Resource not accessible by personal access token"
        assert (refused.status_code, refused.json["message"]) == (403, message)


def test_organisation__a_stranger_is_refused_in_githubs_words(bob: Api) -> None:
    refused = bob("POST", "/orgs/lab/repos", {"name": "x"})
    message = "You need admin access to the organization before adding a repository to it."
    assert (refused.status_code, refused.json["message"]) == (403, message)


def test_replies_name_the_permission_that_is_enough(app: Flask, store: Store, repo: Document) -> None:
    reader = Api(app, create_token(store, "alice", {"contents": "read"}))
    names = {
        reader("POST", f"{SITE}/git/blobs", BLOB).headers["X-Accepted-GitHub-Permissions"],
        reader("POST", "/user/repos", {"name": "x"}).headers["X-Accepted-GitHub-Permissions"],
        reader("GET", f"{SITE}/actions/secrets").headers["X-Accepted-GitHub-Permissions"],
    }
    assert names == {"contents=write", "administration=write", "secrets=read"}


def test_run_token__has_so_many_requests_an_hour(app: Flask, store: Store, github: GitHub, repo: Document) -> None:
    add_job(store, "in_progress", "in_progress", {"contents": "read"})
    run = Api(app, run_token(store))
    assert run("GET", SITE).headers["X-RateLimit-Limit"] == "1000"
    github.hourly_requests_of_a_run = 2
    assert run("GET", SITE).headers["X-RateLimit-Remaining"] == "0"
    refused = run("GET", SITE)
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert refused.json["message"].startswith("API rate limit exceeded")


def test_a_token_creates_only_so_much_in_a_minute__reading_goes_on(
    app: Flask, store: Store, github: GitHub, repo: Document
) -> None:
    github.writes_in = ((2, 60.0), (500, 3600.0))
    writer, other = (Api(app, create_token(store, "alice", {"contents": "write"})) for _ in range(2))
    assert [writer("POST", f"{SITE}/git/blobs", {"content": "x"}).status_code for _ in range(3)] == [201, 201, 403]
    refused = writer("POST", f"{SITE}/git/blobs", {"content": "x"})
    assert "temporarily blocked from content creation" in refused.json["message"]
    assert "Retry-After" not in refused.headers
    assert writer("GET", SITE).status_code == 200
    assert other("POST", f"{SITE}/git/blobs", {"content": "x"}).status_code == 201


def test_create_repository__needs_administration(app: Flask, store: Store) -> None:
    writer = Api(app, create_token(store, "alice", {"contents": "write"}))
    assert writer("POST", "/user/repos", {"name": "x"}).status_code == 403


def test_topics_and_homepage__need_administration(app: Flask, store: Store, repo: Document) -> None:
    for permission, status in (("contents", 403), ("administration", 200)):
        token = Api(app, create_token(store, "alice", {permission: "write"}))
        assert token("PUT", f"{SITE}/topics", {"names": ["page"]}).status_code == status
        assert token("PATCH", SITE, {"homepage": "https://example.org/"}).status_code == status


def test_run_token__has_what_the_jobs_in_progress_have_together(app: Flask, store: Store, repo: Document) -> None:
    run = Api(app, run_token(store))
    add_job(store, "in_progress", "in_progress", {"contents": "read"})
    assert run("POST", f"{SITE}/git/blobs", BLOB).json["message"] == "Resource not accessible by integration"
    add_job(store, "in_progress", "in_progress", {"contents": "write", "id-token": "write"})
    assert run("POST", f"{SITE}/git/blobs", BLOB).status_code == 201


def test_run_token__of_a_job_that_waits_or_has_ended_allows_nothing(app: Flask, store: Store, repo: Document) -> None:
    run = Api(app, run_token(store))
    add_job(store, "in_progress", "queued", {"contents": "write"})
    add_job(store, "in_progress", "completed", {"contents": "write"})
    assert run("POST", f"{SITE}/git/blobs", BLOB).status_code == 403


def test_run_token__is_unknown_once_the_run_has_ended(app: Flask, store: Store, repo: Document) -> None:
    run = Api(app, run_token(store))
    add_job(store, "completed", "completed", {"contents": "write"})
    assert run("GET", SITE).status_code == 401


def test_run_token__works_in_its_own_repository_only(app: Flask, store: Store, github: GitHub, repo: Document) -> None:
    create_repository(github, "alice", {"name": "other", "auto_init": True})
    add_job(store, "in_progress", "in_progress", {"contents": "write", "administration": "write"})
    run = Api(app, run_token(store))
    assert run("POST", "/repos/alice/other/git/blobs", BLOB).status_code == 403
    assert run("POST", "/user/repos", {"name": "x"}).status_code == 403


def test_run_token__waits_a_moment_for_its_job_to_be_seen(
    app: Flask, store: Store, github: GitHub, repo: Document
) -> None:
    github.run_token_patience = 5
    add_job(store, "in_progress", "completed", {})
    started = threading.Timer(0.15, add_job, (store, "in_progress", "in_progress", {"contents": "write"}))
    started.start()
    before = time.monotonic()
    assert Api(app, run_token(store))("POST", f"{SITE}/git/blobs", BLOB).status_code == 201
    assert time.monotonic() - before < 4
    started.join()


def test_push_by_a_run_token__starts_nothing_and_a_dispatch_does(
    app: Flask, store: Store, repo: Document, github: GitHub, emitted: list[Event]
) -> None:
    add_job(store, "in_progress", "in_progress", {"contents": "write"})
    run = Api(app, run_token(store))
    sha = github.git(repo).resolve("main")
    assert run("POST", f"{SITE}/git/refs", {"ref": "refs/heads/new", "sha": sha}).status_code == 201
    assert emitted == []
    assert run("POST", f"{SITE}/dispatches", {"event_type": "again"}).status_code == 204
    assert [event.name for event in emitted] == ["repository_dispatch"]


def test_a_token_that_ends__says_so_in_each_reply(app: Flask, store: Store, repo: Document, api: Api) -> None:
    name = "GitHub-Authentication-Token-Expiration"
    ending = Api(app, create_token(store, "alice", ALL, expires_at="2099-03-01T12:30:00Z"))
    assert ending("GET", "/user").headers[name] == "2099-03-01 12:30:00 UTC"
    assert name not in api("GET", "/user").headers
    expired = Api(app, create_token(store, "alice", ALL, expires_at="2020-01-01T00:00:00Z"))
    assert name not in expired("GET", "/user").headers


def test_a_token_that_waits_for_approval__reads_what_is_public_and_writes_nothing(
    app: Flask, store: Store, github: GitHub
) -> None:
    create_repository(github, "lab", {"name": "page", "auto_init": True})
    token = create_token(store, "alice", ALL)
    store.put("token", token_key(token), {**(store.get("token", token_key(token)) or {}), "awaits_approval": True})
    waiting = Api(app, token)
    assert waiting("GET", "/repos/lab/page").status_code == 200
    for path, body in (("/orgs/lab/repos", {"name": "new"}), ("/repos/lab/page/git/blobs", BLOB)):
        refused = waiting("POST", path, body)
        assert (refused.status_code, refused.json["message"]) == (
            403,
            "Resource not accessible by personal access token",
        )


def test_whether_actions_run__is_for_administrators(app: Flask, store: Store, repo: Document) -> None:
    writer = Api(app, create_token(store, "alice", {"actions": "write"}))
    assert writer("GET", f"{SITE}/actions/permissions").status_code == 403
