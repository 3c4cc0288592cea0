"""The candidate on a local server, served as GitHub Pages would: sub-path, media types, 404, no dotfiles."""

import mimetypes
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote, urlsplit

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "application/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".yaml": "text/yaml",
    ".yml": "text/yaml",
}
TYPES = mimetypes.MimeTypes(filenames=())  # the table of Python, not of this machine
EMPTY = "/.empty"  # no site has this path: dotfiles are not served
NOT_FOUND = b"<!DOCTYPE html><title>Page not found</title><h1>404</h1><p>File not found</p>"


class PagesServer:
    """Serves one candidate at a time on a free port of 127.0.0.1, until closed."""

    def __init__(self) -> None:
        self._files: Mapping[str, bytes] = {}
        self._site_path = "/"

        class Handler(PagesHandler):
            look_up = staticmethod(self.answer)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the site's root is."""
        return f"http://127.0.0.1:{self.port}{self._site_path}"

    @property
    def empty_page(self) -> str:
        """Where nothing is, on the same origin: a page rests there between two visits."""
        return f"http://127.0.0.1:{self.port}{EMPTY}"

    def show(self, files: Mapping[str, bytes], site_path: str) -> None:
        """Serve these files from now on, under a path such as "/repository/"."""
        self._files = dict(files)
        self._site_path = f"/{site_path.strip('/')}/" if site_path.strip("/") else "/"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, media type (or the new place) and body for a path of a request."""
        if path == EMPTY:
            return HTTPStatus.OK, MEDIA_TYPES[".html"], b"<!DOCTYPE html><title></title>"
        if path == self._site_path.rstrip("/"):
            return HTTPStatus.MOVED_PERMANENTLY, self._site_path, b""
        if not path.startswith(self._site_path):
            return HTTPStatus.NOT_FOUND, MEDIA_TYPES[".html"], NOT_FOUND
        name = path.removeprefix(self._site_path)
        for candidate in (name, f"{name}index.html" if name in {"", name.rstrip("/") + "/"} else f"{name}.html"):
            if candidate in self._files and not is_hidden(candidate):
                return HTTPStatus.OK, media_type(candidate), self._files[candidate]
        if f"{name}/index.html" in self._files:
            return HTTPStatus.MOVED_PERMANENTLY, f"{quote(path)}/", b""
        return HTTPStatus.NOT_FOUND, MEDIA_TYPES[".html"], self._files.get("404.html", NOT_FOUND)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def is_hidden(name: str) -> bool:
    """Whether the upload of a Pages artifact leaves a file out."""
    return any(part.startswith(".") for part in name.split("/"))


def media_type(name: str) -> str:
    """Return the type that Pages sends."""
    suffix = f".{name.rsplit('.', 1)[-1].lower()}"
    return MEDIA_TYPES.get(suffix) or TYPES.guess_type(name)[0] or "application/octet-stream"


class PagesHandler(BaseHTTPRequestHandler):
    """HTTP for the server above."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    look_up: Callable[[str], tuple[int, str, bytes]]  # path → status, media type (or the new place), body

    def do_GET(self) -> None:
        status, kind, body = self.look_up(unquote(urlsplit(self.path).path))
        self.send_response(status)
        self.send_header("Location" if status == HTTPStatus.MOVED_PERMANENTLY else "Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.send_response(HTTPStatus.METHOD_NOT_ALLOWED)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    do_PUT = do_DELETE = do_PATCH = do_POST

    def handle(self) -> None:
        """A browser that is killed, or loses interest, is no error here."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """The browser reports what failed; a log of its own would only repeat it."""
