"""A few threads that do one kind of work on the database's rows, each row by one thread at a time."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self


class Workers:
    """`work` gets the id of a row. Use it as a context manager: what has begun is finished, what waits is dropped."""

    def __init__(self, count: int, work: Callable[[int], None], name: str) -> None:
        self._work = work
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._under_way: dict[int, Future[None]] = {}

    def offer(self, rows: Iterable[int]) -> None:
        """Begin with each row that is not under way."""
        for row in rows:
            if row not in self._under_way:
                self._under_way[row] = self._pool.submit(self._work, row)

    def take_finished(self) -> list[tuple[int, BaseException | None]]:
        """Return the rows that are finished since the last time, with the error of each that failed."""
        finished = [(row, future) for row, future in self._under_way.items() if future.done()]
        for row, _ in finished:
            del self._under_way[row]
        return [(row, future.exception()) for row, future in finished]

    @property
    def busy(self) -> int:
        """How many rows are under way or wait for a thread."""
        return len(self._under_way)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
