"""Refuses a wrong secret or key before the application begins: who does not know it shall cost less than who does.

Everything else (large bodies, what is no JSON, other routes) is left to the application, which explains itself.
"""

import time
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Response

from receiver.auth import FIELD, shown_key
from receiver.body import parse_object
from receiver.errors import TOO_MANY_WRONG_KEYS, WRONG_SECRET, Problem
from receiver.gate import Gate
from receiver.request_log import log_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMALL = 16 * 1024  # bytes; a larger body is read once, by the application


class Strangers:
    """A WSGI application around another one. `routes` are those that take a task."""

    def __init__(self, app: "WSGIApplication", gate: Gate, routes: Iterable[str]) -> None:
        self._app, self._gate, self._routes = app, gate, frozenset(routes)
        self._wrong_secret = Problem(WRONG_SECRET, what=FIELD).response()  # made once: most refusals are this one

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer 401 or 429, or let the application answer."""
        environ["PATH_INFO"] = "/" + environ["PATH_INFO"].lstrip("/")  # a base address with a slash, and //ready
        began, route = time.monotonic(), environ["PATH_INFO"].rstrip("/") or "/"
        length = environ.get("CONTENT_LENGTH") or ""
        if environ["REQUEST_METHOD"] == "POST" and route in self._routes and length.isdecimal() and int(length) < SMALL:
            body = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = BytesIO(body)
            if self._is_from_a_stranger(environ, body):
                refusal = self._refusal(environ.get("REMOTE_ADDR", ""))
                error = "wrong-secret" if refusal.status_code == 401 else "too-many-wrong-keys"
                log_answer("POST", route, refusal.status_code, began, {"error": error})
                start_response(refusal.status, list(refusal.headers))
                return [refusal.get_data()]
        return self._app(environ, start_response)

    def _is_from_a_stranger(self, environ: "WSGIEnvironment", body: bytes) -> bool:
        try:
            secret = parse_object(body).get("secret")
        except Problem:
            return False
        if (secret is None or secret == "") and (shown := shown_key(environ)):
            secret = shown[1]
        return not isinstance(secret, str | bytes) or self._gate.holder(secret) is None

    def _refusal(self, address: str) -> Response:
        wait = self._gate.wait_after_wrong_key(address)
        return too_many(wait) if wait else self._wrong_secret


@lru_cache(16)  # one a second is new
def too_many(wait: int) -> Response:
    """Return what is said to who sends wrong keys again and again."""
    return Problem(TOO_MANY_WRONG_KEYS, retry_after_s=wait).response()
