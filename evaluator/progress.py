"""How the evaluator speaks: a live table on a terminal, a line now and then elsewhere, counts by round."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from evaluator.course import Classroom
from evaluator.db import Store

# One row for each round. Those who `wait` get another attempt; `never` and `silent` are given up.
COUNTS = """
    SELECT r.round,
      count(*) AS asked,
      sum(r.accepted_at IS NOT NULL) AS accepted,
      sum(r.accepted_at IS NULL AND r.callback IS NULL AND r.failures > 0 AND r.checked_at IS NULL
        AND r.next_attempt_at IS NOT NULL) AS wait,
      sum(r.accepted_at IS NULL AND r.callback IS NULL
        AND (r.next_attempt_at IS NULL OR r.checked_at IS NOT NULL)) AS never,
      sum(r.callback IS NOT NULL) AS called_back,
      coalesce(sum(c.is_late), 0) AS late,
      sum(r.accepted_at IS NOT NULL AND r.callback IS NULL AND r.checked_at IS NOT NULL) AS silent,
      sum(r.callback IS NOT NULL AND r.checked_at IS NOT NULL) AS checked,
      sum(m.passed) AS passed, sum(m.decided) AS decided,
      sum(m.given_passed) AS given_passed, sum(m.given_decided) AS given_decided
    FROM requests r LEFT JOIN callbacks c ON c.id = r.callback
    LEFT JOIN (
      SELECT request, sum(state = 'pass') AS passed, count(*) AS decided,
        sum(state = 'pass' AND origin = 'given') AS given_passed, sum(origin = 'given') AS given_decided
      FROM marks WHERE origin != 'model' AND state IN ('pass', 'fail') GROUP BY request
    ) m ON m.request = r.id AND r.callback IS NOT NULL
    GROUP BY r.round ORDER BY r.round
"""
LINES = {  # what is shown of a row: its words and its column
    "asked": "asked",
    "accepted": "accepted",
    "to be sent again": "wait",
    "never accepted": "never",
    "called back": "called_back",
    "called back late": "late",
    "silent": "silent",
    "checked": "checked",
}
SHARES = {
    "of the checks passed": ("passed", "decided"),
    "of the given checks passed": ("given_passed", "given_decided"),
}


@dataclass(frozen=True)
class Tally:
    """The class as it is now."""

    students: int
    rounds: Sequence[sqlite3.Row]
    unclear: int

    @property
    def class_size(self) -> str:
        """The number of students in words."""
        return "1 student" if self.students == 1 else f"{self.students} students"


def count(store: Store) -> Tally:
    """Count."""
    return Tally(
        students=store.number("SELECT count(*) FROM students"),
        rounds=store.rows(COUNTS),
        unclear=store.number("SELECT count(*) FROM marks WHERE state = 'unclear'"),
    )


SECONDS_BETWEEN_LINES = 5.0


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
        shown.add_column(f"round {each['round']}", justify="right")
    for lines in zip(*map(lines_of, tally.rounds), strict=True):
        shown.add_row(lines[0][0], *(value for _, value in lines))
    return shown


def lines_of(row: sqlite3.Row) -> list[tuple[str, str]]:
    """Return the lines of a round; nothing for nothing, except where that is worth knowing."""
    counts = [(name, str(row[column] or "")) for name, column in LINES.items()]
    shares = [(name, f"{row[part] / row[all_]:.0%}" if row[all_] else "") for name, (part, all_) in SHARES.items()]
    return counts + shares


def in_one_line(tally: Tally) -> str:
    """Return the counts for a log."""
    rounds = (
        f"round {row['round']}: " + ", ".join(f"{value} {name}" for name, value in lines_of(row) if value)
        for row in tally.rounds
    )
    return " | ".join(rounds) or f"{tally.class_size}, nothing sent yet"


def caption(classroom: Classroom, sending: int, checking: int) -> str:
    """Return what is going on now."""
    parts = [f"{number} being {what}" for number, what in ((sending, "sent"), (checking, "checked")) if number]
    next_at = classroom.outbox.next_at()
    if next_at is not None and next_at > classroom.now():
        parts.append(f"the next attempt is at {datetime.fromtimestamp(next_at).astimezone():%H:%M}")
    return "; ".join(parts) or "waiting for callbacks. Ctrl-C stops; the same command goes on from here"
