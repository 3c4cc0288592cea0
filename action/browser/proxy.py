"""The browser's only way to the network: a proxy that connects to public addresses and remembers why it did not.

Chromium itself resolves nothing (see chrome.py): names are resolved here, every address of a name must be global, and
the connection goes to one of those very addresses. So a name that changes its mind between check and connection (DNS
rebinding), a redirect, a frame, a worker and a web socket all meet the same check.
"""

import select
import socket
import socketserver
import threading
from typing import Literal

from action.gates.http import GuardedHttpError, Resolve, connect, resolve_with_system, resolve_within
from receiver.task.addresses import is_global

Refusal = Literal["forbidden", "unreachable", "unknown"]
CONNECT_SECONDS = 4.0
KNOWN_NAME = "github.com"  # a machine that cannot resolve it has no names at all
IDLE_SECONDS = 30.0
LARGEST_HEAD = 65_536


class WayOut:
    """A forward proxy on a free port of 127.0.0.1. Only CONNECT: a page on https may not load plain http either."""

    def __init__(self, resolve: Resolve = resolve_with_system) -> None:
        self._resolve = resolve
        self._lock = threading.Lock()
        self._refused: dict[str, tuple[Refusal, str]] = {}
        self._has_names = False
        way_out = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                way_out.serve(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def refusal(self, host: str) -> tuple[Refusal, str] | None:
        """Return why a host was not connected to. "unknown": its name does not resolve although others do."""
        with self._lock:
            refusal, reason = self._refused.get(host.strip("[]").lower(), (None, ""))
            if refusal == "unknown" and not self._has_names:
                refusal = "unreachable"  # nothing resolves here: not the page's fault
        return (refusal, reason) if refusal else None

    def forget(self) -> None:
        """Let servers be tried again that could not be reached."""
        with self._lock:
            self._refused = {host: why for host, why in self._refused.items() if why[0] == "forbidden"}

    def serve(self, browser: socket.socket) -> None:
        """Handle one connection of the browser."""
        try:
            browser.settimeout(IDLE_SECONDS)
            method, target, rest = read_head(browser)
            if method != "CONNECT":
                host = target.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
                self._refuse(host, "forbidden", "plain http: a page on https may not load it")
                browser.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            host, _, port = target.rpartition(":")
            server = self._open(host.strip("[]").lower(), int(port))
            if server is None:
                browser.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with server:
                browser.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                server.sendall(rest)
                relay(browser, server)
        except (OSError, ValueError):
            return

    def _open(self, host: str, port: int) -> socket.socket | None:
        """Return a connection to a public address, None when there is none (and remember why)."""
        known = self.refusal(host)
        if known:  # a server that did not answer once must not cost its seconds again
            return None
        try:
            addresses = resolve_within(self._resolve, host, port, CONNECT_SECONDS)
        except OSError as error:
            self._look_for_names()
            self._refuse(host, "unknown", f"its name does not resolve ({error})")
            return None
        if not addresses or not all(is_global(address) for address in addresses):
            self._refuse(host, "forbidden", "it is not on the public internet")
            return None
        try:
            server = connect(addresses, port, CONNECT_SECONDS)
        except (OSError, GuardedHttpError):
            self._refuse(host, "unreachable", "it does not accept connections")
            return None
        self._has_names = True
        return server

    def _look_for_names(self) -> None:
        """Find out whether names resolve here: a page may ask for one that does not exist, and for no other."""
        if not self._has_names:
            try:
                self._has_names = bool(resolve_within(self._resolve, KNOWN_NAME, 443, CONNECT_SECONDS))
            except OSError:
                return

    def _refuse(self, host: str, refusal: Refusal, reason: str) -> None:
        with self._lock:
            self._refused[host.lower()] = (refusal, reason)

    def close(self) -> None:
        """Stop accepting connections."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def read_head(browser: socket.socket) -> tuple[str, str, bytes]:
    """Return method and target of a request to a proxy, and what came after its head. Raises ValueError."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = browser.recv(4096)
        data += chunk
        if not chunk or len(data) > LARGEST_HEAD:
            raise ValueError("not a request to a proxy")
    head, _, rest = data.partition(b"\r\n\r\n")
    method, target, _ = head.decode("latin-1").split("\r\n", 1)[0].split(" ", 2)
    return method, target, rest


def relay(browser: socket.socket, server: socket.socket) -> None:
    """Pass bytes both ways until one side closes or both are silent for long."""
    other = {browser: server, server: browser}
    while True:
        readable, _, _ = select.select([browser, server], [], [], IDLE_SECONDS)
        if not readable:
            return
        for source in readable:
            chunk = source.recv(65_536)
            if not chunk:
                return
            other[source].sendall(chunk)
