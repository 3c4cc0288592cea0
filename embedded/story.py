"""How the demo speaks: live progress on a terminal, plain lines elsewhere, and the story at the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from embedded.follow import Phase, Snapshot

SIGNS = {"success": ("✓", "green"), "failure": ("✗", "red"), "cancelled": ("✗", "red"), "skipped": ("-", "dim")}


@dataclass
class Progress:
    """Shows the phases of one build as they happen, and remembers how long each took as seen from here."""

    console: Console
    started: float = field(default_factory=time.monotonic)
    seen: dict[tuple[str, str], float] = field(default_factory=dict)
    took: dict[tuple[str, str], float] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        """Draw on the terminal while the build goes on."""
        if not self.console.is_terminal:
            yield self
            return
        with Live(get_renderable=self.drawing, console=self.console, refresh_per_second=10) as self.live:
            yield self

    def update(self, snapshot: Snapshot) -> None:
        """Take in what the run's page says now."""
        self.phases = snapshot.phases
        for phase in snapshot.phases:
            self.time(phase, (phase.job, phase.name))

    def time(self, phase: Phase, key: tuple[str, str]) -> None:
        """Measure a phase between the first look at it and the first look after it."""
        moment = time.monotonic()
        if phase.status == "in_progress" or phase.is_over:
            self.seen.setdefault(key, moment)
        if phase.is_over and key not in self.took:
            self.took[key] = max(moment - self.seen[key], phase.seconds or 0)
            if self.live is None:
                self.console.print(
                    f"  {SIGNS.get(phase.conclusion or '', ('?', ''))[0]} {self.line(phase)}",
                    highlight=False,
                    markup=False,
                )

    def line(self, phase: Phase) -> str:
        """Return a phase in words."""
        took = self.took.get((phase.job, phase.name))
        return f"{phase.name}{'' if took is None else f'  {took:.1f} s'}"

    def drawing(self) -> RenderableType:
        """Return what the terminal shows now."""
        waiting = Spinner("dots", text=f" waiting for the run … {time.monotonic() - self.started:.0f} s")
        return Group(*(self.drawn(phase) for phase in self.phases)) if self.phases else waiting

    def drawn(self, phase: Phase) -> RenderableType:
        """Return one phase, drawn."""
        if phase.status == "in_progress":
            return Spinner("dots", text=f" {phase.name}")
        sign, style = SIGNS.get(phase.conclusion or "", ("·", "dim"))
        return Text(f"{sign} {self.line(phase)}", style=style)


@dataclass(frozen=True)
class Chapter:
    """What came of one round."""

    round: int
    seconds: float
    timeline: list[tuple[str, float]]
    links: dict[str, str]
    callback: dict[str, Any]
    verdict: str
    problem: str | None = None


def tell(console: Console, chapters: list[Chapter]) -> None:
    """Print the story of all rounds."""
    for chapter in chapters:
        console.rule(f"Round {chapter.round}", align="left")
        console.print(f"  ✓ {chapter.verdict}", style="green", soft_wrap=True, highlight=False)
        console.print(timeline_of(chapter))
        for name, link in chapter.links.items():
            console.print(f"  {name:<11} {escape(link)}", soft_wrap=True, highlight=False)
        console.print("  callback    as the evaluation server received it:", highlight=False)
        console.print_json(data=chapter.callback)


def timeline_of(chapter: Chapter) -> Table:
    """Return the phases with their seconds."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, seconds in chapter.timeline:
        table.add_row(name, f"{seconds:.1f} s")
    table.add_row("from the request to the end of the run", f"{chapter.seconds:.1f} s", style="bold")
    return table
