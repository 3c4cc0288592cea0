"""Whose key a caller shows, and how often it may ask: in memory, bounded, and of this process alone."""

import hmac
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from receiver.access import AccessKey, digest_of, shared_secret
from receiver.errors import TOO_MANY_REQUESTS, TOO_MANY_WRONG_KEYS, WRONG_SECRET, Problem

HOUR_S = 3600
WRONG_KEYS = 30  # of one address within WRONG_KEYS_S; then its wrong keys get a 429, and a right one still passes
WRONG_KEYS_S = 600
MOST_ADDRESSES = 10_000  # that are remembered; the one that was seen longest ago is forgotten
IPV6_NETWORK = 64  # bits that one subscriber has in common


@dataclass
class Window:
    """What was counted since `began`."""

    began: float
    count: int = 0


class Counts:
    """Counts by name in windows of `seconds`, for at most `room` names."""

    def __init__(self, seconds: float, room: int, clock: Callable[[], float]) -> None:
        self._seconds, self._room, self._clock = seconds, room, clock
        self._windows: OrderedDict[str, Window] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._windows)

    def wait_after(self, name: str, most: int) -> int:
        """Count one more; return 0, or in how many seconds the next window begins when it is one too many."""
        now = self._clock()
        with self._lock:
            window = self._windows.get(name)
            if window is None or now - window.began >= self._seconds:
                window = self._windows[name] = Window(now)
            self._windows.move_to_end(name)
            if len(self._windows) > self._room:
                self._windows.popitem(last=False)
            window.count = min(window.count + 1, most + 1)
            return 0 if window.count <= most else max(1, math.ceil(window.began + self._seconds - now))


class Gate:
    """The shared secret and the keys of KEYS. Without the latter, nothing is counted."""

    def __init__(
        self, secret: str, keys: Sequence[AccessKey] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = (shared_secret(secret), *keys)
        self._has_keys = bool(keys)
        self._asked = Counts(HOUR_S, len(keys), clock)
        self._wrong = Counts(WRONG_KEYS_S, MOST_ADDRESSES, clock)

    def holder(self, given: str | bytes) -> AccessKey | None:
        """Return whose key this is. Every key is compared, whichever it is."""
        digest, found = digest_of(given), None
        for key in self._keys:
            if hmac.compare_digest(digest, key.digest):
                found = key
        return found

    def known(self, given: object, address: str, what: str) -> AccessKey:
        """Return whose key this is. Raises Problem: 401, or 429 for an address that showed many wrong ones."""
        key = self.holder(given) if isinstance(given, str | bytes) else None
        return key or self.refuse(address, what)

    def refuse(self, address: str, what: str) -> AccessKey:
        """Count a wrong or missing key. Raises Problem (401, 429)."""
        if wait := self.wait_after_wrong_key(address):
            raise Problem(TOO_MANY_WRONG_KEYS, retry_after_s=wait)
        raise Problem(WRONG_SECRET, what=what)

    def wait_after_wrong_key(self, address: str) -> int:
        """Count a wrong key; return in how many seconds the next one is answered with a 401, 0 for this one."""
        return self._wrong.wait_after(network_of(address), WRONG_KEYS) if self._has_keys else 0

    def count(self, key: AccessKey) -> None:
        """Count a request. Raises Problem (429) for one too many within the hour."""
        if key.per_hour and (wait := self._asked.wait_after(key.name, key.per_hour)):
            raise Problem(TOO_MANY_REQUESTS, name=key.name, most=key.per_hour, retry_after_s=wait)


def network_of(address: str) -> str:
    """Return what one sender has in common: an IPv4 address, or the first half of an IPv6 address."""
    if ":" not in address:
        return address[:64]
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    return str(found.ipv4_mapped or int(found) >> IPV6_NETWORK)
