"""Actions secrets of a repository: written sealed with the server's public key, and never shown."""

import base64
import binascii
import hashlib
from typing import Any

from flask import Blueprint, Response, jsonify
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from embedded.github.access import github, repository, require_even_if_public
from embedded.github.errors import Invalid, NotFound
from embedded.github.rest.body import json_body, text_of
from embedded.github.rest.paging import paged
from embedded.github.rest.variables import clean_name, save, times, values
from embedded.github.store import Document

blueprint = Blueprint("secrets", __name__, url_prefix="/api/v3/repos/<owner>/<name>/actions/secrets")


def private_key(repo: Document) -> PrivateKey:
    """Return the key of a repository; it follows from this server's own key."""
    seed = hashlib.sha256(github().signing_key + str(repo["id"]).encode()).digest()
    return PrivateKey.from_seed(seed)


def shape(repo: Document, name: str) -> dict[str, Any]:
    """Return a secret without its value."""
    return {"name": name, **times(repo)}


@blueprint.get("")
def list_secrets(owner: str, name: str) -> Response:
    """actions/list-repo-secrets"""
    repo = repository_with_secrets(owner, name, "read")
    return paged(sorted(values("secret", repo)), lambda secret: shape(repo, secret), "secrets")


def repository_with_secrets(owner: str, name: str, level: str) -> Document:
    """Return the repository; not even the names of secrets are public. Raises ApiError."""
    repo = repository(owner, name)
    require_even_if_public(repo, "secrets", level)
    return repo


@blueprint.get("/public-key")
def show_public_key(owner: str, name: str) -> Response:
    """actions/get-repo-public-key"""
    repo = repository_with_secrets(owner, name, "read")
    key = bytes(private_key(repo).public_key)
    return jsonify({"key_id": str(repo["id"]), "key": base64.b64encode(key).decode()})


@blueprint.get("/<secret>")
def show_secret(owner: str, name: str, secret: str) -> Response:
    """actions/get-repo-secret"""
    repo = repository_with_secrets(owner, name, "read")
    if secret.upper() not in values("secret", repo):
        raise NotFound
    return jsonify(shape(repo, secret.upper()))


@blueprint.put("/<secret>")
def write_secret(owner: str, name: str, secret: str) -> tuple[Response | str, int]:
    """actions/create-or-update-repo-secret"""
    repo = repository_with_secrets(owner, name, "write")
    body = json_body()
    if text_of(body, "key_id") != str(repo["id"]):
        raise Invalid("key_id does not belong to this repository. Get the public key again.")
    try:
        value = SealedBox(private_key(repo)).decrypt(base64.b64decode(text_of(body, "encrypted_value")))
    except (CryptoError, binascii.Error, ValueError):
        raise Invalid("encrypted_value is not sealed with the public key of this repository.") from None
    is_new = clean_name(secret) not in values("secret", repo)
    save("secret", repo, {clean_name(secret): value.decode()})
    return (jsonify({}), 201) if is_new else ("", 204)


@blueprint.delete("/<secret>")
def delete_secret(owner: str, name: str, secret: str) -> tuple[str, int]:
    """actions/delete-repo-secret"""
    repo = repository_with_secrets(owner, name, "write")
    if secret.upper() not in values("secret", repo):
        raise NotFound
    save("secret", repo, {secret.upper(): None})
    return "", 204
