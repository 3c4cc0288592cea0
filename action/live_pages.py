"""Whether a page that was live once is still served."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from action.gates.guarded_http import Fetched, GuardedHttpError
from action.gates.guarded_http import TooLarge as AnswerTooLarge

GONE = frozenset({404, 410, 500, 502, 503, 504})
SECONDS_BETWEEN_LOOKS = 15.0
SECONDS_FOR_A_LOOK = 20.0
ENOUGH = 200_000  # bytes; only the status is of interest


class HttpDoor(Protocol):
    """Fetches addresses that a record names."""

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched: ...


@dataclass(frozen=True)
class LivePages:
    """Looks twice, because an edge of the network can fail for a moment."""

    http: HttpDoor
    sleep: Callable[[float], None] = time.sleep

    def is_gone(self, pages_url: str) -> bool:
        """Whether the server says, both times, that there is no page. One that cannot be reached may be there."""
        if self._status(pages_url) not in GONE:
            return False
        self.sleep(SECONDS_BETWEEN_LOOKS)
        return self._status(pages_url) in GONE

    def _status(self, pages_url: str) -> int:
        url = f"{pages_url.rstrip('/')}/?pagewright={secrets.token_hex(8)}"  # past every cache
        try:
            return self.http.get(url, limit_bytes=ENOUGH, timeout_s=SECONDS_FOR_A_LOOK).status
        except AnswerTooLarge:
            return 200
        except GuardedHttpError:
            return 0
