"""HTTP for addresses that strangers name: the check happens where the socket is opened, on the address it connects to.

A name that resolves to a private address, a redirect to one, or a name that changes its mind between check and
connection (DNS rebinding) all end at the same place: no socket. No proxy, no cookie and no credential is ever used.
"""

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urljoin

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError

from receiver.task.addresses import is_global, is_named

Resolve = Callable[[str, int], list[str]]


def resolve_with_system(host: str, port: int) -> list[str]:
    """Return every address of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def resolve_within(resolve: Resolve, host: str, port: int, seconds: float) -> list[str]:
    """Return every address of a host. Raises OSError, also when no answer comes in time."""
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError):
            answers.put(None)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise OSError("no answer in time") from None
    if found is None:
        raise OSError("no such name")
    return found


USER_AGENT = "Pagewright (fetches what a build request names)"
LARGEST_ANSWER = 1_000_000  # to a POST: only its beginning is of interest
CHUNK = 65_536
REDIRECTS = {301, 302, 303, 307, 308}
PORTS = {"http": 80, "https": 443}


class GuardedHttpError(Exception):
    """Nothing was fetched. The message names no address, since addresses may be confidential."""


class AddressRefused(GuardedHttpError):
    """The URL, or a redirect, leads to where a build has no business."""


class TooLarge(GuardedHttpError):
    """The answer is longer than the limit."""


class FetchFailed(GuardedHttpError):
    """The server did not answer, or not in time."""


@dataclass(frozen=True)
class Fetched:
    """An answer, whatever its status. Header names are lower case; `url` is the last one of a chain of redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True)
class Request:
    """One hop: what is asked of which host."""

    method: str
    url: str
    scheme: str
    host: str
    port: int
    target: str
    body: bytes | None


