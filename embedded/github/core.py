"""What every part of the embedded GitHub works with: the store, the events, the addresses, the doors to other parts."""

import secrets
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from embedded.github.bare_git import BareGit
from embedded.github.events import Events
from embedded.github.store import Document, Store


class RunControl(Protocol):
    """What the web and REST sides ask of Actions."""

    def cancel(self, run_id: int) -> object:
        """Stop a run."""

    def rerun(self, run_id: int, jobs: Iterable[int] | None = None) -> object:
        """Start a completed run again as its next attempt: all of it, or some jobs and what needs them."""


@dataclass
class GitHub:
    """`web_url` and `pages_url` end without a slash. `verify_oidc` returns a token's claims or raises ValueError.

    `deployment_fate` gets repository and commit, and returns the status that their deployment to Pages comes to:
    "succeed", or in tests for example "deployment_failed", or "deployment_queued" for ever.

    `writes_in` are the secondary limits: so many requests that create content, with one token, in so many seconds.
    `speed` makes the minutes and hours of all limits so much shorter, for clients whose pauses are, too.
    `refused` counts what was refused because of a limit: the limit's name, method and path without names.

    Run lists with a filter come from a search index: they learn of a run `index_seconds` late. `asked` are the newest
    requests that came with a token: its key, method, path.
    """

    store: Store
    events: Events
    web_url: str
    pages_url: str
    verify_oidc: Callable[[str], Mapping[str, Any]]
    runs: RunControl | None = None
    deployment_fate: Callable[[str, str], str] = lambda repo, sha: "succeed"
    deployment_seconds: float = 0.3
    index_seconds: float = 5.0
    run_token_patience: float = 1.0
    largest_file: int = 100 * 1024 * 1024
    hourly_requests_of_a_run: int = 1000
    writes_in: tuple[tuple[int, float], ...] = ((80, 60.0), (500, 3600.0))
    speed: float = 1.0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown_routes: list[str] = field(default_factory=list)
    asked: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=10_000), repr=False)
    creation_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    deployment_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    push_locks: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock), repr=False)

    @cached_property
    def signing_key(self) -> bytes:
        """A key of this server only, for addresses that need no token; it survives a restart."""
        return key_in(self.store.data / "github.key")

    @property
    def api_url(self) -> str:
        """The address of the REST API."""
        return f"{self.web_url}/api/v3"

    def git(self, repo: Document) -> BareGit:
        """Return the git side of a repository."""
        return BareGit(self.repository_path(repo))

    def repository_path(self, repo: Document) -> Path:
        """Return where the bare repository is."""
        return self.store.data / "repositories" / str(repo["owner"]) / f"{repo['name']}.git"

    def repository(self, full_name: str) -> Document | None:
        """Return the document of "owner/name", in whatever case it is written."""
        return self.store.get("repo", full_name.lower())


def key_in(file: Path) -> bytes:
    """Return the signing key, made at the first start."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()


def full_name(repo: Document) -> str:
    """Return "owner/name" as it was created."""
    return f"{repo['owner']}/{repo['name']}"
