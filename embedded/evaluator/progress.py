"""How the evaluator speaks: a live table on a terminal, a line now and then elsewhere, and what to do next."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from embedded.evaluator.classroom import Classroom
from embedded.evaluator.tally import RoundTally, Tally, count

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
