"""A small threaded HTTP server for one WSGI application, on the loopback interface unless somebody says otherwise."""

import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
from collections.abc import Mapping

import jinja2
from flask import Response

LOOPBACK = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    """Answers without writing access logs; small answers leave at once."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing: the programs behind this server log what matters."""


class RememberingServer(ThreadedWSGIServer):
    """Remembers its open connections, so that none outlives it."""

    def __init__(self, host: str, port: int, app: "WSGIApplication", limits: "Limits") -> None:
        self.open_connections: dict[socket.socket, None] = {}  # the oldest first
        self._limits = limits
        if port > 65535:
            raise OverflowError(f"there is no port {port}")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server(
            (host, port), family=family, backlog=128
        ) as taken:  # werkzeug would print, and end the program
            super().__init__(host, port, app, handler=QuietHandler, fd=taken.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread that serves one connection. When there are too many, the oldest one makes room."""
        request.settimeout(self._limits.seconds_of_silence)
        if len(self.open_connections) >= self._limits.connections:
            end(next(iter(self.open_connections)))
        self.open_connections[request] = None
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End one connection."""
        self.open_connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing when a client went away; werkzeug has already logged the application's own errors."""


@dataclass(frozen=True)
class Limits:
    """What clients may use. The parts of the embedded system trust each other and need no limits."""

    connections: int = 1_000_000
    seconds_of_silence: float | None = None


NO_LIMITS = Limits()


class Server:
    """Serves `app` from `start` until `stop`. Port 0 takes a free one; `port` then says which.

    Raises OSError or OverflowError when nothing can listen there.
    """

    def __init__(
        self, app: "WSGIApplication", port: int = 0, *, host: str = LOOPBACK, limits: Limits = NO_LIMITS
    ) -> None:
        self._server = RememberingServer(host, port, app, limits)
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=f"http-{self.port}")
        self._thread.daemon = True

    @property
    def url(self) -> str:
        """The address for clients on this machine, without a slash at the end."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Begin to answer. The port has been taken since the object was made."""
        self._thread.start()

    def stop(self) -> None:
        """Take no new connection, end the open ones, give the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        for connection in list(self._server.open_connections):
            end(connection)


def end(connection: socket.socket) -> None:
    """End a connection under whoever reads from it."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("embedded"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"


def landing_page(template: str, values: Mapping[str, object]) -> Response:
    """Return a page made from one of the templates."""
    response = Response(TEMPLATES.get_template(f"{template}.html").render(values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
