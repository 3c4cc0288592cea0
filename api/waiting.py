"""Waiting for a run inside a request: only so many at once, and not when the process is told to stop."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from receiver.patient_worker import STOPPING

PLACES = 8  # half of a process's threads: the others take tasks


class WaitingRoom:
    """Who finds no place does not wait. `clock` returns seconds, `pause` sleeps and says whether to go on."""

    def __init__(
        self,
        places: int = PLACES,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._places = threading.BoundedSemaphore(places)
        self.clock = clock
        self.pause = pause or pause_unless_stopping

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Take a place while one is free; yield whether there was one."""
        has_place = self._places.acquire(blocking=False)
        try:
            yield has_place
        finally:
            if has_place:
                self._places.release()

    def moments(self, seconds: float, every_s: float) -> Iterator[float]:
        """Yield after each pause, until the time is over or the process is told to stop."""
        until = self.clock() + seconds
        while (left := until - self.clock()) > 0 and self.pause(min(every_s, left)):
            yield left


def pause_unless_stopping(seconds: float) -> bool:
    """Sleep; return False at once when the process is told to stop."""
    return not STOPPING.wait(seconds)
