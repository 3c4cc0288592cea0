"""GitHub Apps: known by a public key, installed on accounts, and acting with tokens that live for an hour."""

import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import jwt

from embedded.github.core import full_name
from embedded.github.errors import ApiError, Invalid, NotFound, found
from embedded.github.store import Document, Store
from embedded.github.times import timestamp
from embedded.github.tokens import LEVELS, add_token

LONGEST_JWT_S = 600
SUSPENDED = "This installation has been suspended"
UNREADABLE = "A JSON web token could not be decoded"
WRONG_END = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time"
    " at which the assertion expires"
)
WRONG_START = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
NOT_GRANTED = "The permissions requested are not granted to this installation."
NOT_REACHED = "There is at least one repository that does not exist or is not accessible to the parent installation."


def register_app(store: Store, owner: str, slug: str, permissions: Mapping[str, str], public_key: str) -> Document:
    """Add an App, which may ask for these permissions, and the bot under whose name it acts."""
    number = store.next_id("app")
    app = {"id": number, "client_id": f"Iv23li{number:014}", "slug": slug, "owner": owner}
    store.put("app", str(number), {**app, "permissions": {**permissions, "metadata": "read"}, "public_key": public_key})
    store.put("user", f"{slug}[bot]", {"login": f"{slug}[bot]", "id": store.next_id("user"), "type": "Bot"})
    return found(store.get("app", str(number)))


def install_app(store: Store, app: Document, account: str, repositories: list[str] | None = None) -> Document:
    """Install an App on an account: for all its repositories, or for those ("owner/name") that are named."""
    number, now = store.next_id("installation"), timestamp()
    made = {"id": number, "app_id": app["id"], "account": account, "created_at": now, "suspended_at": None}
    store.put("installation", str(number), {**made, "repositories": repositories, "permissions": app["permissions"]})
    return found(store.get("installation", str(number)))


def app_of(store: Store, text: str | None) -> Document:
    """Return the App that signed a JSON web token. Raises ApiError in GitHub's words."""
    try:
        claims = jwt.decode(text or "", options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ApiError(401, UNREADABLE) from None
    issuer = str(claims.get("iss"))
    app = next((each for each in store.find("app") if issuer in {str(each["id"]), each["client_id"]}), None)
    if app is None:
        raise ApiError(404, "Integration not found")
    try:
        jwt.decode(
            text or "", app["public_key"], algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
    except jwt.InvalidTokenError:
        raise ApiError(401, UNREADABLE) from None
    check_times(claims)
    return app


def check_times(claims: Mapping[str, Any]) -> None:
    """Raise ApiError for a token that is not of now, or is made for more than ten minutes."""
    now, start, end = time.time(), claims.get("iat"), claims.get("exp")
    if not isinstance(end, int) or end <= now:
        raise ApiError(401, WRONG_END)
    if end > now + LONGEST_JWT_S:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(start, int) or start > now + 1:
        raise ApiError(401, WRONG_START)


def installation_on(store: Store, app: Document, account: str, repository: str | None = None) -> Document:
    """Return where an App is installed on an account, and for a repository if one is named. Raises NotFound."""
    of_app = store.find("installation", app_id=app["id"])
    here = found(next((each for each in of_app if each["account"].lower() == account.lower()), None))
    if repository and not is_for(here, repository):
        raise NotFound
    return here


def is_for(installation: Document, repository: str) -> bool:
    """Whether an installation has a repository of its account."""
    chosen = installation["repositories"]
    return chosen is None or repository.lower() in {each.lower() for each in chosen}


def narrowed(store: Store, installation: Document, names: object) -> list[str] | None:
    """Return the repositories of a token that are asked for by name; None for all. Raises Invalid."""
    if names is None:
        return list(installation["repositories"]) if installation["repositories"] is not None else None
    if not isinstance(names, list) or not names:
        raise Invalid(NOT_REACHED)
    repos = [store.get("repo", f"{installation['account']}/{name}".lower()) for name in names]
    reached = [full_name(repo) for repo in repos if repo and is_for(installation, full_name(repo))]
    if len(reached) < len(names):
        raise Invalid(NOT_REACHED)
    return reached


def granted(installation: Document, wanted: object) -> dict[str, str]:
    """Return the permissions of a token: those asked for, at most those of the installation. Raises Invalid."""
    has: dict[str, str] = installation["permissions"]
    if wanted is None:
        return has
    if not isinstance(wanted, dict):
        raise Invalid(NOT_GRANTED)
    if any(LEVELS.get(level, 9) > LEVELS[has.get(name, "none")] for name, level in wanted.items()):
        raise Invalid(NOT_GRANTED)
    return {**wanted, "metadata": "read"}


def make_token(store: Store, app: Document, installation: Document, body: Mapping[str, Any]) -> tuple[str, Document]:
    """Make a token of an installation; return its text and what is known of it. Raises ApiError."""
    if installation["suspended_at"]:
        raise ApiError(403, SUSPENDED)
    document = {
        "login": f"{app['slug']}[bot]",
        "kind": "app",
        "account": installation["account"],
        "permissions": granted(installation, body.get("permissions")),
        "repositories": narrowed(store, installation, body.get("repositories")) or "all",
        "expires_at": timestamp(days=1 / 24),
    }
    text = token_text(app)
    add_token(store, text, document)
    return text, document


def token_text(app: Document) -> str:
    """Return a new token in the shape that GitHub's have since 2026: several hundred characters, with dots."""
    head, claims = ({"alg": "ES256", "typ": "JWT"}, {"app": app["id"], "jti": secrets.token_hex(150)})
    parts = (*(json.dumps(each).encode() for each in (head, claims)), secrets.token_bytes(64))
    return f"ghs_{app['id']}_" + ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
