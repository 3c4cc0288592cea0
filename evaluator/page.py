"""The page of a student: whether it is there yet, and the contract on it in an isolated browser."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.contract.contract import Contract, Report
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.gates.http import Fetched, GuardedHttpError

SHOWN = "The page shows the index.html of the commit"
LARGEST_PAGE = 5_000_000
SECONDS_FOR_A_FILE = 20.0


class HttpDoor(Protocol):
    """Fetches an address that a stranger named."""

    def get(self, url: str, *, limit_bytes: int, timeout_s: float) -> Fetched: ...


@dataclass(frozen=True)
class Pages:
    """Fetches pages with plain HTTP, past every cache."""

    http: HttpDoor

    def problem(self, pages_url: str, committed: bytes | None) -> str:
        """Return why the page does not show the commit yet; empty when it does."""
        try:
            answer = self._fetch(pages_url, "")
        except GuardedHttpError as error:
            return f"the page cannot be fetched: {error}"
        if answer.status != 200:
            return f"the page answers {answer.status}"
        return "" if committed in {None, answer.body} else "the page is not the index.html of the commit"

    def fetch(self, pages_url: str, name: str) -> bytes | None:
        """Return a file of the page, None when it is not served."""
        try:
            answer = self._fetch(pages_url, quote(name))
        except GuardedHttpError:
            return None
        return answer.body if answer.status == 200 else None

    def _fetch(self, pages_url: str, path: str) -> Fetched:
        url = f"{root_of(pages_url)}{path}?fresh={secrets.token_hex(6)}"
        return self.http.get(url, limit_bytes=LARGEST_PAGE, timeout_s=SECONDS_FOR_A_FILE)


@dataclass(frozen=True)
class Visitor:
    """Opens each student's page in a browser of its own, which ends with the look at it.

    `environ` is filtered before a browser gets it. `allowed_hosts` may be visited although they are not public.
    """

    environ: Mapping[str, str]
    allowed_hosts: frozenset[str]
    seconds: float
    clock: Callable[[], float] = time.monotonic

    def look(self, contract: Contract, candidate: Candidate, pages_url: str) -> Report:
        """Return the verdicts; what there was no time for is unclear. Raises NoBrowser."""
        ends_at = self.clock() + self.seconds
        executable = find_browser(self.environ.get("CHROME"), self.environ.get("PATH"))
        direct = self.allowed_hosts & {urlsplit(pages_url).netloc}
        with PageBrowser(executable, self.environ, allowed_hosts=direct) as browser:
            site = browser.open_live(root_of(pages_url))
            return evaluate(contract, candidate, site, has_time=lambda: self.clock() < ends_at).report


def root_of(pages_url: str) -> str:
    """Return the address of the site, with a slash at the end; some name its index.html."""
    path = pages_url.partition("#")[0].partition("?")[0]
    return path.removesuffix("index.html").rstrip("/") + "/"


def site_path_of(pages_url: str) -> str:
    """Return where on its host the site is: "/repository/"."""
    return urlsplit(root_of(pages_url)).path
