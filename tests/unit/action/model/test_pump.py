"""A silent stream does not hold up the deadline."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from action.deadline import Deadline
from action.model.interface import until_deadline


def deadline(seconds: float) -> Deadline:
    return Deadline(datetime.now(UTC), seconds)


def test_everything_arrives_in_order() -> None:
    assert list(until_deadline(range(100), deadline(10))) == list(range(100))


def test_an_error_arrives_where_it_happened() -> None:
    def stream() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    arriving = until_deadline(stream(), deadline(10))
    assert next(arriving) == 1
    with pytest.raises(ValueError, match="broken"):
        next(arriving)


def test_a_silent_stream_ends_at_the_deadline() -> None:
    released = threading.Event()

    def stream() -> Iterator[int]:
        yield 1
        released.wait(10)

    started = time.monotonic()
    try:
        assert list(until_deadline(stream(), deadline(0.2))) == [1]
        assert time.monotonic() - started < 5
    finally:
        released.set()


def test_nothing_is_read_when_the_deadline_has_passed() -> None:
    assert list(until_deadline(iter([1]), deadline(-1))) == []


def test_nothing_more_is_read_when_nobody_asks_for_it() -> None:
    read: list[int] = []
    left, closed = threading.Event(), threading.Event()

    def stream() -> Iterator[int]:
        try:
            for number in range(100):
                if number == 2:
                    left.wait(10)
                read.append(number)
                yield number
        finally:
            closed.set()

    arriving = until_deadline(stream(), deadline(10))
    assert [next(arriving), next(arriving)] == [0, 1]
    arriving.close()  # what leaving a for loop does
    left.set()
    assert closed.wait(10)
    assert read == [0, 1, 2]
