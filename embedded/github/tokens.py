"""Tokens and what they allow: fine-grained permissions, repositories, expiry; a run's token follows its jobs."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from embedded.github.core import full_name
from embedded.github.errors import BadCredentials
from embedded.github.store import Document, Store
from embedded.github.times import has_expired, moment

LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}
PREFIXES = {"pat": "github_pat_", "run": "ghs_"}
ACTIONS_BOT = "github-actions[bot]"


@dataclass(frozen=True)
class Caller:
    """Who asks, and with which rights. `login` is None for nobody in particular."""

    login: str | None = None
    kind: str = "anonymous"
    permissions: Mapping[str, str] = field(default_factory=dict)
    repositories: str | list[str] = "all"
    run_id: int | None = None
    token_key: str = field(default="", repr=False)
    is_approved: bool = True
    account: str = ""  # where an App is installed whose token it is

    @property
    def described(self) -> str:
        """How GitHub names the kind of token in a refusal."""
        return "integration" if self.kind in {"run", "app"} else "personal access token"

    def has(self, permission: str, level: str) -> bool:
        """Whether the token carries this permission, whatever the repository."""
        return self.is_approved and LEVELS[self.permissions.get(permission, "none")] >= LEVELS[level]


def create_token(
    store: Store,
    login: str,
    permissions: Mapping[str, str],
    *,
    repositories: str | Iterable[str] = "all",
    run_id: int | None = None,
    expires_at: str | None = None,
    is_approved: bool = True,
) -> str:
    """Make a token and return its text, which is not stored. With `run_id` it is the token of that run.

    One that is not approved waits for an owner of the organisation: until then, it reads what is public.
    """
    kind = "pat" if run_id is None else "run"
    text = PREFIXES[kind] + secrets.token_hex(20)
    document = {
        "login": login,
        "kind": kind,
        "permissions": normalised(permissions),
        "repositories": repositories if isinstance(repositories, str) else sorted(repositories),
        "run_id": run_id,
        "expires_at": expires_at,
        "is_approved": is_approved,
    }
    add_token(store, text, document)
    return text


def add_token(store: Store, text: str, document: Document) -> None:
    """Let a token in. Only a digest of its text is stored."""
    store.put("token", token_key(text), document)


def token_key(text: str) -> str:
    """Return the key under which a token is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def normalised(permissions: Mapping[str, str]) -> dict[str, str]:
    """Write permission names with underscores; workflows write some of them with hyphens."""
    return {name.replace("-", "_"): level for name, level in permissions.items()}


def find_caller(store: Store, text: str | None) -> Caller:
    """Return who a token belongs to. Raises BadCredentials when it is unknown, expired, or of a completed run."""
    if text is None:
        return Caller()
    document = store.get("token", token_key(text))
    if document is None or has_expired(document):
        raise BadCredentials
    caller = Caller(
        login=document["login"],
        kind=document["kind"],
        permissions={} if document.get("awaits_approval") else document["permissions"],  # the organization decides
        repositories=document["repositories"],
        run_id=document.get("run_id"),
        token_key=token_key(text),
        is_approved=document.get("is_approved", True),
        account=document.get("account", ""),
    )
    return run_caller(store, caller) if caller.kind == "run" else caller


def expiry_of(store: Store, text: str | None) -> str | None:
    """Return when a token ends that is still good, as GitHub writes it into a header; None for one that does not."""
    document = store.get("token", token_key(text)) if text else None
    if document is None or document["kind"] == "app" or not document.get("expires_at") or has_expired(document):
        return None
    return f"{moment(document['expires_at']):%Y-%m-%d %H:%M:%S} UTC"


def run_caller(store: Store, caller: Caller) -> Caller:
    """Give a run's token the permissions of the jobs in progress, in the run's own repository only."""
    run = store.get("run", str(caller.run_id))
    if run is None or run["status"] == "completed":
        raise BadCredentials
    union: dict[str, str] = {}
    for job in store.find("job", run_id=caller.run_id, status="in_progress"):
        for name, level in normalised(job.get("permissions") or {}).items():
            union[name] = max(union.get(name, "none"), level, key=lambda each: LEVELS[each])
    return Caller(caller.login, "run", union, [run["repo"]], caller.run_id, caller.token_key)


def reaches(store: Store, caller: Caller, repo: Document) -> bool:
    """Whether the repository is one that the token was made for."""
    if caller.kind == "anonymous" or not caller.is_approved:
        return False
    if isinstance(caller.repositories, list):
        return full_name(repo).lower() in {name.lower() for name in caller.repositories}
    if caller.account:
        return caller.account.lower() == str(repo["owner"]).lower()
    return manages(store, caller.login, repo["owner"])


def manages(store: Store, login: str | None, owner: str) -> bool:
    """Whether `login` is the owner, or a member of the organization that is."""
    if login is None:
        return False
    account = store.get("user", owner) or {}
    return login.lower() in {owner.lower(), *(str(member).lower() for member in account.get("members", []))}


def may_see(store: Store, caller: Caller, repo: Document) -> bool:
    """Whether the repository exists as far as the caller is concerned."""
    return not repo["private"] or reaches(store, caller, repo)


def may(store: Store, caller: Caller, repo: Document, permission: str, level: str) -> bool:
    """Whether the caller may do this. Everybody may read what is public; `metadata` comes with every token."""
    if level == "read" and (not repo["private"] or permission == "metadata"):
        return may_see(store, caller, repo)
    return reaches(store, caller, repo) and caller.has(permission, level)
