"""What an App asks for itself, with a JSON web token: where it is installed, and tokens of its installations."""

from typing import Any

from flask import Blueprint, Response, jsonify

from embedded.github.access import github, signed_in, token_of_request
from embedded.github.apps import app_of, installation_on, make_token
from embedded.github.core import full_name
from embedded.github.errors import NotAccessible, NotFound, found
from embedded.github.rest.routes import json_body, paged
from embedded.github.shapes.repositories import full_repository
from embedded.github.shapes.users import owned_by, simple_user
from embedded.github.store import Document
from embedded.github.tokens import Caller, reaches

blueprint = Blueprint("apps", __name__, url_prefix="/api/v3")


def asking_app() -> Document:
    """Return the App that signed the request. Raises ApiError."""
    return app_of(github().store, token_of_request())


def installation(app: Document, document: Document) -> dict[str, Any]:
    """Return an installation as the API shows it."""
    core, account = github(), simple_user(github(), document["account"])
    url = f"{core.api_url}/app/installations/{document['id']}"
    return {
        "id": document["id"],
        "account": account,
        "repository_selection": selection(document["repositories"]),
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{core.api_url}/installation/repositories",
        "html_url": f"{core.web_url}/settings/installations/{document['id']}",
        "app_id": app["id"],
        "client_id": app["client_id"],
        "app_slug": app["slug"],
        "target_id": account["id"],
        "target_type": account["type"],
        "permissions": document["permissions"],
        "events": [],
        "created_at": document["created_at"],
        "updated_at": document["created_at"],
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": document["suspended_at"],
    }


def selection(repositories: object) -> str:
    """Return how GitHub names whether there are certain repositories."""
    return "selected" if isinstance(repositories, list) else "all"


@blueprint.get("/repos/<owner>/<name>/installation")
def show_installation_for_repository(owner: str, name: str) -> Response:
    """apps/get-repo-installation"""
    app = asking_app()
    repo = found(github().repository(f"{owner}/{name}"))
    return jsonify(installation(app, installation_on(github().store, app, repo["owner"], full_name(repo))))


@blueprint.get("/orgs/<account>/installation", defaults={"kind": "Organization"})
@blueprint.get("/users/<account>/installation", defaults={"kind": ""})
def show_installation_of_account(account: str, kind: str) -> Response:
    """apps/get-org-installation and apps/get-user-installation, which finds those of organizations as well"""
    app = asking_app()
    owner = found(github().store.get("user", account))
    if kind and owner["type"] != kind:
        raise NotFound
    return jsonify(installation(app, installation_on(github().store, app, owner["login"])))


@blueprint.post("/app/installations/<int:number>/access_tokens")
def create_token_of_installation(number: int) -> tuple[Response, int]:
    """apps/create-installation-access-token"""
    app, store = asking_app(), github().store
    here = found(store.get("installation", str(number)))
    if here["app_id"] != app["id"]:
        raise NotFound
    body = json_body()
    text, token = make_token(store, app, here, body)
    shown = {name: token[name] for name in ("expires_at", "permissions")}
    shape = {"token": text, **shown, "repository_selection": selection(token["repositories"])}
    if isinstance(body.get("repositories"), list):
        repos = [found(github().repository(name)) for name in token["repositories"]]
        shape["repositories"] = [full_repository(github(), repo) for repo in repos]
    return jsonify(shape), 201


def installed() -> Caller:
    """Return the caller, who must be an installation. Raises ApiError."""
    who = signed_in()
    if who.kind != "app":
        raise NotAccessible(who.described)
    return who


@blueprint.get("/installation/repositories")
def list_repositories_of_installation() -> Response:
    """apps/list-repos-accessible-to-installation"""
    who, store = installed(), github().store
    within = [repo for repo in owned_by(github(), who.account) if reaches(store, who, repo)]
    return paged(within, lambda repo: full_repository(github(), repo), "repositories")


@blueprint.delete("/installation/token")
def revoke_token_of_installation() -> tuple[str, int]:
    """apps/revoke-installation-access-token"""
    github().store.delete("token", installed().token_key)
    return "", 204
