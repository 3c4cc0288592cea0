"""Work on the browser's thread: results and errors come back, and what is under way ends when nobody waits any more."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import CancelledError, Future

import pytest

from action.browser.browser import LoopThread


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    opened = LoopThread("test")
    yield opened
    opened.close()


async def give(value: int) -> int:
    await asyncio.sleep(0)
    if value < 0:
        raise ValueError("negative")
    return value


def test_results_and_errors_come_back(thread: LoopThread) -> None:
    assert thread.run(give(3)) == 3
    with pytest.raises(ValueError, match="negative"):
        thread.run(give(-1))


def test_closing_ends_what_is_under_way() -> None:
    thread = LoopThread("test")
    endless = thread.start(asyncio.sleep(3600))
    thread.close()
    with pytest.raises(CancelledError):
        endless.result(timeout=5)


def test_an_interrupted_wait_cancels_the_work(thread: LoopThread, monkeypatch: pytest.MonkeyPatch) -> None:
    futures: list[Future[None]] = []
    start = thread.start

    def start_and_be_interrupted(work: Coroutine[object, object, None]) -> Future[None]:
        future = start(work)
        futures.append(future)
        monkeypatch.setattr(future, "result", interrupt)
        return future

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(thread, "start", start_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        thread.run(asyncio.sleep(3600))
    assert futures[0].cancelled()


def test_a_wait_with_a_limit_ends_although_the_work_does_not(thread: LoopThread) -> None:
    with pytest.raises(TimeoutError):
        thread.run(asyncio.sleep(3600), 0.1)
