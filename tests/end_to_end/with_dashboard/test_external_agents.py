"""A Generator, a Coder, an Evaluator and a person from outside, each with a key of its own, finish a task."""

import subprocess
import sys

import pytest

from embedded.system.system import CHECKOUT, System
from tests.embedded.senders import no_browser
from tests.end_to_end.external_agents import RIGHTS

pytestmark = [pytest.mark.outside, pytest.mark.timeout(600)]


def test_agents_with_a_key_each_take_a_task_from_its_brief_to_its_end__and_the_dashboard_shows_each_step(
    system: System, agent_keys: dict[str, str]
) -> None:
    options = [word for role in RIGHTS for word in (f"--{role}", agent_keys[role])]
    program = [sys.executable, "-m", "tests.end_to_end.external_agents", system.addresses.receiver]
    with no_browser(system):
        played = subprocess.run(
            [*program, "no-key", *options], cwd=CHECKOUT, capture_output=True, text=True, timeout=500
        )
    assert played.returncode == 0, f"{played.stdout}\n{played.stderr}"
    assert "All of it worked" in played.stdout
