"""The run list of the last few seconds: however many people look, GitHub is asked once. And what was just accepted."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from receiver.errors import GitHubRefused
from receiver.models import Build

KEEP_S = 5.0
MOST_REMEMBERED = 1000

Run = TypeVar("Run")


class Recent(Generic[Run]):
    """A cache of one value. A failure is kept as well, so that callers do not queue up behind a slow GitHub."""

    def __init__(
        self, fetch: Callable[[], list[Run]], clock: Callable[[], float] = time.monotonic, keep_s: float = KEEP_S
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._kept: list[Run] | GitHubRefused = []
        self._seen: tuple[float, list[Run]] | None = None

    def newest_first(self) -> list[Run]:
        """Return the newest runs. Raises GitHubRefused."""
        with self._lock:  # one fetch at a time; who waits gets its result
            if self._clock() >= self._until:
                self._kept = self._fetch_or_failure()
                self._until = self._clock() + self._keep_s
            kept = self._kept
        if isinstance(kept, GitHubRefused):
            raise kept
        return kept

    def kept(self) -> list[Run] | None:
        """Return what newest_first would without asking, also nothing after a refusal; None when it would ask."""
        until = self._until  # read first: it is written last
        kept = self._kept
        if self._clock() >= until:
            return None
        return [] if isinstance(kept, GitHubRefused) else kept

    def last_seen(self) -> tuple[float, list[Run]] | None:
        """Return how many seconds ago GitHub told the runs, and what it told; None before that. Asks nobody."""
        seen = self._seen
        return (self._clock() - seen[0], seen[1]) if seen else None

    def _fetch_or_failure(self) -> list[Run] | GitHubRefused:
        try:
            found = self._fetch()
            self._seen = self._clock(), found
            return found
        except GitHubRefused as refusal:
            return refusal


class RecentBuilds(Recent[Build]):
    """The newest builds."""

    def runs_of(self, build_id: str) -> list[Build]:
        """Return the runs of one build, newest first; none when it is unknown or has not started."""
        return [build for build in self.newest_first() if build.build_id == build_id]


class Accepted:
    """A digest of the words of the last builds that this process sent on: GitHub lists a new run only after seconds.

    Only a sentence of an answer depends on it, so nothing is lost with it.
    """

    def __init__(self) -> None:
        self._words: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def words_of(self, build_id: str) -> bytes | None:
        """Return the digest of the first request for a build, None when there was none here."""
        with self._lock:
            return self._words.get(build_id)

    def remember(self, build_id: str, words: bytes) -> None:
        """Keep the first digest of a build, and forget the oldest build."""
        with self._lock:
            self._words.setdefault(build_id, words)
            if len(self._words) > MOST_REMEMBERED:
                self._words.popitem(last=False)