class GuardedHttp:
    """`allowed_hosts` ("name" or "name:port") may be reached although their addresses are not global."""

    def __init__(
        self,
        allowed_hosts: frozenset[str] = frozenset(),
        *,
        resolve: Resolve = resolve_with_system,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._allowed_hosts = frozenset(host.strip().lower() for host in allowed_hosts)
        self._resolve = resolve
        self._user_agent = user_agent

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched:
        """Fetch `url`. Raises AddressRefused, TooLarge, FetchFailed. `timeout_s` is for everything together."""
        return self._follow("GET", url, None, limit_bytes, timeout_s, redirects)

    def post_json(self, url: str, body: Any, *, timeout_s: float, redirects: int = 3) -> Fetched:
        """POST `body` as JSON. Raises AddressRefused, TooLarge, FetchFailed."""
        return self._follow("POST", url, json.dumps(body).encode(), LARGEST_ANSWER, timeout_s, redirects)

    def _follow(
        self, method: str, url: str, body: bytes | None, limit_bytes: int, timeout_s: float, redirects: int
    ) -> Fetched:
        ends_at = time.monotonic() + timeout_s
        request = parse(method, url, body)
        while True:
            answer = self._exchange(request, limit_bytes, ends_at)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location:
                return answer
            if redirects == 0:
                raise FetchFailed("the server redirects too many times")
            redirects -= 1
            request = redirected(request, answer.status, location)

    def _exchange(self, request: Request, limit_bytes: int, ends_at: float) -> Fetched:
        """Ask once. Everything that can fail below HTTP becomes FetchFailed."""
        with watchdog(ends_at) as guard:
            try:
                answer = self._ask(request, limit_bytes, ends_at, guard)
            except (HTTPError, OSError, ValueError) as error:
                guard.check()
                raise FetchFailed(f"the connection failed ({type(error).__name__})") from None
            guard.check()  # a connection that we cut can look like one that ended well
            return answer

    def _ask(self, request: Request, limit_bytes: int, ends_at: float, guard: "Watchdog") -> Fetched:
        pool = self._pool(request, guard)
        headers = {"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        if request.body is not None:
            headers |= {"Content-Type": "application/json"}
        try:
            response = pool.urlopen(
                request.method,
                request.target,
                body=request.body,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=max(0.01, ends_at - time.monotonic()),
                preload_content=False,
            )
            body = read_at_most(response, limit_bytes, guard)
            return Fetched(response.status, {k.lower(): v for k, v in response.headers.items()}, body, request.url)
        finally:
            pool.close()

    def _pool(self, request: Request, guard: "Watchdog") -> urllib3.HTTPConnectionPool:
        """Return a pool whose connections open their sockets here, and nowhere else."""
        open_socket = partial(self._open, guard=guard)
        pool: urllib3.HTTPConnectionPool
        if request.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(request.host, request.port, maxsize=1)
            pool.ConnectionCls = partial(GuardedHTTPSConnection, open_socket=open_socket)  # type: ignore[assignment]
        else:
            pool = urllib3.HTTPConnectionPool(request.host, request.port, maxsize=1)
            pool.ConnectionCls = partial(GuardedHTTPConnection, open_socket=open_socket)  # type: ignore[assignment]
        return pool

    def _open(self, host: str, port: int, *, guard: "Watchdog") -> socket.socket:
        """Resolve, require that every address is fine, and connect to one of those very addresses."""
        try:
            addresses = resolve_within(self._resolve, host, port, guard.remaining())
        except OSError:
            guard.check()
            raise FetchFailed("its host name cannot be resolved") from None
        if not is_named(host, port, self._allowed_hosts) and not all(is_global(address) for address in addresses):
            raise AddressRefused("its host is not on the public internet")
        return guard.watch(connect(addresses, port, guard.remaining()))


class GuardedHTTPConnection(HTTPConnection):
    """A connection that is given its socket. Host header and port stay those of the URL."""

    def __init__(self, *args: Any, open_socket: Callable[[str, int], socket.socket], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_socket = open_socket

    def _new_conn(self) -> socket.socket:
        return self._open_socket(self._dns_host, self.port)


class GuardedHTTPSConnection(HTTPSConnection):
    """The same with TLS: server name and certificate are checked against the URL's host."""

    def __init__(self, *args: Any, open_socket: Callable[[str, int], socket.socket], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_socket = open_socket

    def _new_conn(self) -> socket.socket:
        return self._open_socket(self._dns_host, self.port)


class Watchdog:
    """Cuts the connection when the time is up: a server that sends one byte a second never trips a socket timeout."""

    def __init__(self, ends_at: float) -> None:
        self._ends_at = ends_at
        self._sockets: list[socket.socket] = []

    def remaining(self) -> float:
        """Seconds left, never quite 0: that would mean a non-blocking socket."""
        return max(0.01, self._ends_at - time.monotonic())

    def watch(self, connection: socket.socket) -> socket.socket:
        """Remember a duplicate, which stays valid when TLS takes the socket over."""
        self._sockets.append(connection.dup())
        if time.monotonic() >= self._ends_at:  # `cut` may have been before
            connection.close()
        self.check()
        return connection

    def check(self) -> None:
        """Raise FetchFailed when the time is up."""
        if time.monotonic() >= self._ends_at:
            raise FetchFailed("it took too long")

    def cut(self) -> None:
        """End the connection under whoever reads from it."""
        for watched in self._sockets:
            try:
                watched.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is closed already

    def forget(self) -> None:
        """Close the duplicates."""
        for watched in self._sockets:
            watched.close()


@contextmanager
def watchdog(ends_at: float) -> Iterator[Watchdog]:
    """Run the block with a watchdog that bites at `ends_at` (monotonic seconds)."""
    guard = Watchdog(ends_at)
    timer = threading.Timer(guard.remaining(), guard.cut)
    timer.daemon = True
    timer.start()
    try:
        yield guard
    finally:
        timer.cancel()
        timer.join()
        guard.forget()


def connect(addresses: list[str], port: int, timeout_s: float) -> socket.socket:
    """Connect to the first address that answers. `timeout_s` is for all of them together."""
    ends_at = time.monotonic() + timeout_s
    for address in addresses:
        left = ends_at - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError:
            continue
    raise FetchFailed("no connection to its host was possible")


def parse(method: str, url: str, body: bytes | None) -> Request:
    """Take a URL apart once, so that what is checked is what is used. Raises AddressRefused."""
    if any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url.split("?")[0]):
        raise AddressRefused("the address contains characters that no address may contain")
    authority = url.partition("//")[2].split("/")[0].split("?")[0].split("#")[0]
    if "@" in authority or "%" in authority:
        raise AddressRefused("the address must not contain a user name, a password, a zone or an encoded host")
    try:
        parts = urllib3.util.parse_url(url)
    except LocationParseError:
        raise AddressRefused("the address cannot be read") from None
    if parts.scheme not in PORTS or not parts.host:
        raise AddressRefused("only http and https addresses with a host are fetched")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return Request(method, url, parts.scheme, parts.host, port, parts.request_uri, body)


def redirected(request: Request, status: int, location: str) -> Request:
    """Return the next hop. A POST stays a POST, except after 303: a callback that became a GET would tell nothing."""
    method, body = ("GET", None) if status == 303 else (request.method, request.body)
    following = parse(method, urljoin(request.url, location), body)
    if request.scheme == "https" and following.scheme == "http":
        raise AddressRefused("a redirect leads from https to http")
    return following


def read_at_most(response: urllib3.BaseHTTPResponse, limit_bytes: int, guard: Watchdog) -> bytes:
    """Read a body chunk by chunk. What counts is its size after decompression."""
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise TooLarge(f"it is {int(declared):,} bytes; the limit is {limit_bytes:,}")
    body = bytearray()
    for chunk in response.stream(CHUNK, decode_content=True):
        body += chunk
        guard.check()
        if len(body) > limit_bytes:
            raise TooLarge(f"it is more than {limit_bytes:,} bytes")
    return bytes(body)
