"""Who is in the class, and the round that each of them is to be asked next."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluator.db import Store
from evaluator.deadlines import NEVER
from evaluator.errors import StudentsAreWrong
from evaluator.students import Student
from evaluator.task_book import TaskBook

NEVER_ASKED = """
    SELECT s.id, s.email, s.template, 1 AS round FROM students s
    WHERE coalesce(s.deadline, ?) > ? AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.student = s.id)
"""
READY_FOR_NEXT = """
    SELECT s.id, s.email, last.template, last.round + 1 AS round
    FROM requests last JOIN students s ON s.id = last.student
    WHERE coalesce(s.deadline, ?) > ?
      AND last.callback IS NOT NULL AND (last.checked_at IS NOT NULL OR ?) AND last.round < ?
      AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.student = s.id AND r.round = last.round + 1)
"""


@dataclass(frozen=True)
class Added:
    """How a list of students changed the class."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class Roster:
    """Adds students, and makes the requests that they are due. Sending them is the outbox's.

    `deadline` is that of the class; a student's own goes before it.
    """

    def __init__(self, store: Store, now: Callable[[], float], deadline: float = NEVER) -> None:
        self._store = store
        self._now = now
        self._deadline = deadline

    def add(self, students: Sequence[Student]) -> Added:
        """Take over a list. A student who is known gets the new endpoint and secret, and unsent requests go there.

        A deadline in it counts when it is later than the one they have, so that no list takes an extension back.
        """
        new = changed = 0
        with self._store.change() as connection:
            for student in students:
                known = connection.execute(
                    "SELECT id, endpoint, secret, deadline FROM students WHERE email = ? AND template = ?",
                    (student.email, student.template),
                ).fetchone()
                if known is None:
                    connection.execute(
                        "INSERT INTO students (email, template, endpoint, secret, deadline) VALUES (?, ?, ?, ?, ?)",
                        (student.email, student.template, student.endpoint, student.secret, student.deadline),
                    )
                    new += 1
                elif is_other(known, student):
                    self._correct(connection, int(known["id"]), student)
                    changed += 1
        return Added(new, changed, len(students) - new - changed)

    def _correct(self, connection: sqlite3.Connection, student: int, corrected: Student) -> None:
        connection.execute(
            "UPDATE students SET endpoint = ?, secret = ?,"
            " deadline = coalesce(max(deadline, ?), deadline, ?) WHERE id = ?",  # max of nothing and a time is nothing
            (corrected.endpoint, corrected.secret, corrected.deadline, corrected.deadline, student),
        )
        self._send_again(connection, student)

    def _send_again(self, connection: sqlite3.Connection, student: int) -> None:
        """Let what was not accepted be sent at once, and as often as ever."""
        connection.execute(
            "UPDATE requests SET failures = 0, next_attempt_at = ?"
            " WHERE id IN (SELECT id FROM unsent WHERE student = ?)",
            (self._now(), student),
        )

    def extend(self, email: str, until: float) -> None:
        """Give a student another deadline; what was not accepted so far is sent again. Raises StudentsAreWrong."""
        known = self._store.rows("SELECT id FROM students WHERE email = ?", email.lower())
        if not known:
            raise StudentsAreWrong(
                f"There is no student {email} in this class, so nothing was changed. The address is perhaps misspelt; "
                "`status` with --failed and summary.csv have those that are known."
            )
        with self._store.change() as connection:
            for row in known:
                connection.execute("UPDATE students SET deadline = ? WHERE id = ?", (until, row["id"]))
                self._send_again(connection, int(row["id"]))

    def ask_next(self, book: TaskBook, *, rounds: int, at_once: bool = False) -> int:
        """Make the request of each student who is due the next round, up to `rounds`; return how many.

        `at_once`: as soon as the callback of the round before is here, and not only when it has been checked.
        """
        due = self._store.rows(NEVER_ASKED, self._deadline, self._now())
        due += self._store.rows(READY_FOR_NEXT, self._deadline, self._now(), at_once, rounds)
        drawn = [(row, book.draw(row["email"], row["template"])) for row in due]
        asked = [(row, task) for row, task in drawn if row["round"] <= len(task.rounds)]
        if asked:
            with self._store.change() as connection:
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
                            self._now(),
                        )
                        for row, task in asked
                    ],
                )
        return len(asked)


def is_other(known: sqlite3.Row, student: Student) -> bool:
    """Whether a line of a list changes what is known."""
    before, now = known["deadline"], student.deadline
    is_later = now is not None and (before is None or now > before)
    return is_later or (known["endpoint"], known["secret"]) != (student.endpoint, student.secret)
