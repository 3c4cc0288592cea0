"""How the log is written, whoever else writes to it."""

import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from receiver.request_log import WholeLines


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("receiver", logging.INFO, "", 1, "%s", (text,), None)


def test_lines_of_several_threads_stay_whole(pipe: tuple[int, int]) -> None:
    handler = WholeLines(pipe[1])
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda number: handler.handle(record(f"<{number:0>50}>")), range(400)))
    lines = os.read(pipe[0], 64 * 1024).decode().splitlines()
    assert len(lines) == 400
    assert all(re.fullmatch(r"[\d-]{10} [\d:,]{12} INFO <\d{50}>", line) for line in lines)


def test_a_thread_that_waits_for_the_system_holds_no_lock(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.set_blocking(writing, False)
    while True:
        try:
            os.write(writing, b"." * 4096)
        except BlockingIOError:
            break
    os.set_blocking(writing, True)
    handler = WholeLines(writing)
    waits = threading.Thread(target=handler.handle, args=(record("waits"),))
    waits.start()
    time.sleep(0.1)
    assert waits.is_alive()
    assert handler.lock
    assert handler.lock.acquire(blocking=False)
    handler.lock.release()
    os.read(reading, 64 * 1024)
    waits.join(10)
    assert not waits.is_alive()


def test_half_of_a_character_is_logged_too(pipe: tuple[int, int]) -> None:
    WholeLines(pipe[1]).handle(record("\ud83d"))
    assert os.read(pipe[0], 1000).endswith(rb"INFO \ud83d" + b"\n")


def test_a_log_that_cannot_be_written_fails_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert WholeLines(writing).handle(record("lost"))
    os.close(writing)
