"""The requests that are to be sent: which are due, who sends them, and what came of each attempt."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, Self

from action.gates.http import Fetched, GuardedHttpError
from evaluator.db import Store

LONGEST_SAID = 500


@dataclass(frozen=True)
class Request:
    """One round of one student, as it is sent."""

    id: int
    email: str
    endpoint: str
    secret: str = field(repr=False)
    task: str
    round: int
    nonce: str = field(repr=False)
    asked: dict[str, Any] = field(repr=False)

    def body(self, evaluation_url: str) -> dict[str, Any]:
        """Return the JSON that is POSTed."""
        named = {name: getattr(self, name) for name in ("email", "secret", "task", "round", "nonce")}
        return {**named, **self.asked, "evaluation_url": evaluation_url}


@dataclass(frozen=True)
class Outbox:
    """`pauses` are the seconds after the first, second ... attempt that failed; after the last one it is given up.

    Nothing is sent after a student's deadline, which is that of the class for whoever has none of their own.
    """

    store: Store
    pauses: Sequence[float]
    now: Callable[[], float]

    def due(self) -> list[int]:
        """Return the ids of the requests that are to be sent now, the longest waiting first."""
        now = self.now()
        found = self.store.rows(
            "SELECT id FROM unsent WHERE next_attempt_at <= ? AND coalesce(deadline, class_deadline()) > ?"
            " ORDER BY next_attempt_at, id",
            *(now, now),
        )
        return [int(row["id"]) for row in found]

    def next_at(self) -> float | None:
        """Return when the next request is due, None when none is left."""
        found = self.store.rows(
            "SELECT min(next_attempt_at) AS at FROM unsent"
            " WHERE coalesce(deadline, class_deadline()) > next_attempt_at",
        )
        return None if found[0]["at"] is None else float(found[0]["at"])

    def retry_now(self) -> int:
        """Let everything that was not accepted be sent at once, as often as ever; return how many that are."""
        with self.store.change() as connection:
            return connection.execute(
                "UPDATE requests SET failures = 0, next_attempt_at = ? WHERE id IN (SELECT id FROM unsent)",
                (self.now(),),
            ).rowcount

    def read(self, request: int) -> Request:
        """Return a request with everything that is sent."""
        (row,) = self.store.rows(
            "SELECT r.id, s.email, s.endpoint, s.secret, r.task, r.round, r.nonce, r.body"
            " FROM requests r JOIN students s ON s.id = r.student WHERE r.id = ?",
            request,
        )
        values = dict(row)
        return Request(asked=json.loads(values.pop("body")), **values)

    def begin(self, request: int) -> int | None:
        """Record that an attempt begins and return its id; None when there is nothing to send any more.

        Until it ends the request stays due: should the program be stopped in between, it is sent again, with the same
        nonce. Whoever was given up before is waited for again.
        """
        now = self.now()
        with self.store.change() as connection:
            is_due = connection.execute(
                "UPDATE requests SET sent_at = ?, checked_at = NULL WHERE id = ? AND id IN (SELECT id FROM unsent"
                " WHERE next_attempt_at <= ? AND coalesce(deadline, class_deadline()) > ?)",
                (now, request, now, now),
            ).rowcount
            if not is_due:
                return None
            return connection.execute(
                "INSERT INTO attempts (request, began_at) VALUES (?, ?)", (request, now)
            ).lastrowid

    def end(self, request: int, attempt: int, status: int | None, said: str) -> None:
        """Record what came of an attempt: accepted, to be sent again, or given up."""
        now = self.now()
        with self.store.change() as connection:
            connection.execute(
                "UPDATE attempts SET seconds = ? - began_at, status = ?, said = ? WHERE id = ?",
                (now, status, said[:LONGEST_SAID], attempt),
            )
            if status == 200:
                connection.execute(
                    "UPDATE requests SET accepted_at = ?, next_attempt_at = NULL, checked_at = NULL WHERE id = ?",
                    (now, request),
                )
                return
            failures = int(
                connection.execute("SELECT failures FROM requests WHERE id = ?", (request,)).fetchone()["failures"]
            )
            again = now + self.pauses[failures] if failures < len(self.pauses) else None
            connection.execute(
                "UPDATE requests SET failures = failures + 1, next_attempt_at = ? WHERE id = ?", (again, request)
            )


LONGEST_ANSWER = 300
TLS_FAILED = "its TLS certificate is not valid for this host, or no TLS is spoken there"


class HttpDoor(Protocol):
    """POSTs JSON to an address that a stranger named."""

    def post_json(self, url: str, body: Any, *, timeout_s: float) -> Fetched: ...


@dataclass(frozen=True)
class Sender:
    """`evaluation_url` is where callbacks shall go."""

    outbox: Outbox
    http: HttpDoor
    evaluation_url: str
    seconds_for_answer: float

    def send(self, request_id: int) -> None:
        """Send a request once, and record what came of it."""
        request = self.outbox.read(request_id)
        attempt = self.outbox.begin(request_id)
        if attempt is None:
            return
        status, said = self.post(request)
        self.outbox.end(request_id, attempt, status, said)

    def post(self, request: Request) -> tuple[int | None, str]:
        """Return the status, None when there was no answer, and words for people. The secret is never among them."""
        try:
            answer = self.http.post_json(
                request.endpoint, request.body(self.evaluation_url), timeout_s=self.seconds_for_answer
            )
        except GuardedHttpError as error:
            return None, no_answer(error)
        return answer.status, in_words(answer, request.secret)


def no_answer(error: GuardedHttpError) -> str:
    """Return why nothing was answered."""
    reason = TLS_FAILED if "SSLError" in str(error) else str(error)
    return f"No answer: {reason}."


def in_words(answer: Fetched, secret: str) -> str:
    """Return an answer in one line, without the secret, should the endpoint have repeated it."""
    text = " ".join(answer.body[: 20 * LONGEST_ANSWER].decode(errors="replace").split()).replace(secret, "***")
    text = "".join(character for character in text if character.isprintable())
    return f"{answer.status} {phrase(answer.status)}: {text[:LONGEST_ANSWER]}".rstrip(": ")


def phrase(status: int) -> str:
    """Return what a status means."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


class Workers:
    """`work` gets the id of a row. Use it as a context manager: what has begun is finished, what waits is dropped."""

    def __init__(self, count: int, work: Callable[[int], None], name: str) -> None:
        self._work = work
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._under_way: dict[int, Future[None]] = {}

    def offer(self, rows: Iterable[int]) -> None:
        """Begin with each row that is not under way."""
        for row in rows:
            if row not in self._under_way:
                self._under_way[row] = self._pool.submit(self._work, row)

    def take_finished(self) -> list[tuple[int, BaseException | None]]:
        """Return the rows that are finished since the last time, with the error of each that failed."""
        finished = [(row, future) for row, future in self._under_way.items() if future.done()]
        for row, _ in finished:
            del self._under_way[row]
        return [(row, future.exception()) for row, future in finished]

    @property
    def busy(self) -> int:
        """How many rows are under way or wait for a thread."""
        return len(self._under_way)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
