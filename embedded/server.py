"""A small threaded HTTP server for one WSGI application, on the loopback interface only."""

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    """Answers without writing access logs; small answers leave at once."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing: the programs behind this server log what matters."""


class LoopbackServer(ThreadedWSGIServer):
    """Remembers its open connections, so that none outlives it."""

    def __init__(self, port: int, app: "WSGIApplication") -> None:
        self.open_connections: set[socket.socket] = set()
        super().__init__(LOOPBACK, port, app, handler=QuietHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread that serves one connection."""
        self.open_connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End one connection."""
        self.open_connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing when a client went away; werkzeug has already logged the application's own errors."""


class Server:
    """Serves `app` from `start` until `stop`. Port 0 takes a free one; `port` then says which."""

    def __init__(self, app: "WSGIApplication", port: int = 0) -> None:
        self._server = LoopbackServer(port, app)
        self.port = int(self._server.server_port)
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
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
