"""Reads a stream in the background, so that the deadline holds even while the other side is silent."""

import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from action.deadline import Deadline

T = TypeVar("T")


@dataclass(frozen=True)
class Arrived(Generic[T]):
    """One item, or the error or the end that came in its place."""

    item: T | None = None
    error: BaseException | None = None
    is_end: bool = False


def until_deadline(stream: Iterable[T], deadline: Deadline) -> Generator[T, None, None]:
    """Yield what `stream` yields. At the deadline it simply ends; the thread stops reading with the next item.

    So it does when nobody asks for more: the other side then notices that the connection is closed.
    """
    arrivals: queue.SimpleQueue[Arrived[T]] = queue.SimpleQueue()
    is_left = threading.Event()
    threading.Thread(target=pump, args=(stream, arrivals, is_left), daemon=True).start()
    try:
        while not deadline.is_over:
            try:
                arrived = arrivals.get(timeout=deadline.remaining())
            except queue.Empty:
                return
            if arrived.error is not None:
                raise arrived.error
            if arrived.is_end:
                return
            yield arrived.item  # type: ignore[misc]  # neither an error nor the end: an item
    finally:
        is_left.set()


def pump(stream: Iterable[T], arrivals: "queue.SimpleQueue[Arrived[T]]", is_left: threading.Event) -> None:
    """Move items from the stream to the queue until the stream ends or the reader is gone."""
    try:
        for item in stream:
            arrivals.put(Arrived(item))
            if is_left.is_set():
                return
        arrivals.put(Arrived(is_end=True))
    except BaseException as error:  # noqa: BLE001 - it is raised again where it belongs, in the reader
        arrivals.put(Arrived(error=error))
