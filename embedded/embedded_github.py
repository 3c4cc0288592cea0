"""Puts the parts of the embedded GitHub together: store, events, Actions, REST and web, Pages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded.actions.oidc import InvalidToken
from embedded.actions.service import Actions, machine_of
from embedded.addresses import Addresses
from embedded.github.app import create_app
from embedded.github.core import GitHub
from embedded.github.events import Events
from embedded.github.store import Store
from embedded.pages.app import create_app as create_pages


class EmbeddedGitHub:
    """`path` is the PATH of the steps; `runner` is the runner repository."""

    def __init__(self, data: Path, addresses: Addresses, path: str, runner: str) -> None:
        self.store = Store(data)
        events = Events()
        self.actions = Actions(self.store, machine_of(path, addresses.web, addresses.api), runner)
        self.core = GitHub(
            self.store, events, addresses.web, addresses.pages, self.verify_oidc, RunControls(self.actions)
        )
        events.subscribe(self.actions.on_event)
        self.app = create_app(self.core, self.actions.blueprints())
        self.pages = create_pages(self.core)

    def verify_oidc(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a run's OIDC token. Raises ValueError."""
        try:
            return self.actions.tokens.verify(token)
        except InvalidToken as error:
            raise ValueError(str(error)) from None


class RunControls:
    """What the web and REST sides may ask of Actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def cancel(self, run_id: int) -> None:
        """Stop a run."""
        self._actions.cancel(run_id)

    def rerun(self, run_id: int, *, failed_only: bool) -> None:
        """Start a completed run again. All its jobs run, because every phase does nothing when its work is done."""
        self._actions.rerun(run_id)
