"""What a step may use: the ten minutes from receipt that all share, an end for what hangs or waits, and memory."""

import faulthandler
import resource
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import FrameType, TracebackType

from action.errors import OutOfTime, StepHung

SECONDS_FROM_RECEIPT = 600.0  # the protocol's limit for the callback
SECONDS_FOR_NOTIFY = 60.0  # of the ten minutes; the steps before leave them
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

    def for_step(self, *, leave: float = 0.0, at_most: float | None = None) -> "Deadline":
        """Return an earlier deadline: `leave` seconds stay for later steps; at most `at_most` seconds from now."""
        seconds = self.seconds - leave
        if at_most is not None:
            seconds = min(seconds, self.elapsed() + at_most)
        return Deadline(self.received_at, seconds, self.clock)


LONGEST_RETRY_AFTER = 100  # characters; a date has 29


def seconds_asked(retry_after: str, now: float) -> float | None:
    """Return how long a server asks us to wait: its Retry-After in seconds or as a date; None when it says nothing.

    `now` is in seconds since the epoch. Whoever waits puts a limit to it: a server can ask for years.
    """
    text = retry_after.strip()[:LONGEST_RETRY_AFTER]
    if text.isascii() and text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now) if text else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


SECONDS_BETWEEN_RINGS = 5.0  # it rings again, in case that something on the way out hangs as well
SECONDS_TO_LEAVE = 15.0  # from the first ring to the end of the process
STDERR = 2
FOLDER = Path(__file__).parent
_ends: list[float] = []  # of the parts that are under way, the outermost first; none is later than the one around it


class _Rang(BaseException):
    """The time is up. No `except Exception` on the way out holds it up."""


@contextmanager
def at_most(seconds: float, doing: str, *, to_leave: float = SECONDS_TO_LEAVE) -> Iterator[None]:
    """Give what is inside so many seconds. Raises StepHung. `doing` completes "... did not come to an end".

    Signals reach the main thread only; in another one, the limit of the main thread's step is what holds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    depth, earlier = len(_ends), signal.signal(signal.SIGALRM, _ring)
    foreign = signal.setitimer(signal.ITIMER_REAL, 0)  # of a test runner, for example; it goes on afterwards
    began = time.monotonic()
    _ends.append(min([began + seconds, *_ends[-1:]]))
    try:
        try:
            _wind(to_leave)
            yield
        finally:
            _rest()
    except _Rang as rang:
        raise hung(doing, rang.__traceback__) from None
    finally:
        _rest()
        del _ends[depth:]
        signal.signal(signal.SIGALRM, earlier)
        if _ends:
            _wind(to_leave)
        elif foreign[0]:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, foreign[0] - (time.monotonic() - began)), foreign[1])


def _wind(to_leave: float) -> None:
    """Start both clocks for the part that ends first."""
    left = max(0.001, _ends[-1] - time.monotonic())
    faulthandler.dump_traceback_later(left + to_leave, exit=True, file=STDERR)
    signal.setitimer(signal.ITIMER_REAL, left, SECONDS_BETWEEN_RINGS)


def _rest() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    faulthandler.cancel_dump_traceback_later()


def _ring(number: int, frame: FrameType | None) -> None:
    raise _Rang


def hung(doing: str, where: TracebackType | None) -> StepHung:
    """Return the error for a part that hung, with the place in our own code. It quotes nothing of what was read."""
    frames = [frame for frame in traceback.extract_tb(where) if frame.filename != __file__]
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(FOLDER)]
    inner = [f"{Path(frame.filename).relative_to(FOLDER).as_posix()}:{frame.lineno}" for frame in ours]
    return StepHung(
        f"{doing} did not come to an end and was stopped{f' in {inner[-1]}' if inner else ''}.",
        "something in the request, in a page or in the model's answer takes endlessly long to read.",
        "Report it with that place; 'Re-run failed jobs' may get past it.",
    )


LARGEST = 4 * 1024**3  # bytes; GitHub's runners have 16 GB, and a build takes 0.2


def limit_memory(largest: int = LARGEST) -> None:
    """Limit this process and each one that it starts. Systems that know no such limit go without."""
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = largest if hard == resource.RLIM_INFINITY else min(largest, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
