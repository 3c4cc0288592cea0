"""The GitHub App in place of the tokens: whether its key is one, where it is installed, and each permission by name.

Of an App, unlike of a fine-grained token, GitHub says what it may do.
"""

from collections.abc import Iterator

from github.Auth import AppAuth
from jwt import PyJWTError

from doctor.context import Context
from doctor.findings import CannotLook, Finding
from doctor.tokens import BOTH_TOKENS
from receiver.app_token import PERMISSIONS as DISPATCHING

LEVELS = {"read": 1, "write": 2}
PUBLISHING = {"administration": "write", "contents": "write", "pages": "write", "workflows": "write", "actions": "read"}
HOW = "docs/own.md, 'A GitHub App in place of the tokens'"
ACCEPT = "Add it (the App's settings, Permissions), then accept the change where the App is installed."


def github_app(context: Context) -> Iterator[Finding]:
    """Look at the App where there is one. Raises CannotLook."""
    own = context.settings
    number = context.variable("APP_ID", own.app_id)
    if not number and not own.app_key:
        return
    if not own.app_key:
        raise CannotLook("APP_PRIVATE_KEY is not set here")
    if not number:
        yield no_app("APP_PRIVATE_KEY is set, and APP_ID is not.", "Set the variable APP_ID: make setup.")
        return
    try:
        signed = AppAuth(number, own.app_key.replace("\\n", "\n")).token
    except (PyJWTError, ValueError, TypeError):
        yield no_app("APP_PRIVATE_KEY is not a whole private key.", "Use all of the .pem file, with its marker lines.")
        return
    owner = context.target_owner
    if not context.is_organization(owner):
        yield no_app(
            f"{owner} is a person, for whom GitHub lets no App make repositories.",
            f"Delete the variable APP_ID and use a publishing token ({BOTH_TOKENS}), or an organisation.",
        )
        return
    yield from installed(context, signed, f"/users/{owner}/installation", owner, PUBLISHING, is_for_all=True)
    if not own.dispatch_token:  # then the receiver uses the App as well
        path, place = context.path("/installation"), own.repository
        yield from installed(context, signed, path, place, DISPATCHING, is_for_all=False)


def installed(
    context: Context, signed: str, path: str, place: str, needed: dict[str, str], *, is_for_all: bool
) -> Iterator[Finding]:
    """Look at one installation. Raises CannotLook."""
    reply = context.github(signed).get(path)
    where = f"{context.settings.server_url}/settings/apps"
    if reply.status == 401:
        yield no_app(
            f"GitHub does not accept the App's key: {reply.said}",
            "Compare APP_ID with the App's page; make a new key there; look at this machine's clock.",
            where,
        )
        return
    if reply.status == 404:
        yield no_app(f"The App is not installed on {place}.", f"Install it ({HOW}).", where)
        return
    if reply.status != 200 or not isinstance(reply.body, dict):
        raise CannotLook(f"GitHub answered {reply.status} when it was asked about the App on {place}")
    where = str(reply.body.get("html_url") or where)
    if reply.body.get("suspended_at"):
        yield no_app(f"The App's installation on {place} is suspended.", "Unsuspend it on its page.", where)
        return
    if is_for_all and reply.body.get("repository_selection") != "all":
        yield no_app(
            f"The App is installed on {place} for some repositories only.",
            "Give it 'All repositories': those of new tasks do not exist yet.",
            where,
        )
    granted = reply.body.get("permissions")
    has = granted if isinstance(granted, dict) else {}
    for name, level in needed.items():
        if LEVELS.get(str(has.get(name)), 0) < LEVELS[level]:
            yield no_app(f"The App lacks the permission {name.capitalize()}: {level} on {place}.", ACCEPT, where)


def no_app(what: str, mend: str, where: str = "") -> Finding:
    """Return a fault of the App: whatever it is, no job gets its token."""
    return Finding(what, "no job gets a token, so nothing is published (E-TOKEN), or no task is taken.", mend, where)
