"""An asyncio loop on a thread of its own, for callers that have none: Playwright's objects belong to one loop."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
CLOSE_SECONDS = 15.0


class LoopThread:
    """Runs coroutines until it is closed."""

    def __init__(self, name: str) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._until_closed()), name=name, daemon=True)
        self._thread.start()
        self._ready.wait()

    async def _until_closed(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._ready.set()
        await self._closing.wait()  # what is still under way then is cancelled by asyncio.run()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin, and do not wait."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Return the result. When the waiting is interrupted (a signal), the work is cancelled. Raises TimeoutError."""
        future = self.start(work)
        try:
            return future.result() if seconds is None else future.result(seconds)
        finally:
            future.cancel()

    def close(self) -> None:
        """Cancel what is under way and end the thread."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(CLOSE_SECONDS)
