"""The time after the story: everything stays up for a look around, until Enter."""

import select
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console

from embedded.system.system import System

LOOK_EVERY_S = 0.5


@dataclass
class Stay:
    """Keeps a system up after the demo, and says when its dashboard is ready. `source` is where Enter comes from."""

    system: System
    console: Console
    source: TextIO = sys.stdin
    is_dashboard_told: bool = False

    def until_enter(self) -> None:
        """Return when Enter is pressed, or the terminal is gone."""
        self.wait("Press Enter to end it.", lambda: bool(select.select([self.source], [], [], LOOK_EVERY_S)[0]))
        self.source.readline()

    def for_ever(self) -> None:
        """Stay until a signal comes."""

        def sleep() -> bool:
            time.sleep(LOOK_EVERY_S)
            return False

        self.wait("Ctrl-C ends it.", sleep)

    def wait(self, how_to_end: str, is_over: Callable[[], bool]) -> None:
        """Keep the receiver alive; tell of the dashboard once there is one."""
        system, run = self.system, self.system.open_dashboard()
        self.say(f"\n  {'all pages':<12}{system.own.pages}/\n  {'dashboard':<12}is being made …")
        self.say(f"\nAll of this stays up, so follow the links. {how_to_end}\n")
        while not is_over():
            system.revive_receiver()
            self.tell_dashboard(run)

    def tell_dashboard(self, run: int) -> None:
        """Say once how the run ended that renders the dashboard."""
        document = self.system.store.get("run", str(run)) or {}
        if self.is_dashboard_told or document.get("status") != "completed":
            return
        self.is_dashboard_told = True
        is_there = document["conclusion"] == "success"
        where = f"{self.system.addresses.web}/{self.system.runner}/actions/runs/{run}"
        said = self.system.addresses.dashboard if is_there else f"could not be made: {where}"
        self.say(f"  {'dashboard':<12}{said}")

    def say(self, text: str) -> None:
        """Print without breaking links."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


def way_to_stay(
    keep: bool, environ: Mapping[str, str], source: TextIO, console: Console
) -> Callable[[Stay], None] | None:
    """Return how long to stay: as long as somebody is there who can read and press Enter, unless KEEP=0 says no."""
    if keep:
        return Stay.for_ever
    is_somebody_there = source.isatty() and console.is_terminal
    return Stay.until_enter if is_somebody_there and environ.get("KEEP") != "0" else None
