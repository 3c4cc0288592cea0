"""A class of two in a temporary folder, with a clock that only moves when a test moves it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluator.callbacks import Inbox
from evaluator.db import Store
from evaluator.gradebook import Gradebook
from evaluator.outcomes import Outcomes
from evaluator.queue import Outbox, Request
from evaluator.roster import Roster
from evaluator.settings import Weights
from evaluator.task_book import TaskBook
from tests.unit.evaluator.doubles import TEMPLATE, Clock, student


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "bird-count.yaml").write_text(TEMPLATE)
    (folder / "tree-count.yaml").write_text(TEMPLATE.replace("id: bird-count", "id: tree-count"))
    return folder


@pytest.fixture
def book(templates: Path) -> TaskBook:
    return TaskBook(templates, ["bird-count"], "a seed")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "evaluator.sqlite3")
    yield store
    store.close()


@pytest.fixture
def roster(store: Store, clock: Clock) -> Roster:
    return Roster(store, clock)


@pytest.fixture
def outbox(store: Store, clock: Clock) -> Outbox:
    return Outbox(store, [60, 180], clock)


@pytest.fixture
def inbox(store: Store, clock: Clock) -> Inbox:
    return Inbox(store, 600, clock)


@pytest.fixture
def gradebook(store: Store, clock: Clock) -> Gradebook:
    return Gradebook(store, 3600, clock)


@pytest.fixture
def outcomes(store: Store, clock: Clock) -> Outcomes:
    return Outcomes(store, Weights(), clock)


@pytest.fixture
def asked(roster: Roster, outbox: Outbox, book: TaskBook) -> list[Request]:
    """Round 1 of Ann and Bob, not sent yet."""
    roster.add([student("ann"), student("bob")])
    roster.ask_next(book, rounds=2)
    return [outbox.read(request) for request in outbox.due()]


@pytest.fixture
def send(outbox: Outbox) -> Callable[..., None]:
    """Send a request; the endpoint answers with this status."""

    def sent(request: Request, status: int | None = 200) -> None:
        attempt = outbox.begin(request.id)
        assert attempt
        outbox.end(request.id, attempt, status, str(status))

    return sent
