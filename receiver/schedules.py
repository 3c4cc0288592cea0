"""Wakes the scheduled workflows: GitHub switches them off in forks, and where nothing happened for 60 days.

Builds it leaves on. So a task that arrives is the moment to look, at most every six hours.
"""

import logging
import threading
import time
from collections.abc import Callable

from receiver.errors import GitHubRefused
from receiver.github import RunnerRepository

EVERY_S = 6 * 3600.0
log = logging.getLogger("receiver")


class Schedules:
    """`clock` is in seconds."""

    def __init__(self, runner: RunnerRepository, clock: Callable[[], float] = time.monotonic) -> None:
        self._runner, self._clock = runner, clock
        self._due, self._turn = clock(), threading.Lock()

    def wake(self) -> threading.Thread | None:
        """Look in a thread of its own, if it is time again: no sender waits for it."""
        with self._turn:
            if self._clock() < self._due:
                return None
            self._due = self._clock() + EVERY_S
        thread = threading.Thread(target=self._wake, daemon=True)
        thread.start()
        return thread

    def _wake(self) -> None:
        try:
            for done in self._runner.wake_schedules():
                log.warning("%s", done)
        except GitHubRefused as error:
            log.warning("Whether scheduled workflows are on is not known: %s", error)
