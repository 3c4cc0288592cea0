"""The system with the little act, where each build is followed by a run that collects it and renders the dashboard."""

import json
import secrets
from collections.abc import Iterator

import pytest

from embedded.system.system import System
from receiver.access import digest_of
from tests.embedded.senders import ENVIRONMENT
from tests.end_to_end.conftest import complete
from tests.end_to_end.external_agents import RIGHTS
from tests.little_act.system import ForkedSystem


@pytest.fixture(scope="session")
def agent_keys() -> dict[str, str]:
    """The keys of agents from outside, each with just its rights."""
    return {name: secrets.token_urlsafe() for name in RIGHTS}


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, agent_keys: dict[str, str]) -> Iterator[System]:
    keys = [
        {"name": name, "sha256": digest_of(agent_keys[name]).hex(), "rights": rights} for name, rights in RIGHTS.items()
    ]
    environment = {**ENVIRONMENT, "KEYS": json.dumps(keys)}
    with complete(ForkedSystem(tmp_path_factory.mktemp("with-dashboard"), environment, dashboard=True)) as system:
        yield system
