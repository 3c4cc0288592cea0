"""The time that is left: ten minutes from receipt, shared by all phases."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from action.errors import OutOfTime

SECONDS_FROM_RECEIPT = 600.0  # the protocol's limit for the callback
SECONDS_OVER = 15.0  # what begins within a deadline may end so much later


@dataclass(frozen=True)
class Deadline:
    """Ends `seconds` after `received_at`. `clock` returns seconds since the epoch."""

    received_at: datetime
    seconds: float = SECONDS_FROM_RECEIPT
    clock: Callable[[], float] = time.time

    def remaining(self) -> float:
        """Seconds left; 0.0 when it is over."""
        return max(0.0, self.received_at.timestamp() + self.seconds - self.clock())

    def elapsed(self) -> float:
        """Seconds since receipt."""
        return self.clock() - self.received_at.timestamp()

    @property
    def is_over(self) -> bool:
        return self.remaining() <= 0

    def check(self, doing: str) -> None:
        """Raise OutOfTime when it is over. `doing` completes "The time was up while ..."."""
        if self.is_over:
            raise OutOfTime(
                f"The time was up while {doing}.",
                f"the build began late or something was slow: {self.elapsed():.0f} s have passed since the request.",
                "Look at the timeline in the job summary; run the build again with 'Re-run all jobs'.",
            )

    def for_phase(self, *, leave: float = 0.0, at_most: float | None = None) -> "Deadline":
        """Return an earlier deadline: `leave` seconds stay for later phases; at most `at_most` seconds from now."""
        seconds = self.seconds - leave
        if at_most is not None:
            seconds = min(seconds, self.elapsed() + at_most)
        return Deadline(self.received_at, seconds, self.clock)
