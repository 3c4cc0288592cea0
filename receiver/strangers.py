"""Refuses a wrong secret before the application begins: who does not know it shall cost less than who does.

Everything else (large bodies, what is no JSON, other routes) is left to the application, which explains itself.
"""

import time
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from receiver.auth import knows_secret
from receiver.body import parse_object
from receiver.errors import WRONG_SECRET, Problem
from receiver.request_log import log_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMALL = 16 * 1024  # bytes; a larger body is read once, by the application


class Strangers:
    """A WSGI application around another one. `routes` are those that take a task."""

    def __init__(self, app: "WSGIApplication", secret: str, routes: Iterable[str]) -> None:
        self._app, self._secret, self._routes = app, secret, frozenset(routes)
        self._refusal = Problem(WRONG_SECRET, what="The field secret of the task").response()
        self._body = self._refusal.get_data()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer 401, or let the application answer."""
        environ["PATH_INFO"] = "/" + environ["PATH_INFO"].lstrip("/")  # a base address with a slash, and //ready
        began, route = time.monotonic(), environ["PATH_INFO"].rstrip("/") or "/"
        length = environ.get("CONTENT_LENGTH") or ""
        if environ["REQUEST_METHOD"] == "POST" and route in self._routes and length.isdecimal() and int(length) < SMALL:
            body = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = BytesIO(body)
            if self._is_from_a_stranger(body):
                log_answer("POST", route, 401, began, " error=wrong-secret")
                start_response(self._refusal.status, list(self._refusal.headers))
                return [self._body]
        return self._app(environ, start_response)

    def _is_from_a_stranger(self, body: bytes) -> bool:
        try:
            return not knows_secret(parse_object(body).get("secret"), self._secret)
        except Problem:
            return False
