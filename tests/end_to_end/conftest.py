"""Embedded systems for the whole test session, with a sender and a callback server.

Each folder here has its own `system`, and one worker runs all of a folder (tests/conftest.py), so that it starts once.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.system.system import System
from tests.embedded.conftest import index
from tests.embedded.dashboard.conftest import browser
from tests.embedded.senders import CallbackServer, Sender, git

__all__ = ["browser", "index"]  # fixtures


@pytest.fixture(scope="session")
def callbacks() -> Iterator[CallbackServer]:
    server = CallbackServer()
    yield server
    server.close()


@contextmanager
def complete(system: System) -> Iterator[System]:
    """Start a system. At the end, nothing may have asked for a route that is missing."""
    with system:
        yield system
        routes = list(system.github.unknown_routes)
    assert routes == []


@pytest.fixture(scope="session")
def sender(system: System, callbacks: CallbackServer) -> Iterator[Sender]:
    sender = Sender(system, callbacks)
    yield sender
    sender.session.close()


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Path]:
    def make(url: str) -> Path:
        folder = tmp_path / f"clone-{secrets.token_hex(4)}"
        git("clone", "--quiet", url, str(folder))
        return folder

    return make
