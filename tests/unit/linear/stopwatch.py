"""Measures whether reading a text takes a time that grows with its length only."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

LONGEST = 1.0  # seconds for any text of the largest size that is allowed
TOO_SHORT = 0.08  # seconds; what is faster is not compared, because other programs disturb it
STEEPEST = 3.0  # from half to whole: 2 is a line, 4 a square
USUAL_S = 0.03  # what `pace` takes on the machine that the limits were set on
TRIES = 4  # the fastest one counts


class TookTooLong(Exception):
    """The processor was busy with it for longer than it may be."""


@contextmanager
def at_most(limit: float) -> Iterator[None]:
    """Leave what takes longer, in seconds of the processor: other programs do not count."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def grows_with_its_length(read: Callable[[Any], object], text: Any, halved: Any = None) -> bool:
    """Whether `read` takes a second at most (on a slow machine, more), and not much more than twice that for half."""
    whole = seconds(read, text)
    if whole < TOO_SHORT:
        return True
    half = text[: len(text) // 2] if halved is None else halved
    longest = LONGEST * pace()
    for _ in range(TRIES if whole <= 1.2 * longest else 0):
        shorter = seconds(read, half)
        if whole <= longest and whole <= STEEPEST * max(shorter, TOO_SHORT / STEEPEST):
            return True
        whole = min(whole, seconds(read, text))
    return False


def pace() -> float:
    """Return how many times slower than usual this machine is now, from 1 to 2.5: shared machines have slow minutes."""
    began = time.process_time()
    sum(number * number for number in range(500_000))
    return min(max(1.0, (time.process_time() - began) / USUAL_S), 2.5)


def seconds(read: Callable[[Any], object], text: Any) -> float:
    """Return how much of the processor's time it takes. What hangs is stopped, and took too long in any case."""
    began = time.process_time()
    try:
        with at_most(3 * LONGEST):
            read(text)
    except TookTooLong:
        return max(time.process_time() - began, 1.1 * LONGEST)
    return time.process_time() - began


def timed(read: Callable[[Any], object], text: Any) -> float:
    """Return how long it takes, without the watchdog, which takes longer than most short texts."""
    began = time.process_time()
    read(text)
    return time.process_time() - began
