"""The browser of a build: one Chromium, driven from a thread of its own, that makes several visits at a time."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from action.browser.acting import visit_and_act
from action.browser.chrome import Chrome
from action.browser.pages_server import PagesServer
from action.browser.proxy import WayOut
from action.browser.schedule import Tabs, Tour
from action.browser.tab import Tab
from action.browser.visit import Limits, visit_page
from action.contract.verdict import Candidate
from action.contract.visit import Visit, VisitPlan
from action.gates.http import Resolve, resolve_with_system

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


AT_ONCE = 3  # visits: they mostly wait, and runners have at least two processors
LIMITS = Limits()
SECONDS_TO_STOP = 30.0


class PageBrowser:
    """Starts in the background at once; use it as a context manager.

    `environ` is filtered before the browser gets it. `allowed_hosts` ("name:port") may be visited although they are
    not public.
    """

    def __init__(
        self,
        executable: Path,
        environ: Mapping[str, str],
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        resolve: Resolve = resolve_with_system,
        limits: Limits = LIMITS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._server = PagesServer()
        self._way_out = WayOut(resolve)
        direct = allowed_hosts | {f"127.0.0.1:{self._server.port}"}
        self._chrome = Chrome(executable, proxy_port=self._way_out.port, direct=direct, environ=environ)
        self._tabs = Tabs(self._chrome)
        self._limits = limits
        self._at_once = at_once
        self._thread = LoopThread("browser")
        self._started = self._thread.start(self._start())

    async def _start(self) -> None:
        await self._chrome.running()
        self._tabs.prepare(self._at_once)

    def open(self, candidate: Candidate) -> "OpenSite":
        """Serve a candidate, instead of the one before it. What could not be reached then is tried again."""
        self._way_out.forget()
        self._server.show(candidate.files, candidate.site_path)
        return OpenSite(self, self._server.address, empty_page=self._server.empty_page)

    def open_live(self, url: str) -> "OpenSite":
        """Return a site that is live. `url` is its root."""
        return OpenSite(self, url.rstrip("/") + "/", empty_page=None)

    def visit_all(
        self, root: str, plans: Sequence[VisitPlan], has_time: Callable[[], bool], empty_page: str | None
    ) -> list[Visit | None]:
        """Visit pages of a site. Raises NoBrowser; whatever the pages do is part of the answer."""
        self._started.result()
        return self._thread.run(self._visit_all(root, plans, has_time, empty_page))

    async def _visit_all(
        self, root: str, plans: Sequence[VisitPlan], has_time: Callable[[], bool], empty_page: str | None
    ) -> list[Visit | None]:
        async def visit(tab: Tab, plan: VisitPlan) -> Visit:
            look = visit_and_act if plan.acting else visit_page
            return await look(tab, f"{root}{plan.path}{plan.query}", plan, self._way_out, self._limits)

        self._tabs.end_rest()
        await self._chrome.running()
        tour = Tour(self._tabs, visit, empty_page, self._limits.visit, has_time)
        visits = await tour.visit_all(plans, self._at_once)
        # No page that has seen a candidate is used for the next one.
        self._tabs.prepare_at_rest(min(self._at_once, len(plans)))
        return visits

    async def _stop(self) -> None:
        await asyncio.gather(asyncio.wrap_future(self._started), return_exceptions=True)
        await self._tabs.stop()
        await self._chrome.stop()

    def close(self) -> None:
        """End the browser, the proxy and the server. A thread that hangs is left behind: it ends with the process."""
        try:
            self._thread.run(self._stop(), SECONDS_TO_STOP)
        except TimeoutError:
            self._chrome.kill()
        finally:
            self._thread.close()
            self._way_out.close()
            self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class OpenSite:
    """A site in the browser: what the contract asks (action.contract.visit.Site)."""

    def __init__(self, browser: PageBrowser, root: str, *, empty_page: str | None) -> None:
        self._browser = browser
        self._root = root
        self._empty_page = empty_page

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        """Make each visit in an empty profile, several at a time."""
        return self._browser.visit_all(self._root, plans, has_time, self._empty_page)
