"""The page that everybody sees: whether it is there, and of which commit it is."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from action.gates.http import GuardedHttp, GuardedHttpError
from action.gates.http import TooLarge as AnswerTooLarge
from action.record import MARKER

GONE = frozenset({404, 410, 500, 502, 503, 504})
SECONDS_BETWEEN_LOOKS = 15.0
SECONDS_FOR_A_LOOK = 20.0
SECONDS_FOR_THE_MARKER = 5.0
ENOUGH = 200_000  # bytes; only the status is of interest


@dataclass(frozen=True)
class LivePages:
    """Looks twice, because an edge of the network can fail for a moment."""

    http: GuardedHttp
    sleep: Callable[[float], None] = time.sleep

    def wrong_with(self, pages_url: str, commit: str = "") -> str:
        """Say what is wrong both times, "" when nothing is; `commit` is the one that it should show.

        A page that cannot be reached may be there, and one that names no commit may be right.
        """
        if self._wrong_with(pages_url, commit):
            self.sleep(SECONDS_BETWEEN_LOOKS)
            return self._wrong_with(pages_url, commit)
        return ""

    def _wrong_with(self, pages_url: str, commit: str) -> str:
        if self._status(pages_url) in GONE:
            return "is gone"
        shown = self.commit(pages_url) if commit else ""
        return f"shows commit {shown[:10]} instead of {commit[:10]}" if shown not in {"", commit} else ""

    def commit(self, pages_url: str) -> str:
        """Return the commit that the page says it is of, "" when it says none."""
        url = f"{pages_url.rstrip('/')}/{MARKER}?pagewright={secrets.token_hex(8)}"
        try:
            answer = self.http.get(url, limit_bytes=ENOUGH, timeout_s=SECONDS_FOR_THE_MARKER)
        except GuardedHttpError:
            return ""
        return answer.body.decode(errors="replace").strip() if answer.status == 200 else ""

    def _status(self, pages_url: str) -> int:
        url = f"{pages_url.rstrip('/')}/?pagewright={secrets.token_hex(8)}"  # past every cache
        try:
            return self.http.get(url, limit_bytes=ENOUGH, timeout_s=SECONDS_FOR_A_LOOK).status
        except AnswerTooLarge:
            return 200
        except GuardedHttpError:
            return 0
