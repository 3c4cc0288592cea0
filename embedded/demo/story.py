"""How the demo speaks: live progress on a terminal, plain lines elsewhere, and what came of each round."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.text import Text

from embedded.demo.follow import Attempt, Phase, Snapshot

SIGNS = {"success": ("✓", "green"), "failure": ("✗", "red"), "cancelled": ("✗", "red"), "skipped": ("-", "dim")}
PLUMBING = ("Check out the code", "Hand ", "Take ", "Keep ")  # between jobs; shown only when it fails
INDENT = " " * 14


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
        self.phases = tuple(phase for phase in snapshot.phases if is_worth_a_line(phase))
        for phase in self.phases:
            self.time(phase, (phase.job, phase.name))

    def time(self, phase: Phase, key: tuple[str, str]) -> None:
        """Measure a phase between the first look at it and the first look after it."""
        moment = time.monotonic()
        if phase.status == "in_progress" or phase.is_over:
            self.seen.setdefault(key, moment)
        if phase.is_over and key not in self.took:
            self.took[key] = max(moment - self.seen[key], phase.seconds or 0)
            if self.live is None:
                sign = SIGNS.get(phase.conclusion or "", ("?", ""))[0]
                self.console.print(f"  {sign} {self.line(phase)}", highlight=False, markup=False)

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
        return Text(f"  {sign} {self.line(phase)}", style=style)


def is_worth_a_line(phase: Phase) -> bool:
    """Whether a phase belongs to the story."""
    return phase.conclusion == "failure" or not phase.name.startswith(PLUMBING)


@dataclass(frozen=True)
class Chapter:
    """What came of one round."""

    seconds: float
    attempts: list[Attempt]
    links: dict[str, str]
    callback: dict[str, Any]
    verdict: str
    problem: str | None = None


def announce(console: Console, task: dict[str, Any]) -> None:
    """Say what a round asks for."""
    console.rule(f"Round {task['round']}", align="left")
    files = ", ".join(each["name"] for each in task["attachments"])
    asked = f"{task['brief']}\n({len(task['checks'])} checks; attached: {files or 'nothing'})"
    console.print(Text(asked, style="dim"))


def tell(console: Console, chapter: Chapter) -> None:
    """Print what came of a round."""
    for attempt in chapter.attempts:
        tell_attempt(console, attempt)
    console.print(f"  ✓ {chapter.verdict}", style="green", soft_wrap=True, highlight=False)
    for name, link in chapter.links.items():
        console.print(f"  {name:<12}{escape(link)}", soft_wrap=True, highlight=False)
    said = json.dumps(chapter.callback, ensure_ascii=False)
    console.print(f"  {'callback':<12}{escape(said)}", soft_wrap=True, highlight=False)
    console.print(f"  {'in all':<12}{chapter.seconds:.1f} s from the request to the end of the run", highlight=False)


def tell_attempt(console: Console, attempt: Attempt) -> None:
    """Print how a try of the model did, and what failed."""
    if attempt.number > 1:
        console.print(f"  {'repair':<12}what failed went back to the model, with what was found", highlight=False)
    style = "yellow" if attempt.failures else "green"
    console.print(f"  {f'attempt {attempt.number}':<12}{escape(attempt.result)}", style=style, highlight=False)
    for failure in attempt.failures:
        console.print(f"{INDENT}✗ {escape(failure)}", style="red", soft_wrap=True, highlight=False)
