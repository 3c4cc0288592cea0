"""Counts of a class, by round: what the progress display, `status` and the last words are made of."""

from dataclasses import dataclass

from embedded.evaluator.store import Store

COUNTS = """
    SELECT r.round,
      count(*) AS asked,
      sum(r.accepted_at IS NOT NULL) AS accepted,
      sum(r.accepted_at IS NULL AND r.callback IS NULL AND r.failures > 0 AND r.checked_at IS NULL
        AND r.next_attempt_at IS NOT NULL) AS again,
      sum(r.accepted_at IS NULL AND r.callback IS NULL
        AND (r.next_attempt_at IS NULL OR r.checked_at IS NOT NULL)) AS unreachable,
      sum(r.callback IS NOT NULL) AS called_back,
      coalesce(sum(c.is_late), 0) AS late,
      sum(r.accepted_at IS NOT NULL AND r.callback IS NULL AND r.checked_at IS NOT NULL) AS silent,
      sum(r.callback IS NOT NULL AND r.checked_at IS NOT NULL) AS checked
    FROM requests r LEFT JOIN callbacks c ON c.id = r.callback GROUP BY r.round ORDER BY r.round
"""
MARKS = """
    SELECT coalesce(sum(m.state = 'pass'), 0) AS passed, count(*) AS decided,
      coalesce(sum(m.state = 'pass' AND m.origin = 'given'), 0) AS given_passed,
      coalesce(sum(m.origin = 'given'), 0) AS given_decided
    FROM marks m JOIN requests r ON r.id = m.request
    WHERE r.round = ? AND m.origin != 'model' AND m.state IN ('pass', 'fail') AND r.callback IS NOT NULL
"""


@dataclass(frozen=True)
class RoundTally:
    """One round. `again` wait for another attempt; `unreachable` and `silent` are given up."""

    round: int
    asked: int
    accepted: int
    again: int
    unreachable: int
    called_back: int
    late: int
    silent: int
    checked: int
    passed: int
    decided: int
    given_passed: int
    given_decided: int

    @property
    def pass_rate(self) -> str:
        """The share of passed checks among those that a program decided."""
        return f"{self.passed / self.decided:.0%}" if self.decided else ""

    @property
    def given_pass_rate(self) -> str:
        """The same of the given checks alone."""
        return f"{self.given_passed / self.given_decided:.0%}" if self.given_decided else ""


@dataclass(frozen=True)
class Tally:
    """The class as it is now."""

    students: int
    rounds: tuple[RoundTally, ...]
    unclear: int
    refused_callbacks: int

    @property
    def class_size(self) -> str:
        """The number of students in words."""
        return "1 student" if self.students == 1 else f"{self.students} students"

    @property
    def unreachable(self) -> int:
        """How many requests no endpoint accepted, and nobody sends any more."""
        return sum(each.unreachable for each in self.rounds)


def count(store: Store) -> Tally:
    """Count."""
    rounds = []
    for row in store.rows(COUNTS):
        (marks,) = store.rows(MARKS, row["round"])
        rounds.append(RoundTally(**dict(row), **dict(marks)))
    return Tally(
        students=store.number("SELECT count(*) FROM students"),
        rounds=tuple(rounds),
        unclear=store.number("SELECT count(*) FROM marks WHERE state = 'unclear'"),
        refused_callbacks=store.number("SELECT count(*) FROM callbacks WHERE reasons != ''"),
    )
