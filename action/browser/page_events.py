"""What a page says by itself: console errors, exceptions, failed requests, files it offers, whether it still loads."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, ConsoleMessage, Download, Error, Page, Request, Response

from action.browser.proxy import WayOut
from action.contract.visit import FailedRequest


def well_formed(text: str) -> str:
    """Return a text in which halves of UTF-16 pairs, which JavaScript's strings may hold, are replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def first_line(text: str) -> str:
    """Return the first line of a message, well-formed."""
    return well_formed(text).partition("\n")[0]


LONGEST_DOWNLOAD = 200_000  # bytes that are looked at
MOST_REQUESTS, LONGEST_URL = 500, 1_000  # that are remembered of a page
THROWN = "Runtime.exceptionThrown"
NOISE = ("Failed to load resource",)  # the request itself is recorded, with its reason
FOREIGN_TROUBLE = {403, 429}  # rate limits of the addresses that runners share
OUR_NETWORK = (
    "ERR_NAME_NOT_RESOLVED",
    "ERR_CONNECTION",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_NETWORK",
    "ERR_PROXY",
    "ERR_TIMED_OUT",
    "ERR_TUNNEL",
    "ERR_ADDRESS_UNREACHABLE",
)


@dataclass
class Listener:
    """Collects while Playwright dispatches events. `origin` is the site's own."""

    origin: str
    way_out: WayOut
    console_errors: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    failed: dict[str, FailedRequest] = field(default_factory=dict)
    pending: dict[Request, None] = field(default_factory=dict)
    requested: set[str] = field(default_factory=set)
    network_at: float = field(default_factory=time.monotonic)  # when a request last began or ended

    @asynccontextmanager
    async def listening(self, page: Page, session: CDPSession) -> AsyncIterator[None]:
        """Listen while the block runs."""
        heard: dict[Any, Callable[[Any], None]] = {
            "console": self._console,
            "request": self._request,
            "requestfinished": self._finished,
            "requestfailed": self._failed,
            "response": self._response,
        }
        for event, listener in heard.items():
            page.on(event, listener)
        session.on(THROWN, self._exception)
        try:
            await session.send("Runtime.enable")
            yield
        finally:
            for event, listener in heard.items():
                page.remove_listener(event, listener)
            session.remove_listener(THROWN, self._exception)

    def _exception(self, event: dict[str, Any]) -> None:
        """Playwright's own event does not say where a script has a syntax error; Chromium's does."""
        details = event["exceptionDetails"]
        thrown = details.get("exception", {})
        words = first_line(str(thrown.get("description") or thrown.get("value") or details.get("text", "")))
        self.exceptions.append(f"{words[:500]}{self._place_of(details)}")

    def _place_of(self, details: dict[str, Any]) -> str:
        """Return where an exception was thrown, as ` (path:line:column)`, when that is in a file of the site."""
        frames = details.get("stackTrace", {}).get("callFrames", [])
        frame = next((frame for frame in frames if self._is_own(frame["url"])), details)
        if not self._is_own(frame.get("url", "")):
            return ""
        path = urlsplit(frame["url"]).path.split("/", 2)[-1] or "index.html"  # /name/path
        return f" ({path}:{frame['lineNumber'] + 1}:{frame['columnNumber'] + 1})"

    def _request(self, request: Request) -> None:
        self.pending.setdefault(request, None)
        self.network_at = time.monotonic()
        if len(self.requested) < MOST_REQUESTS:
            self.requested.add(request.url[:LONGEST_URL])

    def _finished(self, request: Request) -> None:
        self.pending.pop(request, None)
        self.network_at = time.monotonic()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NOISE):
            self.console_errors.append(well_formed(message.text)[:500])

    def _failed(self, request: Request) -> None:
        self._finished(request)
        reason = request.failure or "failed"
        if "ERR_ABORTED" not in reason:  # given up by the page itself
            self._record(request, reason)

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            self._record(response.request, f"it answers {response.status}", response.status)

    def give_up_waiting(self) -> None:
        """Record what is still under way to other servers as not reachable in time."""
        for request in self.pending:
            if not self._is_own(request.url) and request.url.startswith("http"):
                self._record(request, "no answer in time", 504)

    def _record(self, request: Request, reason: str, status: int = 0) -> None:
        refusal = None if self._is_own(request.url) else self.way_out.refusal(urlsplit(request.url).hostname or "")
        blame, why = "site", reason
        if refusal:
            blame = {"forbidden": "forbidden", "unreachable": "unreachable", "unknown": "site"}[refusal[0]]
            why = refusal[1]
        elif not self._is_own(request.url) and (
            status in FOREIGN_TROUBLE or status >= 500 or any(name in reason for name in OUR_NETWORK)
        ):
            blame = "unreachable"
        failed = FailedRequest(request.url[:300], why, blame, request.resource_type)  # type: ignore[arg-type]
        self.failed.setdefault(request.url, failed)

    def _is_own(self, url: str) -> bool:
        return url.startswith(self.origin + "/")


def raise_if_gone(error: Error) -> None:
    """Raise playwright's Error again when the page or the browser is gone: then the visit is made once more."""
    if "closed" in error.message or "crash" in error.message:
        raise error


async def content_of(download: Download) -> tuple[str, str]:
    """Return the name and the beginning of a file that the page offered."""
    path = await download.path()
    content = await asyncio.to_thread(read_beginning, str(path))
    await download.delete()
    return download.suggested_filename, content


def read_beginning(path: str) -> str:
    """Return as much of a file as is looked at."""
    with Path(path).open("rb") as file:
        return file.read(LONGEST_DOWNLOAD).decode("utf-8-sig", errors="replace")
