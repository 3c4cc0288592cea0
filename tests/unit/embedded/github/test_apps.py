"""Apps: signed requests, where they are installed, and tokens with no more than what was asked for and granted."""

import time
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from flask import Flask

from embedded.github.apps import install_app, register_app
from embedded.github.core import GitHub
from embedded.github.repositories import create_repository
from embedded.github.store import Document, Store
from embedded.github.times import moment
from tests.app_key import key_pair
from tests.unit.embedded.github.doubles import Api, Reply

PERMISSIONS = {"administration": "write", "contents": "write", "pages": "write", "actions": "read"}
BLOB = {"content": "x"}
REFUSED = "Resource not accessible by integration"


def signed(issuer: object, *, key: str = "", **claims: object) -> str:
    now = int(time.time())
    whole = {"iat": now - 60, "exp": now + 300, "iss": str(issuer), **claims}
    return jwt.encode(whole, key or key_pair()[0], algorithm="RS256")


@pytest.fixture
def installed(store: Store) -> Document:
    """An App of alice, installed on the organisation lab for all repositories."""
    return install_app(store, register_app(store, "alice", "page-writer", PERMISSIONS, key_pair()[1]), "lab")


@pytest.fixture
def as_app(app: Flask, installed: Document) -> Api:
    return Api(app, signed(installed["app_id"]))


@pytest.fixture
def lab_repo(github: GitHub) -> Document:
    return create_repository(github, "lab", {"name": "site", "auto_init": True})


def mint(as_app: Api, installed: Document, **body: Any) -> Reply:
    return as_app("POST", f"/app/installations/{installed['id']}/access_tokens", body)


def acting(app: Flask, as_app: Api, installed: Document, **body: Any) -> Api:
    return Api(app, mint(as_app, installed, **body).json["token"])


def test_installation__is_found_by_repository_and_by_account(as_app: Api, lab_repo: Document) -> None:
    for path in ("/repos/lab/site/installation", "/orgs/lab/installation", "/users/lab/installation"):
        assert as_app("GET", path).json["account"]["login"] == "lab"


@pytest.mark.parametrize(
    "path", ["/repos/alice/site/installation", "/orgs/alice/installation", "/users/bob/installation"]
)
def test_installation__is_not_found_where_there_is_none(as_app: Api, repo: Document, path: str) -> None:
    assert as_app("GET", path).status_code == 404


def test_client_id__signs_as_well_as_the_number(app: Flask, store: Store, installed: Document) -> None:
    client_id = (store.get("app", str(installed["app_id"])) or {})["client_id"]
    assert Api(app, signed(client_id))("GET", "/orgs/lab/installation").status_code == 200


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        ({"exp": 1}, 401, "'Expiration time' claim ('exp') must be"),
        ({"exp": 4102444800}, 401, "'Expiration time' claim ('exp') is too far in the future"),
        ({"iat": 4102444800}, 401, "'Issued at' claim ('iat') must be"),
        ({"iss": "999"}, 404, "Integration not found"),
    ],
)
def test_signed_request__with_wrong_claims_is_refused_in_githubs_words(
    app: Flask, installed: Document, claims: dict[str, Any], status: int, message: str
) -> None:
    reply = Api(app, signed(installed["app_id"], **claims))("GET", "/users/lab/installation")
    assert reply.status_code == status
    assert reply.json["message"].startswith(message)


def test_signed_request__of_another_key_or_with_a_token_is_not_decoded(
    app: Flask, api: Api, installed: Document
) -> None:
    for asking in (Api(app, signed(installed["app_id"], key=key_pair(1)[0])), api, Api(app, None)):
        reply = asking("GET", "/orgs/lab/installation")
        assert (reply.status_code, reply.json["message"]) == (401, "A JSON web token could not be decoded")


