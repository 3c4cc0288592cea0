"""How long a build of `make eval` is waited for."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bench.builder import BuildFailed
from bench.embedded_builder import EmbeddedBuilder
from embedded.evaluation_server import Journal

SENT = {"nonce": "the-nonce"}
BUILD_ID = "b" * 20


@pytest.fixture
def builder_with(tmp_path: Any) -> Callable[[str], EmbeddedBuilder]:
    def make(status: str) -> EmbeddedBuilder:
        run = {"id": 1, "run_name": f"build {BUILD_ID} · task {BUILD_ID} round 1", "status": status}
        store = SimpleNamespace(find=lambda table, repo: [run])
        data = SimpleNamespace(path=tmp_path)
        system: Any = SimpleNamespace(store=store, runner="o/runner", journal=Journal(tmp_path), data=data)
        builder = EmbeddedBuilder(lambda: system, within_s=0.5)
        builder._system = system
        return builder

    return make


def test_a_run_that_ends_without_a_callback_is_waited_for_no_longer(
    builder_with: Callable[[str], EmbeddedBuilder],
) -> None:
    began = time.monotonic()
    with pytest.raises(BuildFailed, match=rf"build {BUILD_ID} did not come in time, or its run ended without one"):
        builder_with("completed").callback_for(SENT, BUILD_ID)
    assert time.monotonic() - began < 30, "it would have waited a minute longer than the build may take"


def test_a_run_that_goes_on_is_waited_for__and_its_callback_is_taken(
    builder_with: Callable[[str], EmbeddedBuilder],
) -> None:
    builder = builder_with("in_progress")
    journal: Any = builder.system.journal
    looks: list[float] = []
    seen = journal.wait_for_callback

    def wait(nonce: str, seconds: float) -> Any:
        looks.append(seconds)
        return {"reasons": [], "body": {"repo_url": "here"}} if len(looks) == 3 else seen(nonce, 0)

    journal.wait_for_callback = wait
    assert builder.callback_for(SENT, BUILD_ID) == {"repo_url": "here"}
    assert len(looks) == 3
