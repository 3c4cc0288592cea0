"""The requests that are to be sent: which are due, and what came of each attempt."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded.evaluator.deadlines import NEVER
from embedded.evaluator.store import Store

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
        return {
            "email": self.email,
            "secret": self.secret,
            "task": self.task,
            "round": self.round,
            "nonce": self.nonce,
            **self.asked,
            "evaluation_url": evaluation_url,
        }


class Outbox:
    """`pauses` are the seconds after the first, second ... attempt that failed; after the last one it is given up.

    Nothing is sent after a student's deadline, which is that of the class for whoever has none of their own.
    """

    def __init__(
        self, store: Store, pauses: Sequence[float], now: Callable[[], float], deadline: float = NEVER
    ) -> None:
        self._store = store
        self._deadline = deadline
        self._pauses = tuple(pauses)
        self._now = now

    def due(self) -> list[int]:
        """Return the ids of the requests that are to be sent now, the longest waiting first."""
        found = self._store.rows(
            "SELECT id FROM unsent WHERE next_attempt_at <= ? AND coalesce(deadline, ?) > ?"
            " ORDER BY next_attempt_at, id",
            *(self._now(), self._deadline, self._now()),
        )
        return [int(row["id"]) for row in found]

    def next_at(self) -> float | None:
        """Return when the next request is due, None when none is left."""
        found = self._store.rows(
            "SELECT min(next_attempt_at) AS at FROM unsent WHERE coalesce(deadline, ?) > next_attempt_at",
            self._deadline,
        )
        return None if found[0]["at"] is None else float(found[0]["at"])

    def retry_now(self) -> int:
        """Let everything that was not accepted be sent at once, as often as ever; return how many that are."""
        with self._store.change() as connection:
            return connection.execute(
                "UPDATE requests SET failures = 0, next_attempt_at = ? WHERE id IN (SELECT id FROM unsent)",
                (self._now(),),
            ).rowcount

    def read(self, request: int) -> Request:
        """Return a request with everything that is sent."""
        (row,) = self._store.rows(
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
        now = self._now()
        with self._store.change() as connection:
            is_due = connection.execute(
                "UPDATE requests SET sent_at = ?, checked_at = NULL WHERE id ="
                " (SELECT id FROM unsent WHERE id = ? AND next_attempt_at <= ? AND coalesce(deadline, ?) > ?)",
                (now, request, now, self._deadline, now),
            ).rowcount
            if not is_due:
                return None
            return connection.execute(
                "INSERT INTO attempts (request, began_at) VALUES (?, ?)", (request, now)
            ).lastrowid

    def end(self, request: int, attempt: int, status: int | None, said: str) -> None:
        """Record what came of an attempt: accepted, to be sent again, or given up."""
        now = self._now()
        with self._store.change() as connection:
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
            again = now + self._pauses[failures] if failures < len(self._pauses) else None
            connection.execute(
                "UPDATE requests SET failures = failures + 1, next_attempt_at = ? WHERE id = ?", (again, request)
            )
