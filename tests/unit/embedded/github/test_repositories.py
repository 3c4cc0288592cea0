"""Accounts, repositories and branches over the API."""

from typing import Any

import pytest
from flask import Flask

from embedded.github.core import GitHub
from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import ALL, Api


def test_user__is_the_owner_of_the_token(api: Api) -> None:
    assert api("GET", "/user").json["login"] == "alice"


def test_user__without_token_is_refused(anonymous: Api) -> None:
    assert anonymous("GET", "/user").status_code == 401


def test_users__shows_a_public_account_and_knows_who_is_missing(api: Api) -> None:
    assert api("GET", "/users/bob").json["login"] == "bob"
    assert api("GET", "/users/nobody").status_code == 404


def test_create__with_auto_init_has_a_commit_and_the_reply_is_complete(api: Api) -> None:
    reply = api("POST", "/user/repos", {"name": "demo", "description": "Hi", "auto_init": True})
    assert reply.status_code == 201
    assert reply.json["full_name"] == "alice/demo"
    assert reply.json["permissions"]["push"] is True
    assert api("GET", "/repos/alice/demo/branches/main").json["commit"]["commit"]["message"] == "Initial commit"


def test_create__replaces_signs_in_names_as_github_does(api: Api) -> None:
    assert api("POST", "/user/repos", {"name": "Hello, World! é"}).json["name"] == "Hello--World---"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "name"),
        ({"name": "x" * 101}, "too long"),
        ({"name": ".."}, "reserved"),
        ({"name": "x.git"}, "reserved"),
        ({"name": "x", "description": "d" * 351}, "350 characters"),
        ({"name": "x", "description": "two\nlines"}, "control characters"),
    ],
)
def test_create__refuses_what_github_refuses(api: Api, wanted: dict[str, Any], words: str) -> None:
    reply = api("POST", "/user/repos", wanted)
    assert reply.status_code == 422
    assert words in reply.text


def test_rename__old_addresses_lead_to_the_number_of_the_repository(api: Api, repo: Document) -> None:
    assert api("PATCH", "/repos/alice/site", {"name": "page"}).json["full_name"] == "alice/page"
    moved = api("GET", "/repos/alice/site/contents/README.md?ref=main")
    location = moved.headers["Location"]
    assert (moved.status_code, moved.json["message"], moved.json["url"]) == (301, "Moved Permanently", location)
    assert location == "http://localhost:1/api/v3/repositories/500/contents/README.md?ref=main"
    assert api.client.get(location.removeprefix("http://localhost:1")).get_json()["name"] == "README.md"
    assert api("PATCH", "/repos/alice/site", {"homepage": ""}).status_code == 307
    assert api("POST", "/repos/alice/site/git/blobs", {"content": "x"}).status_code == 307
    assert api.client.get("/api/v3/repositories/501").status_code == 404


def test_rename__what_belongs_to_it_goes_with_it_and_a_new_one_takes_the_name(
    api: Api, repo: Document, store: Store
) -> None:
    store.put("run", "7", {"id": 7, "repo": "alice/site"})
    store.put("pages", "alice/site", {"build_type": "workflow"})
    api("PATCH", "/repos/alice/site", {"name": "page"})
    assert store.find("run", repo="alice/page")
    assert store.get("pages", "alice/page")
    api("POST", "/user/repos", {"name": "site"})
    assert api("GET", "/repos/alice/site").json["id"] != 500
    assert api("GET", "/repos/alice/page").json["id"] == 500


def test_rename__to_a_name_that_is_taken(api: Api, repo: Document) -> None:
    api("POST", "/user/repos", {"name": "page"})
    assert api("PATCH", "/repos/alice/site", {"name": "page"}).status_code == 422


def test_archived__can_be_read_and_unarchived_only(api: Api, repo: Document) -> None:
    assert api("PATCH", "/repos/alice/site", {"archived": True}).json["archived"] is True
    assert api("GET", "/repos/alice/site/contents/README.md").status_code == 200
    refused = api("POST", "/repos/alice/site/git/blobs", {"content": "x"})
    assert (refused.status_code, refused.json["message"]) == (403, "Repository was archived so is read-only.")
    assert api("PATCH", "/repos/alice/site", {"homepage": ""}).status_code == 403
    assert api("PATCH", "/repos/alice/site", {"archived": False}).json["archived"] is False
    assert api("POST", "/repos/alice/site/git/blobs", {"content": "x"}).status_code == 201


