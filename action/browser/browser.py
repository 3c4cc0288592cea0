"""The browser of a build: one Chromium on a thread of its own, one fresh profile for each visit."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Self, TypeVar

from playwright.sync_api import Error

from action.browser.chrome import Chrome, PageHung
from action.browser.find import NoBrowser
from action.browser.pages_server import PagesServer
from action.browser.visiting import visit_page
from action.browser.way_out import WayOut
from action.contract.candidate import Candidate
from action.contract.visit import Question, Visit
from action.gates.resolving import Resolve, resolve_with_system

T = TypeVar("T")
VISIT_SECONDS = 25.0
PREPARE_SECONDS = 20.0
IDLE_SECONDS = 0.25  # longer than between two visits of one evaluation
HUNG = "the page does not respond, so it was stopped (an endless loop in a script?)"
TIMERS = ("setTimeout(", "setInterval(", "requestAnimationFrame(")


class PageBrowser:
    """Starts in the background at once; use it as a context manager. Playwright is bound to one thread: ours.

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
        visit_seconds: float = VISIT_SECONDS,
    ) -> None:
        self._server = PagesServer()
        self._way_out = WayOut(resolve)
        direct = allowed_hosts | {f"127.0.0.1:{self._server.port}"}
        self._chrome = Chrome(executable, proxy_port=self._way_out.port, direct=direct, environ=environ)
        self._visit_seconds = visit_seconds
        self._idle = Timer(IDLE_SECONDS, self._prepare_in_background)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self._started: Future[None] = self._thread.submit(self._start)

    def open(self, candidate: Candidate) -> "OpenSite":
        """Serve a candidate, instead of the one before it."""
        self._idle.cancel()
        self._thread.submit(self._change_site).result()
        self._server.show(candidate.files, candidate.site_path)
        patient = any(timer in source for source in candidate.sources.values() for timer in TIMERS)
        return OpenSite(self, self._server.address, patient=patient, empty_page=self._server.empty_page)

    def open_live(self, url: str) -> "OpenSite":
        """Return a site that is live. `url` is its root."""
        return OpenSite(self, url.rstrip("/") + "/", patient=True, empty_page=None)

    def visit(
        self, url: str, questions: Sequence[Question], *, patient: bool, pictures: bool, empty_page: str | None = None
    ) -> Visit:
        """Visit an address. Raises NoBrowser; whatever the page does is part of the answer."""
        self._idle.cancel()
        self._started.result()
        work = partial(self._visit, url, questions, patient=patient, pictures=pictures, empty_page=empty_page)
        visit = self._thread.submit(work).result()
        self._idle = Timer(IDLE_SECONDS, self._prepare_in_background)
        self._idle.start()
        return visit

    def _visit(
        self, url: str, questions: Sequence[Question], *, patient: bool, pictures: bool, empty_page: str | None
    ) -> Visit:
        try:
            with self._chrome.fresh_tab(self._visit_seconds, empty_page) as tab:
                limit = self._chrome.time_limit
                return visit_page(tab, url, questions, self._way_out, limit, patient=patient, pictures=pictures)
        except PageHung:
            return Visit(problem=HUNG)
        except Error as error:
            return Visit(problem=f"the page brought the browser down: {error.message.splitlines()[0]}")

    def _start(self) -> None:
        self._chrome.start()
        self._prepare()

    def _prepare_in_background(self) -> None:
        """While the caller thinks (asks a model), open what the next candidate will need."""
        with suppress(RuntimeError):  # closed in this moment
            self._thread.submit(self._change_site)

    def _change_site(self) -> None:
        """No page that has seen a candidate is used for the next one."""
        with suppress(Error):
            self._chrome.close_used()
        self._prepare()

    def _prepare(self) -> None:
        with suppress(Error, NoBrowser, PageHung), self._chrome.time_limit(PREPARE_SECONDS):
            self._chrome.prepare()

    def close(self) -> None:
        """End the browser, the proxy and the server."""
        self._idle.cancel()
        try:
            self._thread.submit(self._chrome.stop).result()
        finally:
            self._thread.shutdown()
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

    def __init__(self, browser: PageBrowser, root: str, *, patient: bool, empty_page: str | None) -> None:
        self._browser = browser
        self._empty_page = empty_page
        self._root = root
        self._patient = patient

    def visit(
        self, path: str = "", query: str = "", questions: Sequence[Question] = (), *, screenshots: bool = False
    ) -> Visit:
        """Open a page of the site in a fresh profile and ask the questions."""
        url = f"{self._root}{path}{query}"
        return self._browser.visit(
            url, questions, patient=self._patient, pictures=screenshots, empty_page=self._empty_page
        )
