"""Who is in the class, and the round that each of them is to be asked next."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evaluator.db import Store
from evaluator.errors import StudentsAreWrong
from evaluator.students import Student
from evaluator.task_book import TaskBook

# A deadline in a list counts when it is later than the one that is known, so that no list takes an extension back.
ADD_OR_CORRECT = """
    INSERT INTO students (email, template, endpoint, secret, deadline)
    VALUES (:email, :template, :endpoint, :secret, :deadline)
    ON CONFLICT (email, template) DO UPDATE SET endpoint = excluded.endpoint, secret = excluded.secret,
      deadline = coalesce(max(deadline, excluded.deadline), deadline, excluded.deadline)
    WHERE (endpoint, secret) != (excluded.endpoint, excluded.secret)
      OR excluded.deadline > deadline OR (deadline IS NULL AND excluded.deadline IS NOT NULL)
"""
NEVER_ASKED = """
    SELECT s.id, s.email, s.template, 1 AS round FROM students s
    WHERE coalesce(s.deadline, class_deadline()) > ? AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.student = s.id)
"""
READY_FOR_NEXT = """
    SELECT s.id, s.email, last.template, last.round + 1 AS round
    FROM requests last JOIN students s ON s.id = last.student
    WHERE coalesce(s.deadline, class_deadline()) > ?
      AND last.callback IS NOT NULL AND (last.checked_at IS NOT NULL OR ?) AND last.round < ?
      AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.student = s.id AND r.round = last.round + 1)
"""


class Added(NamedTuple):
    """How a list of students changed the class."""

    new: int
    changed: int


@dataclass(frozen=True)
class Roster:
    """Adds students, and makes the requests that they are due. Sending them is the outbox's."""

    store: Store
    now: Callable[[], float]

    def add(self, students: Sequence[Student]) -> Added:
        """Take over a list. A student who is known gets the new endpoint and secret, and unsent requests go there."""
        with self.store.change() as connection:
            before = self.store.number("SELECT count(*) FROM students")
            touched = [each for each in students if connection.execute(ADD_OR_CORRECT, vars(each)).rowcount]
            for each in touched:
                self._send_again(connection, each.email, each.template)
            new = self.store.number("SELECT count(*) FROM students") - before
        return Added(new, len(touched) - new)

    def _send_again(self, connection: sqlite3.Connection, email: str, template: str | None = None) -> None:
        """Let what was not accepted (of one task) be sent at once, and as often as ever."""
        connection.execute(
            "UPDATE requests SET failures = 0, next_attempt_at = ?"
            " WHERE id IN (SELECT id FROM unsent WHERE student IN"
            " (SELECT id FROM students WHERE email = ? AND template = coalesce(?, template)))",
            (self.now(), email, template),
        )

    def extend(self, email: str, until: float) -> None:
        """Give a student another deadline; what was not accepted so far is sent again. Raises StudentsAreWrong."""
        known = email.lower()
        with self.store.change() as connection:
            if not connection.execute("UPDATE students SET deadline = ? WHERE email = ?", (until, known)).rowcount:
                raise StudentsAreWrong(
                    f"There is no student {email} in this class, so nothing was changed. The address is perhaps "
                    "misspelt; `status` with --failed and summary.csv have those that are known."
                )
            self._send_again(connection, known)

    def ask_next(self, book: TaskBook, *, rounds: int, at_once: bool = False) -> int:
        """Make the request of each student who is due the next round, up to `rounds`; return how many.

        `at_once`: as soon as the callback of the round before is here, and not only when it has been checked.
        """
        due = self.store.rows(NEVER_ASKED, self.now())
        due += self.store.rows(READY_FOR_NEXT, self.now(), at_once, rounds)
        drawn = [(row, book.draw(row["email"], row["template"])) for row in due]
        asked = [(row, task) for row, task in drawn if row["round"] <= len(task.rounds)]
        if asked:
            with self.store.change() as connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO requests (student, round, template, task, nonce, body, next_attempt_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            row["id"],
                            row["round"],
                            task.id,
                            f"{task.id}-{task.seed}",
                            secrets.token_hex(12),
                            json.dumps(task.rounds[row["round"] - 1].as_sent()),
                            self.now(),
                        )
                        for row, task in asked
                    ],
                )
        return len(asked)
