"""One embedded system for the whole test session, with a sender and a callback server."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.system.system import System
from receiver.access import digest_of
from tests.embedded.company_index import CompanyIndex
from tests.embedded.external_agents import RIGHTS
from tests.embedded.senders import ENVIRONMENT, CallbackServer, Sender, git
from tests.little_act.system import ForkedSystem


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
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system that all end-to-end tests share."""
    with complete(System(tmp_path_factory.mktemp("system"), ENVIRONMENT)) as system:
        yield system


@pytest.fixture(scope="session")
def forked_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The same with the little act: for tests about what builds say and leave, and not how they are started."""
    with complete(ForkedSystem(tmp_path_factory.mktemp("forked"), ENVIRONMENT)) as system:
        yield system


@pytest.fixture(scope="session")
def forked_sender(forked_system: System, callbacks: CallbackServer) -> Iterator[Sender]:
    sender = Sender(forked_system, callbacks)
    yield sender
    sender.session.close()


@pytest.fixture(scope="session")
def agent_keys() -> dict[str, str]:
    """The keys of agents from outside, each with just its rights, at the receiver of `system_with_dashboard`."""
    return {name: secrets.token_urlsafe() for name in RIGHTS}


@pytest.fixture(scope="session")
def system_with_dashboard(tmp_path_factory: pytest.TempPathFactory, agent_keys: dict[str, str]) -> Iterator[System]:
    """One more system, in which each build is followed by a run that collects it and renders the dashboard."""
    keys = [
        {"name": name, "sha256": digest_of(agent_keys[name]).hex(), "rights": rights} for name, rights in RIGHTS.items()
    ]
    environment = {**ENVIRONMENT, "KEYS": json.dumps(keys)}
    with complete(ForkedSystem(tmp_path_factory.mktemp("with-dashboard"), environment, dashboard=True)) as system:
        yield system


@pytest.fixture(scope="session")
def sender(system: System, callbacks: CallbackServer) -> Iterator[Sender]:
    sender = Sender(system, callbacks)
    yield sender
    sender.session.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[CompanyIndex]:
    index = CompanyIndex(tmp_path)
    yield index
    index.close()


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Path]:
    def make(url: str) -> Path:
        folder = tmp_path / f"clone-{secrets.token_hex(4)}"
        git("clone", "--quiet", url, str(folder))
        return folder

    return make
