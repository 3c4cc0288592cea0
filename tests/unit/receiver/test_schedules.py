"""What GitHub switched off is woken by the next task, once in a while, and nobody waits for it."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import responses

from receiver.connection import Connection
from receiver.errors import GitHubRefused
from receiver.github import OVERDUE, RunnerRepository
from receiver.github_errors import AWAY
from receiver.schedules import EVERY_S, Schedules
from tests.unit.receiver.conftest import ScriptedRunner

REPOSITORY = "https://api.github.com:443/repos/owner/runner"
WORKFLOWS = f"{REPOSITORY}/actions/workflows"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def github(http: responses.RequestsMock) -> Callable[..., RunnerRepository]:
    def make(*, reconcile: str = "active", dashboard: str = "active", ran: timedelta | None = None) -> RunnerRepository:
        http.get(f"{WORKFLOWS}/reconcile.yml", json={"state": reconcile})
        http.get(f"{WORKFLOWS}/dashboard.yml", json={"state": dashboard})
        runs = [{"created_at": f"{NOW - ran:%Y-%m-%dT%H:%M:%SZ}"}] if ran else []
        http.get(f"{WORKFLOWS}/reconcile.yml/runs", json={"workflow_runs": runs})
        return RunnerRepository("owner/runner", Connection("made-up", "https://api.github.com"))

    return make


def expect_start(http: responses.RequestsMock) -> None:
    http.get(REPOSITORY, json={"default_branch": "trunk"})
    dispatch = responses.matchers.json_params_matcher({"ref": "trunk"})
    http.post(f"{WORKFLOWS}/reconcile.yml/dispatches", status=204, match=[dispatch])


@pytest.mark.parametrize("state", ["active", "disabled_manually"])
def test_what_runs__and_what_a_person_switched_off_is_left(github: Callable[..., RunnerRepository], state: str) -> None:
    assert github(reconcile="active", dashboard=state, ran=OVERDUE / 2).wake_schedules(NOW) == []


def test_a_new_repository_waits_for_its_first_schedule(github: Callable[..., RunnerRepository]) -> None:
    assert github().wake_schedules(NOW) == []


@pytest.mark.parametrize("state", ["disabled_inactivity", "disabled_fork"])
def test_what_github_switched_off_is_on_again(
    github: Callable[..., RunnerRepository], http: responses.RequestsMock, state: str
) -> None:
    runner = github(reconcile=state, dashboard=state)
    http.put(f"{WORKFLOWS}/reconcile.yml/enable", status=204)
    http.put(f"{WORKFLOWS}/dashboard.yml/enable", status=204)
    expect_start(http)
    assert len(runner.wake_schedules(NOW)) == 3


def test_a_schedule_that_github_forgets_is_made_up_for(
    github: Callable[..., RunnerRepository], http: responses.RequestsMock
) -> None:
    runner = github(ran=OVERDUE + timedelta(minutes=1))
    expect_start(http)
    assert runner.wake_schedules(NOW) == ["reconcile.yml had not run for hours; it is started"]


def test_it_is_looked_at_once_in_six_hours__and_what_fails_is_only_told(caplog: pytest.LogCaptureFixture) -> None:
    runner, now = ScriptedRunner(), [1000.0]
    schedules = Schedules(runner, lambda: now[0])
    threads = [schedules.wake() for _ in range(3)]
    now[0] += EVERY_S
    runner.refusal = GitHubRefused(AWAY, retry_after_s=30)
    with caplog.at_level(logging.WARNING, "receiver"):
        for thread in [*threads, schedules.wake()]:
            if thread:
                thread.join()
    assert [bool(thread) for thread in threads] == [True, False, False]
    assert runner.woken == 1
    assert "is not known" in caplog.text
