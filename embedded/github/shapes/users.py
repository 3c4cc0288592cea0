"""Accounts as the API shows them."""

import base64
from typing import Any

from embedded.github.core import GitHub
from embedded.github.store import Document
from embedded.github.tokens import ACTIONS_BOT

SINCE = "2020-01-01T00:00:00Z"


def node_id(kind: str, number: int | str) -> str:
    """Return an opaque id as GitHub has them beside its numbers."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def account(core: GitHub, login: str) -> Document:
    """Return the document of an account; runs act as a bot that everybody has."""
    return core.store.get("user", login) or {
        "login": login,
        "id": 41898282,
        "type": "Bot" if login == ACTIONS_BOT else "User",
    }


def simple_user(core: GitHub, login: str) -> dict[str, Any]:
    """Return the short form of an account, as it stands in other replies."""
    user = account(core, login)
    url = f"{core.api_url}/users/{user['login']}"
    return {
        "login": user["login"],
        "id": user["id"],
        "node_id": node_id("User", user["id"]),
        "avatar_url": f"{core.web_url}/{user['login']}.png",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{core.web_url}/{user['login']}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": user["type"],
        "site_admin": False,
    }


def owned_by(core: GitHub, login: str) -> list[Document]:
    """Return the repositories of an account."""
    return [repo for repo in core.store.find("repo") if repo["owner"].lower() == login.lower()]


def public_user(core: GitHub, login: str) -> dict[str, Any]:
    """Return the long form of an account, for everybody."""
    return {
        **simple_user(core, login),
        "name": account(core, login).get("name"),
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": sum(not repo["private"] for repo in owned_by(core, login)),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": SINCE,
        "updated_at": SINCE,
    }


def organization(core: GitHub, login: str) -> dict[str, Any]:
    """Return the long form of an organization."""
    url = f"{core.api_url}/orgs/{login}"
    parts = {f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")}
    public = {name: value for name, value in public_user(core, login).items() if value not in {None, ""}}
    return {
        **public,
        **parts,
        "url": url,
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "description": None,
        "has_organization_projects": False,
        "has_repository_projects": False,
        "archived_at": None,
    }


def private_user(core: GitHub, login: str) -> dict[str, Any]:
    """Return the long form of an account, for its owner."""
    private = sum(bool(repo["private"]) for repo in owned_by(core, login))
    return {
        **public_user(core, login),
        "private_gists": 0,
        "total_private_repos": private,
        "owned_private_repos": private,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }
