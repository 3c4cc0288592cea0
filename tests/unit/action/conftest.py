"""What the tests of the action share: a request, a record, a clock that only moves when something sleeps."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import responses

from action.console import Console
from action.deadline import Deadline
from action.record import BuildRecord, Publication
from receiver.task import BuildRequest, Task

NOW = datetime(2026, 11, 20, 5, 36, 22, tzinfo=UTC)
BUILD_ID, TASK_KEY = "b" * 20, "c0ffee" + "d" * 14


class Clock:
    """Time stands still except while something sleeps."""

    def __init__(self) -> None:
        self.time = NOW.timestamp()
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deadline(clock: Clock) -> Deadline:
    return Deadline(NOW, clock=clock)


@pytest.fixture
def log() -> StringIO:
    return StringIO()


@pytest.fixture
def console(log: StringIO) -> Console:
    return Console(log)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """GitHub's API: unknown requests fail, and so do expected ones that never came."""
    with responses.RequestsMock() as mock:
        yield mock


def make_request(**changes: Any) -> BuildRequest:
    task = {
        "email": "student@example.org",
        "task": "sum-of-sales",
        "round": 1,
        "nonce": "nonce-4711-abcd",
        "brief": "Add the numbers of data.csv.",
        "checks": [],
        "evaluation_url": "https://evaluation.example.org/notify",
        "attachments": [{"name": "data.csv", "url": "data:text/csv;base64,YSxiDQoxLDINCg=="}],
        **changes,
    }
    return BuildRequest(build_id=BUILD_ID, task_key=TASK_KEY, received_at=NOW, task=Task.model_validate(task))


@pytest.fixture
def request_() -> BuildRequest:
    return make_request()


@pytest.fixture
def publication() -> Publication:
    return Publication(
        repository="owner/sum-of-sales-c0ffee",
        repo_url="https://github.example/owner/sum-of-sales-c0ffee",
        branch="main",
        pages_url="https://owner.pages.example/sum-of-sales-c0ffee/",
        commit_sha="1" * 40,
        files=4,
    )


@pytest.fixture
def record() -> BuildRecord:
    return BuildRecord(build_id=BUILD_ID, task_key=TASK_KEY, round=1, received_at=NOW)
