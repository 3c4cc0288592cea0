"""Actions of a repository: whether they run, their variables, and their secrets, written sealed and never shown."""

import base64
import binascii
import hashlib
import re
from typing import Any

from flask import Response, jsonify
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from embedded.github.access import github, repository, require_even_if_public
from embedded.github.core import full_name
from embedded.github.errors import Conflict, Invalid, found
from embedded.github.rest.routes import Routes, json_body, paged, text_of
from embedded.github.store import Document

NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*")


def repository_with_secrets(owner: str, name: str, permission: str, level: str) -> Document:
    """Return the repository; not even the names of secrets are public. Raises ApiError."""
    repo = repository(owner, name)
    require_even_if_public(repo, permission, level)
    return repo


route = Routes("variables", "/actions/variables", "variables")
secret = Routes("secrets", "/actions/secrets", "secrets", repository_with_secrets)
shared = Routes("shared_secrets", "/actions/organization-secrets", "secrets", repository_with_secrets)
permissions = Routes("actions_permissions", "/actions/permissions", "administration", repository_with_secrets)


def values(kind: str, repo: Document) -> dict[str, str]:
    """Return the variables or secrets of a repository."""
    return github().store.get(kind, full_name(repo)) or {}


def value_of(kind: str, repo: Document, name: str) -> str:
    """Return one of them. Raises NotFound."""
    return found(values(kind, repo).get(name.upper()))


def clean_name(name: str) -> str:
    """Return the name in capitals, as GitHub keeps it. Raises Invalid."""
    if not NAME.fullmatch(name.upper()):
        raise Invalid("Name can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_).")
    return name.upper()


def save(kind: str, repo: Document, changes: dict[str, str | None]) -> None:
    """Set values, and remove those that are None."""
    complete = {**values(kind, repo), **changes}
    kept = {name: value for name, value in complete.items() if value is not None}
    github().store.put(kind, full_name(repo), kept)


def remove(kind: str, repo: Document, name: str) -> tuple[str, int]:
    """Remove one of them. Raises NotFound."""
    value_of(kind, repo, name)
    save(kind, repo, {name.upper(): None})
    return "", 204


def shape(repo: Document, name: str, **value: str) -> dict[str, Any]:
    """Return a setting; the store keeps values only, so its age is that of the repository."""
    return {"name": name, **value, "created_at": repo["created_at"], "updated_at": repo["created_at"]}


@route("GET ")
def list_variables(repo: Document) -> Response:
    """actions/list-repo-variables"""
    items = sorted(values("variable", repo).items())
    return paged(items, lambda item: shape(repo, item[0], value=item[1]), "variables")


@route("POST ")
def create_variable(repo: Document) -> tuple[dict[str, Any], int]:
    """actions/create-repo-variable"""
    body = json_body()
    variable = clean_name(text_of(body, "name"))
    if variable in values("variable", repo):
        raise Conflict("Already exists - Variable already exists")
    save("variable", repo, {variable: text_of(body, "value")})
    return {}, 201


@route("GET /<variable>")
def show_variable(repo: Document, variable: str) -> dict[str, Any]:
    """actions/get-repo-variable"""
    return shape(repo, variable.upper(), value=value_of("variable", repo, variable))


@route("PATCH /<variable>")
def update_variable(repo: Document, variable: str) -> tuple[str, int]:
    """actions/update-repo-variable"""
    value_of("variable", repo, variable)
    save("variable", repo, {variable.upper(): text_of(json_body(), "value")})
    return "", 204


@route("DELETE /<variable>")
def delete_variable(repo: Document, variable: str) -> tuple[str, int]:
    """actions/delete-repo-variable"""
    return remove("variable", repo, variable)


def private_key(repo: Document) -> PrivateKey:
    """Return the key of a repository; it follows from this server's own key."""
    return PrivateKey.from_seed(hashlib.sha256(github().signing_key + str(repo["id"]).encode()).digest())


@secret("GET ")
def list_secrets(repo: Document) -> Response:
    """actions/list-repo-secrets"""
    return paged(sorted(values("secret", repo)), lambda name: shape(repo, name), "secrets")


@shared("GET ")
def list_secrets_of_the_organization(repo: Document) -> Response:
    """actions/list-repo-organization-secrets"""
    return paged(sorted(values("organization_secret", repo)), lambda name: shape(repo, name), "secrets")


@secret("GET /public-key")
def show_public_key(repo: Document) -> dict[str, str]:
    """actions/get-repo-public-key"""
    return {"key_id": str(repo["id"]), "key": base64.b64encode(bytes(private_key(repo).public_key)).decode()}


@secret("GET /<name_of_secret>")
def show_secret(repo: Document, name_of_secret: str) -> dict[str, Any]:
    """actions/get-repo-secret"""
    value_of("secret", repo, name_of_secret)
    return shape(repo, name_of_secret.upper())


@secret("PUT /<name_of_secret>")
def write_secret(repo: Document, name_of_secret: str) -> tuple[Response | str, int]:
    """actions/create-or-update-repo-secret"""
    body = json_body()
    if text_of(body, "key_id") != str(repo["id"]):
        raise Invalid("key_id does not belong to this repository. Get the public key again.")
    try:
        value = SealedBox(private_key(repo)).decrypt(base64.b64decode(text_of(body, "encrypted_value")))
    except (CryptoError, binascii.Error, ValueError):
        raise Invalid("encrypted_value is not sealed with the public key of this repository.") from None
    is_new = clean_name(name_of_secret) not in values("secret", repo)
    save("secret", repo, {clean_name(name_of_secret): value.decode()})
    return (jsonify({}), 201) if is_new else ("", 204)


@secret("DELETE /<name_of_secret>")
def delete_secret(repo: Document, name_of_secret: str) -> tuple[str, int]:
    """actions/delete-repo-secret"""
    return remove("secret", repo, name_of_secret)


@permissions("GET ")
def show_actions_permissions(repo: Document) -> dict[str, Any]:
    """actions/get-github-actions-permissions-repository"""
    kept = github().store.get("actions_permissions", full_name(repo)) or {"enabled": True}
    return {"allowed_actions": "all", "sha_pinning_required": False, **kept} if kept["enabled"] else kept


@permissions("PUT ")
def change_actions_permissions(repo: Document) -> tuple[str, int]:
    """actions/set-github-actions-permissions-repository"""
    body = json_body()
    if not isinstance(body.get("enabled"), bool):
        raise Invalid.missing("enabled")
    kept: Document = {
        name: body[name] for name in ("enabled", "allowed_actions", "sha_pinning_required") if name in body
    }
    github().store.put("actions_permissions", full_name(repo), kept)
    return "", 204
