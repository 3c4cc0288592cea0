"""Stands in front of a server: plays what the plan says, and lets everything else through."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from embedded.faults.exchange import Exchange
from embedded.faults.plan import CannotPlan, FaultPlan

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PLAN_PATH = "/_faults"
REST_PREFIX = "/api/v3"
PREFIXES = {"/twirp": "artifacts", "/_results": "artifacts", "/_logs": "logs", "/_oidc": "identity"}
OF_GIT = ("/info/refs", "/git-upload-pack", "/git-receive-pack")


class Faulty:
    """A WSGI application around another. `service`: github, pages, model or evaluation."""

    def __init__(self, app: "WSGIApplication", service: str, plan: FaultPlan) -> None:
        self._app, self._service, self._plan = app, service, plan

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request. Raises ConnectionResetError where the connection has to end."""
        if self._service == "github" and environ["PATH_INFO"] == PLAN_PATH:
            return self._plan_itself(environ, start_response)
        taken = self._plan.take(request_of(self._service, environ))
        effect, seconds = taken or ("", 0.0)
        if isinstance(effect, str):
            return self._app(environ, start_response)
        exchange = Exchange(environ, self._app, seconds, self._plan.victims)
        reply = effect(exchange)
        start_response(status_line(reply.status), list(reply.headers))
        return exchange.pieces(reply)

    def _plan_itself(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Show, extend or clear the plan. Pages in a browser may not: they send an Origin."""
        method, status, body = environ["REQUEST_METHOD"], 200, {}
        try:
            if environ.get("HTTP_ORIGIN"):
                status, body = 403, {"error": "The fault plan is not for pages of other origins."}
            elif method == "POST":
                length = int(environ.get("CONTENT_LENGTH") or 0)
                self._plan.add(json.loads(environ["wsgi.input"].read(length)))
            elif method == "DELETE":
                self._plan.clear()
        except (CannotPlan, ValueError) as error:
            status, body = 422, {"error": str(error)}
        start_response(status_line(status), [("Content-Type", "application/json")])
        return [json.dumps(body or self._plan.as_json()).encode()]


def request_of(service: str, environ: "WSGIEnvironment") -> str:
    """Return a request as plans name it: "service METHOD path", with the query."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if service == "github":
        service, path = service_of(path)
    return f"{service} {environ['REQUEST_METHOD']} {path}{'?' if query else ''}{query}"


def service_of(path: str) -> tuple[str, str]:
    """Return which service of the embedded GitHub a path belongs to, and the path within it."""
    if path.startswith(f"{REST_PREFIX}/"):
        return "rest", path.removeprefix(REST_PREFIX)
    found = next((name for prefix, name in PREFIXES.items() if path.startswith(f"{prefix}/")), None)
    return found or ("git" if path.endswith(OF_GIT) else "web"), path


def status_line(status: int) -> str:
    """Return a status as WSGI wants it."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
