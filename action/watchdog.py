"""Ends what hangs: a step of a job, or a part of one, has so many seconds, wherever it is and whatever it does.

Deadlines are asked between the parts of a step; a pattern or a parser that never comes back does not ask. So a timer
rings. The Python code that runs then, also a regular expression or a wait, is left with StepHung, which the callers
survive as they survive other errors. Code in C that never looks at signals cannot be left: a few seconds later the
process ends, after it has shown where it is, and the next job goes on without what this one would have made.
"""

import faulthandler
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

from action.errors import StepHung

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