def test_create__name_taken_in_another_case_is_422(api: Api, repo: Document) -> None:
    reply = api("POST", "/user/repos", {"name": "SITE"})
    assert reply.status_code == 422
    assert reply.json["errors"][0]["message"] == "name already exists on this account"


def test_create__in_an_organization_needs_membership(api: Api, app: Flask, store: Store) -> None:
    assert api("POST", "/orgs/lab/repos", {"name": "shared"}).json["owner"]["login"] == "lab"
    bob = Api(app, create_token(store, "bob", ALL))
    assert bob("POST", "/orgs/lab/repos", {"name": "mine"}).status_code == 403
    assert api("POST", "/orgs/nobody/repos", {"name": "x"}).status_code == 404


def test_change__description_homepage_and_default_branch(api: Api, repo: Document, github: GitHub) -> None:
    sha = github.git(repo).resolve("main")
    api("POST", "/repos/alice/site/git/refs", {"ref": "refs/heads/next", "sha": sha})
    wanted = {"description": "New", "homepage": "http://localhost:2/alice/site/", "default_branch": "next"}
    reply = api("PATCH", "/repos/alice/site", wanted)
    assert {name: reply.json[name] for name in wanted} == wanted
    assert api("PATCH", "/repos/alice/site", {"default_branch": "nope"}).status_code == 422


def test_delete__leaves_nothing_and_the_name_is_free_again(api: Api, repo: Document, github: GitHub) -> None:
    assert api("DELETE", "/repos/alice/site").status_code == 204
    assert api("GET", "/repos/alice/site").status_code == 404
    assert not github.repository_path(repo).exists()
    assert api("POST", "/user/repos", {"name": "site"}).status_code == 201


def test_lists__leave_in_pages_with_links(api: Api, github: GitHub) -> None:
    for number in range(3):
        api("POST", "/user/repos", {"name": f"r{number}"})
    first = api("GET", "/user/repos?per_page=2")
    assert [repo["name"] for repo in first.json] == ["r0", "r1"]
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert [repo["name"] for repo in api("GET", "/user/repos?per_page=2&page=2").json] == ["r2"]
    assert len(api("GET", "/users/alice/repos").json) == 3


def test_topics__are_replaced_and_checked(api: Api, repo: Document) -> None:
    assert api("PUT", "/repos/alice/site/topics", {"names": ["Web", "page"]}).json == {"names": ["web", "page"]}
    assert api("GET", "/repos/alice/site/topics").json == {"names": ["web", "page"]}
    assert api("PUT", "/repos/alice/site/topics", {"names": ["no spaces please"]}).status_code == 422


def test_hash_algorithm__is_shown_to_whoever_may_read(api: Api, anonymous: Api, repo: Document) -> None:
    for reader in (api, anonymous):
        assert reader("GET", "/repos/alice/site/hash-algorithm").json == {"hash_algorithm": "sha1"}
    assert api("GET", "/repos/alice/nothing/hash-algorithm").status_code == 404


def test_branches__are_listed_and_a_missing_one_is_404(api: Api, repo: Document) -> None:
    assert [branch["name"] for branch in api("GET", "/repos/alice/site/branches").json] == ["main"]
    assert api("GET", "/repos/alice/site/branches/nope").json["message"] == "Branch not found"


def test_body__that_is_no_json_is_400(api: Api) -> None:
    reply = api("POST", "/user/repos", data=b"{", headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert reply.json["message"] == "Problems parsing JSON"


def test_unknown_route__is_404_counted_and_logged(api: Api, github: GitHub, caplog: pytest.LogCaptureFixture) -> None:
    assert api("GET", "/repos/alice/site/milestones").status_code == 404
    assert github.unknown_routes == ["GET /api/v3/repos/alice/site/milestones"]
    assert "NO SUCH ROUTE" in caplog.text


def test_replies__carry_the_headers_that_clients_read(api: Api) -> None:
    headers = api("GET", "/rate_limit").headers
    assert int(headers["X-RateLimit-Remaining"]) < int(headers["X-RateLimit-Limit"])
    assert headers["X-GitHub-Request-Id"]


def test_meta__answers(api: Api) -> None:
    assert api("GET", "/meta").json["verifiable_password_authentication"] is False
