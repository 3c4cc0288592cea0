"""Lets front ends of other origins ask: those that the owner lists in CORS_ORIGINS, without cookies. Usually nobody."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = "GET, POST, DELETE"
TAKEN = "Authorization, Content-Type, X-API-KEY"
SHOWN = "Location, Retry-After, Content-Disposition"
KEEP_S = "600"
VARY = ("Vary", "Origin")  # what a cache keeps for one origin is not for another


class Cors:
    """A WSGI application around another one. The browser enforces it; what a program asks is the same as ever."""

    def __init__(self, app: "WSGIApplication", origins: frozenset[str]) -> None:
        self._app, self._origins = app, origins

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a preflight, or let the application answer and say who may read it."""
        origin = environ.get("HTTP_ORIGIN", "")
        allowed = [("Access-Control-Allow-Origin", origin)] if origin in self._origins else []
        is_preflight = environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if allowed and is_preflight:
            asked = [("Access-Control-Allow-Methods", METHODS), ("Access-Control-Allow-Headers", TAKEN)]
            start_response("204 No Content", [*allowed, *asked, ("Access-Control-Max-Age", KEEP_S), VARY])
            return []
        shown = [("Access-Control-Expose-Headers", SHOWN)] if allowed else []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, *allowed, *shown, VARY], *error)

        return self._app(environ, start)
