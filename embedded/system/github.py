"""Puts the parts of the embedded GitHub together: store, events, Actions, REST and web, Pages."""

from pathlib import Path

from embedded.actions.service import Actions, machine_of
from embedded.github.app import create_app
from embedded.github.core import GitHub
from embedded.github.events import Events
from embedded.github.store import Store
from embedded.pages.app import create_app as create_pages
from embedded.system.addresses import Addresses


class EmbeddedGitHub:
    """`path` is the PATH of the steps; `runner` is the runner repository."""

    def __init__(self, data: Path, addresses: Addresses, path: str, runner: str) -> None:
        self.store = Store(data)
        events = Events()
        self.actions = Actions(self.store, machine_of(path, addresses.web, addresses.api), runner)
        self.core = GitHub(self.store, events, addresses.web, addresses.pages, self.actions.tokens.verify, self.actions)
        events.subscribe(self.actions.on_event)
        self.app = create_app(self.core, self.actions.blueprints())
        self.pages = create_pages(data / "pages")
