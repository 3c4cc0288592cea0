"""A class of two in a temporary folder, with a clock that only moves when a test moves it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.evaluator.gradebook import Gradebook
from embedded.evaluator.inbox import Inbox
from embedded.evaluator.outbox import Outbox, Request
from embedded.evaluator.roster import Roster
from embedded.evaluator.store import Store
from embedded.evaluator.students import Student
from embedded.evaluator.task_book import TaskBook

SHA = "0123456789abcdef0123456789abcdef01234567"
BRIEF = "Publish a page that shows how many birds were counted this year, in an element with the id birds, plain."
TEMPLATE = f"""
id: bird-count
kind: single page
about: An example for the tests of the evaluator.
variables:
  larks: {{between: [3, 900000]}}
rounds:
- brief: {BRIEF}
  attachments: [{{name: birds.csv, text: "bird,number\\nlark,${{larks}}\\n"}}]
  checks: ["js: document.title === \\"Birds ${{larks}}\\"", notes.txt exists, The page is a joy to look at]
- brief: {BRIEF} And in round two also all the news.
  checks: ["js: document.title === \\"News\\"", news.html exists, notes.txt contains "lark"]
"""


class Clock:
    """Stands still until somebody sets it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


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


def student(name: str = "ann", **changes: str) -> Student:
    values = {"email": f"{name}@x.example", "endpoint": f"https://{name}.example/api", "secret": f"{name}-secret-value"}
    return Student(**{**values, **changes})


@pytest.fixture
def asked(roster: Roster, outbox: Outbox, book: TaskBook) -> list[Request]:
    """Round 1 of Ann and Bob, not sent yet."""
    roster.add([student("ann"), student("bob")])
    roster.ask_next(book, rounds=2)
    return [outbox.read(request) for request in outbox.due()]


def callback_for(request: Request, **changes: object) -> dict[str, object]:
    """Return what a program of a student calls back."""
    copied = {"email": request.email, "task": request.task, "round": request.round, "nonce": request.nonce}
    place = f"{request.email.partition('@')[0]}/birds"
    urls = {"repo_url": f"https://github.com/{place}", "pages_url": f"https://pages.example/{place}/"}
    return {**copied, **urls, "commit_sha": SHA, **changes}


@pytest.fixture
def send(outbox: Outbox) -> Callable[..., None]:
    """Send a request; the endpoint answers with this status."""

    def sent(request: Request, status: int | None = 200) -> None:
        attempt = outbox.begin(request.id)
        assert attempt
        outbox.end(request.id, attempt, status, str(status))

    return sent
