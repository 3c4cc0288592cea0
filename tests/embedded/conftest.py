"""One embedded system for the whole test session, with a sender and a callback server."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.system.system import System
from tests.embedded.company_index import CompanyIndex
from tests.embedded.senders import ENVIRONMENT, CallbackServer, Sender, git
from tests.little_act.system import ForkedSystem


@pytest.fixture(scope="session")
def callbacks() -> Iterator[CallbackServer]:
    server = CallbackServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system that all end-to-end tests share. At the end, nothing may have asked for a route that is missing."""
    with System(tmp_path_factory.mktemp("system"), ENVIRONMENT) as system:
        yield system
        routes = list(system.github.unknown_routes)
    assert routes == []


@pytest.fixture(scope="session")
def forked_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The same with the little act: for tests about what builds say and leave, and not how they are started."""
    with ForkedSystem(tmp_path_factory.mktemp("forked"), ENVIRONMENT) as system:
        yield system
        routes = list(system.github.unknown_routes)
    assert routes == []


@pytest.fixture(scope="session")
def forked_sender(forked_system: System, callbacks: CallbackServer) -> Iterator[Sender]:
    sender = Sender(forked_system, callbacks)
    yield sender
    sender.session.close()


@pytest.fixture(scope="session")
def system_with_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One more system, in which each build is followed by a run that collects it and renders the dashboard."""
    with ForkedSystem(tmp_path_factory.mktemp("with-dashboard"), ENVIRONMENT, dashboard=True) as system:
        yield system
        routes = list(system.github.unknown_routes)
    assert routes == []


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
