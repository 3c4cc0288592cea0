"""A client that knows 23 paths, and nothing else of this program, completes its whole cycle."""

import pytest

from embedded.system.system import System
from tests.end_to_end.orchestrator_client import Client, cycle

pytestmark = [pytest.mark.outside, pytest.mark.timeout(1800)]


def test_a_client_of_the_23_paths_completes_its_cycle(system: System) -> None:
    task = cycle(Client(system.addresses.receiver, system.secret, 500))
    [versions] = [each for each in system.store.find("repo") if each["name"] == f"task-{task[:10]}"]
    assert versions
