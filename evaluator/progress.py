"""How the evaluator speaks: a live table on a terminal, a line now and then elsewhere, counts by round."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from evaluator.course import Classroom
from evaluator.db import Store

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


SECONDS_BETWEEN_LINES = 5.0
LINES = (
    "asked",
    "accepted",
    "to be sent again",
    "never accepted",
    "called back",
    "called back late",
    "silent",
    "checked",
    "of the checks passed",
    "of the given checks passed",
)


@dataclass
class Progress:
    """Shows the counts of a class while somebody works on it."""

    classroom: Classroom
    console: Console
    clock: Callable[[], float] = time.monotonic
    _live: Live | None = None
    _last: str = ""
    _at: float = field(default=float("-inf"))

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        """Keep the table on the terminal up to date; it stays there in the end."""
        if not self.console.is_terminal:
            yield self
            return
        with Live(console=self.console, auto_refresh=False) as self._live:
            yield self
        self._live = None

    def show(self, sending: int, checking: int) -> None:
        """Show the counts now."""
        tally = count(self.classroom.store)
        if self._live:
            self._live.update(table(tally, caption(self.classroom, sending, checking)), refresh=True)
            return
        line = in_one_line(tally)
        is_over = not sending and not checking
        if line != self._last and (is_over or self.clock() - self._at >= SECONDS_BETWEEN_LINES):
            self._last, self._at = line, self.clock()
            self.console.print(line, highlight=False, soft_wrap=True)

    def stopping(self, under_way: int) -> None:
        """Say why the end takes a moment, and that nothing is lost."""
        wait = f"The answers to {under_way} requests are waited for. " if under_way else ""
        self.console.print(f"Stopping. {wait}Nothing is lost.", highlight=False)


def table(tally: Tally, below: str = "") -> Table:
    """Return the counts as a table, one column for each round."""
    shown = Table(box=box.SIMPLE_HEAD, caption=below or None, caption_justify="left")
    shown.add_column(tally.class_size)
    for each in tally.rounds:
        shown.add_column(f"round {each.round}", justify="right")
    for name, *counts in zip(LINES, *map(values, tally.rounds), strict=True) if tally.rounds else ():
        shown.add_row(name, *counts)
    return shown


def values(each: RoundTally) -> tuple[str, ...]:
    """Return what stands in the lines; nothing for nothing, except where that is worth knowing."""
    counts = (each.accepted, each.again, each.unreachable, each.called_back, each.late, each.silent, each.checked)
    return (str(each.asked), *(str(number or "") for number in counts), each.pass_rate, each.given_pass_rate)


def in_one_line(tally: Tally) -> str:
    """Return the counts for a log."""
    rounds = (
        f"round {each.round}: "
        + ", ".join(f"{value} {name}" for name, value in zip(LINES, values(each), strict=True) if value)
        for each in tally.rounds
    )
    return " | ".join(rounds) or f"{tally.class_size}, nothing sent yet"


def caption(classroom: Classroom, sending: int, checking: int) -> str:
    """Return what is going on now."""
    parts = [f"{number} being {what}" for number, what in ((sending, "sent"), (checking, "checked")) if number]
    next_at = classroom.outbox.next_at()
    if next_at is not None and next_at > classroom.now():
        parts.append(f"the next attempt is at {datetime.fromtimestamp(next_at).astimezone():%H:%M}")
    return "; ".join(parts) or "waiting for callbacks. Ctrl-C stops; the same command goes on from here"
