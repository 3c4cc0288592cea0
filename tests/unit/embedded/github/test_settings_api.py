"""Secrets and variables over the API."""

import base64

from flask import Flask
from nacl.public import PublicKey, SealedBox

from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import Api

VARIABLES = "/repos/alice/site/actions/variables"
SECRETS = "/repos/alice/site/actions/secrets"


def test_variables__are_created_shown_changed_and_deleted(api: Api, repo: Document, store: Store) -> None:
    assert api("POST", VARIABLES, {"name": "model", "value": "m1"}).status_code == 201
    assert api("POST", VARIABLES, {"name": "MODEL", "value": "m1"}).status_code == 409
    assert api("GET", f"{VARIABLES}/model").json["value"] == "m1"
    assert api("PATCH", f"{VARIABLES}/MODEL", {"value": "m2"}).status_code == 204
    assert store.get("variable", "alice/site") == {"MODEL": "m2"}
    assert api("GET", VARIABLES).json["total_count"] == 1
    assert api("DELETE", f"{VARIABLES}/MODEL").status_code == 204
    assert api("GET", f"{VARIABLES}/MODEL").status_code == 404


def test_variables__refuse_names_that_github_keeps_for_itself(api: Api, repo: Document) -> None:
    assert api("POST", VARIABLES, {"name": "GITHUB_X", "value": "1"}).status_code == 422


def test_secrets__arrive_sealed_and_are_never_shown(api: Api, repo: Document, store: Store) -> None:
    key = api("GET", f"{SECRETS}/public-key").json
    sealed = SealedBox(PublicKey(base64.b64decode(key["key"]))).encrypt(b"the value")
    body = {"encrypted_value": base64.b64encode(sealed).decode(), "key_id": key["key_id"]}
    assert api("PUT", f"{SECRETS}/student_secret", body).status_code == 201
    assert api("PUT", f"{SECRETS}/STUDENT_SECRET", body).status_code == 204
    assert store.get("secret", "alice/site") == {"STUDENT_SECRET": "the value"}
    assert "the value" not in api("GET", SECRETS).text + api("GET", f"{SECRETS}/STUDENT_SECRET").text
    assert api("DELETE", f"{SECRETS}/STUDENT_SECRET").status_code == 204
    assert api("GET", f"{SECRETS}/STUDENT_SECRET").status_code == 404


def test_secrets__refuse_what_is_not_sealed_for_this_repository(api: Api, repo: Document) -> None:
    key_id = api("GET", f"{SECRETS}/public-key").json["key_id"]
    value = base64.b64encode(b"x" * 60).decode()
    assert api("PUT", f"{SECRETS}/A", {"encrypted_value": value, "key_id": key_id}).status_code == 422
    assert api("PUT", f"{SECRETS}/A", {"encrypted_value": value, "key_id": "0"}).status_code == 422


def test_secrets__of_a_public_repository_are_still_private(
    app: Flask, store: Store, repo: Document, anonymous: Api, bob: Api
) -> None:
    reader = Api(app, create_token(store, "alice", {"contents": "write"}))
    assert reader("GET", SECRETS).status_code == 403
    assert bob("GET", SECRETS).status_code == 403
    assert anonymous("GET", SECRETS).status_code == 401
