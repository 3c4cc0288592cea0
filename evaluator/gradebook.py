"""What is to be checked and when, and the marks that came of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from evaluator.db import Store
from evaluator.deadlines import NEVER, shown_moment
from evaluator.marks import Mark, bounded, failed, passed

ACCEPTED = "The endpoint answered 200"
CALLED_BACK = "The callback came in time"
BROKEN = "This submission can be checked"


@dataclass(frozen=True)
class Submission:
    """What a student handed in for one round, and what is needed to judge it."""

    id: int
    callback: int
    email: str
    secret: str = field(repr=False)
    task: str
    round: int
    nonce: str = field(repr=False)
    asked: dict[str, Any] = field(repr=False)
    first_sent_at: float
    sent_at: float
    accepted: bool
    received_at: float
    is_late: bool
    repo_url: str
    commit_sha: str
    pages_url: str
    is_superseded: bool  # a later round of the same student is there, so the page shows that one
    deadline: float = NEVER


@dataclass(frozen=True)
class Gradebook:
    """`seconds_until_given_up` go from the last attempt until nobody waits for a callback any more."""

    store: Store
    seconds_until_given_up: float
    now: Callable[[], float]

    def due(self) -> list[int]:
        """Return the ids of the requests whose callback is to be checked now."""
        found = self.store.rows(
            "SELECT id FROM requests WHERE callback IS NOT NULL AND checked_at IS NULL AND check_at <= ?"
            " ORDER BY check_at, id",
            self.now(),
        )
        return [int(row["id"]) for row in found]

    def unchecked(self) -> int:
        """Return how many callbacks are to be checked, now or later."""
        return self.store.number("SELECT count(*) FROM requests WHERE callback IS NOT NULL AND checked_at IS NULL")

    def unfinished(self) -> int:
        """Return how many requests have no complete marks yet."""
        return self.store.number("SELECT count(*) FROM requests WHERE checked_at IS NULL")

    def read(self, request: int) -> Submission:
        """Return what was handed in for a request that has a callback."""
        (row,) = self.store.rows(
            "SELECT r.id, r.callback, s.email, s.secret, r.task, r.round, r.nonce, r.body, r.sent_at,"
            " r.accepted_at IS NOT NULL AS accepted, c.received_at, c.is_late, c.repo_url, c.commit_sha, c.pages_url,"
            " (SELECT min(began_at) FROM attempts a WHERE a.request = r.id) AS first_sent_at,"
            " r.id IN (SELECT id FROM superseded) AS is_superseded, coalesce(s.deadline, class_deadline()) AS deadline"
            " FROM requests r JOIN students s ON s.id = r.student JOIN callbacks c ON c.id = r.callback WHERE r.id = ?",
            request,
        )
        values = dict(row)
        values |= {name: bool(values[name]) for name in ("accepted", "is_late", "is_superseded")}
        return Submission(asked=json.loads(values.pop("body")), **values)

    def earlier(self, request: int) -> list[Submission]:
        """Return what the same student handed in for the rounds before, oldest first."""
        found = self.store.rows(
            "SELECT e.id FROM requests e JOIN requests r ON r.student = e.student AND e.round < r.round"
            " WHERE r.id = ? AND e.callback IS NOT NULL ORDER BY e.round",
            request,
        )
        return [self.read(int(row["id"])) for row in found]

    def postpone(self, request: int, seconds: float) -> None:
        """Look again later: the page is not there yet."""
        with self.store.change() as connection:
            connection.execute("UPDATE requests SET check_at = ? WHERE id = ?", (self.now() + seconds, request))

    def save(self, request: int, callback: int | None, marks: Sequence[Mark]) -> None:
        """Put these marks in the place of earlier ones, unless another callback has come meanwhile."""
        now = self.now()
        with self.store.change() as connection:
            is_current = connection.execute(
                "UPDATE requests SET checked_at = ? WHERE id = ? AND callback IS ?", (now, request, callback)
            ).rowcount
            if not is_current:
                return
            connection.execute("DELETE FROM marks WHERE request = ?", (request,))
            connection.executemany(
                'INSERT INTO marks (request, number, origin, "check", state, reason, evidence, marked_at)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(request, number, *astuple(bounded(mark)), now) for number, mark in enumerate(marks, start=1)],
            )

    def give_up(self) -> int:
        """Stop waiting for those from whom nothing will come any more; return how many these are.

        That is: nothing is sent to them any more, or they accepted the request and no callback came in all this time.
        """
        now = self.now()
        with self.store.change() as connection:
            return connection.execute(
                "UPDATE requests SET checked_at = ? WHERE checked_at IS NULL AND (id IN"
                " (SELECT id FROM unsent WHERE next_attempt_at IS NULL"
                " OR coalesce(deadline, class_deadline()) <= max(?, next_attempt_at))"
                " OR (accepted_at IS NOT NULL AND callback IS NULL AND sent_at < ?))",
                (now, now, now - self.seconds_until_given_up),
            ).rowcount

    def check_again(self, email: str = "", round_number: int = 0) -> int:
        """Let what was checked be checked once more (of one student, of one round); return how many that are.

        A round whose page shows a later one by now keeps its marks.
        """
        with self.store.change() as connection:
            return connection.execute(
                "UPDATE requests SET checked_at = NULL, check_at = ?"
                " WHERE callback IS NOT NULL AND id NOT IN (SELECT id FROM superseded)"
                " AND (? IN ('', (SELECT email FROM students s WHERE s.id = student))) AND (? IN (0, round))",
                (self.now(), email.lower(), round_number),
            ).rowcount

    def judge_protocol_again(self, email: str = "") -> None:
        """Mark anew how (one student's) endpoints kept to the protocol, since a deadline is another one."""
        rows = self.store.rows(
            "SELECT r.id FROM requests r JOIN students s ON s.id = r.student"
            " WHERE ? IN ('', s.email) AND r.callback IS NOT NULL AND r.checked_at IS NOT NULL",
            email.lower(),
        )
        marks = [{"request": row["id"], **vars(mark)} for row in rows for mark in protocol_marks(self.read(row["id"]))]
        with self.store.change() as connection:
            connection.executemany(
                "UPDATE marks SET state = :state, reason = :reason, evidence = :evidence"
                ' WHERE request = :request AND "check" = :check',
                marks,
            )


def protocol_marks(handed_in: Submission) -> list[Mark]:
    """Return the marks for how the endpoint kept to the protocol."""
    accepted = (
        passed("protocol", ACCEPTED)
        if handed_in.accepted
        else failed("protocol", ACCEPTED, "a callback came, but the request was not answered with 200")
    )
    seconds = handed_in.received_at - handed_in.sent_at
    evidence = f"{seconds:.0f} s after the request"
    if not handed_in.is_late:
        return [accepted, passed("protocol", CALLED_BACK, evidence)]
    reason = "the callback came late"
    if handed_in.received_at > handed_in.deadline:
        reason = f"the callback came after the deadline ({shown_moment(handed_in.deadline)})"
    return [accepted, failed("protocol", CALLED_BACK, reason, evidence)]