def test_token__lives_for_an_hour_and_has_what_was_asked_for_only(app: Flask, as_app: Api, installed: Document) -> None:
    reply = mint(as_app, installed, permissions={"contents": "read"})
    assert reply.status_code == 201
    assert reply.json["permissions"] == {"contents": "read", "metadata": "read"}
    left = (moment(reply.json["expires_at"]) - datetime.now(UTC)).total_seconds()
    assert 3590 <= left <= 3600
    assert len(reply.json["token"]) > 400, "GitHub's have been that long since 2026"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"permissions": {"workflows": "write"}}, "The permissions requested are not granted to this installation."),
        ({"permissions": {"actions": "write"}}, "The permissions requested are not granted to this installation."),
        ({"repositories": ["nowhere"]}, "There is at least one repository that does not exist or is not accessible"),
    ],
)
def test_token__of_more_than_the_installation_has_is_refused(
    as_app: Api, installed: Document, body: dict[str, Any], message: str
) -> None:
    reply = mint(as_app, installed, **body)
    assert reply.status_code == 422
    assert reply.json["message"].startswith(message)


def test_token__of_an_installation_of_another_app_or_of_none_is_404(
    app: Flask, store: Store, installed: Document
) -> None:
    other = register_app(store, "bob", "other", PERMISSIONS, key_pair()[1])
    asking = Api(app, signed(other["id"]))
    for number in (installed["id"], 77):
        assert asking("POST", f"/app/installations/{number}/access_tokens", {}).status_code == 404


def test_token__of_a_suspended_installation_is_refused(store: Store, as_app: Api, installed: Document) -> None:
    with store.change("installation", str(installed["id"])) as document:
        document["suspended_at"] = "2026-11-20T05:36:22Z"
    assert mint(as_app, installed).status_code == 403


def test_token__acts_in_its_account_only_and_only_as_permitted(
    app: Flask, as_app: Api, installed: Document, repo: Document, lab_repo: Document
) -> None:
    token = acting(app, as_app, installed, permissions={"contents": "write"})
    assert token("POST", "/repos/lab/site/git/blobs", BLOB).status_code == 201
    for path, body in (("/repos/alice/site/git/blobs", BLOB), ("/repos/lab/site/pages", {"build_type": "workflow"})):
        reply = token("POST", path, body)
        assert (reply.status_code, reply.json["message"]) == (403, REFUSED)


def test_token__for_one_repository_writes_no_other(
    app: Flask, github: GitHub, as_app: Api, installed: Document, lab_repo: Document
) -> None:
    create_repository(github, "lab", {"name": "other", "auto_init": True})
    token = acting(app, as_app, installed, repositories=["site"])
    assert [repo["name"] for repo in token("GET", "/installation/repositories").json["repositories"]] == ["site"]
    assert token("POST", "/repos/lab/site/git/blobs", BLOB).status_code == 201
    assert token("POST", "/repos/lab/other/git/blobs", BLOB).status_code == 403


def test_token__creates_repositories_of_an_organisation_and_never_of_a_person(
    app: Flask, store: Store, as_app: Api, installed: Document
) -> None:
    token = acting(app, as_app, installed)
    assert token("POST", "/orgs/lab/repos", {"name": "new"}).json["full_name"] == "lab/new"
    at_home = install_app(store, store.get("app", str(installed["app_id"])) or {}, "alice")
    token = acting(app, as_app, at_home)
    for reply in (token("POST", "/user/repos", {"name": "new"}), token("POST", "/orgs/lab/repos", {"name": "more"})):
        assert (reply.status_code, reply.json["message"]) == (403, REFUSED)


def test_token__belongs_to_no_person(app: Flask, as_app: Api, installed: Document) -> None:
    token = acting(app, as_app, installed)
    for path in ("/user", "/user/repos"):
        reply = token("GET", path)
        assert (reply.status_code, reply.json["message"]) == (403, REFUSED)
    assert token("GET", "/users/page-writer[bot]").json["type"] == "Bot"
    assert token("GET", "/orgs/lab").json["type"] == "Organization"
    assert token("GET", "/orgs/alice").status_code == 404


def test_token__is_unknown_once_it_is_revoked(app: Flask, api: Api, as_app: Api, installed: Document) -> None:
    token = acting(app, as_app, installed)
    assert token("GET", "/orgs/lab").headers["X-RateLimit-Limit"] == "5000"
    assert token("DELETE", "/installation/token").status_code == 204
    assert token("GET", "/orgs/lab").status_code == 401
    assert api("DELETE", "/installation/token").status_code == 403, "a person's token is none of an installation"
