"""The embedded GitHub as one Flask application: REST, git over HTTP, web pages, and what other parts add to it."""

import logging
import secrets
import time
from collections import Counter, deque
from collections.abc import Sequence

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as NoSuchRoute

from embedded.faults.texts import CONTENT
from embedded.github import rest, smart_http, web
from embedded.github.access import github, token_of_request
from embedded.github.core import GitHub
from embedded.github.errors import ApiError, NotFound
from embedded.github.renames import by_number, lead_to_new_name
from embedded.github.tokens import expiry_of, token_key

LARGEST_API_BODY = 150 * 1024 * 1024  # a blob of 100 MB, which is GitHub's limit, in base64
HOURLY_REQUESTS = 5000
SECONDS_PER_HOUR = 3600
# What pages of other origins may send and read, as GitHub says it.
SENT_BY_PAGES = (
    "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Accept-Encoding, "
    "X-GitHub-OTP, X-Requested-With, User-Agent, GraphQL-Features, X-Github-Next-Global-ID, X-GitHub-Api-Version"
)
READ_BY_PAGES = (
    "ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, "
    "X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, "
    "X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset"
)
log = logging.getLogger(__name__)


def create_app(core: GitHub, blueprints: Sequence[Blueprint] = ()) -> Flask:
    """Make the application. `blueprints` are the routes of other parts, for example the artifact service."""
    app = Flask(__name__, static_folder=None)
    app.extensions["github"] = core
    app.extensions["requests by hour and token"] = {}
    app.extensions["writes by token"] = {}
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for blueprint in (*rest.blueprints(), *blueprints, smart_http.blueprint, web.blueprint):
        app.register_blueprint(blueprint)
    app.before_request(answer_preflight)
    app.before_request(limit_api_bodies)
    app.before_request(refuse_the_nameless)
    app.before_request(limit_requests)
    app.before_request(limit_writes)
    app.before_request(lead_to_new_name)
    app.after_request(add_headers)
    app.register_error_handler(ApiError, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
    app.wsgi_app = by_number(app)  # type: ignore[method-assign, assignment]
    return app


def is_api_request() -> bool:
    """Whether the answer must be JSON."""
    return request.path.startswith("/api/")


def answer_preflight() -> Response | None:
    """Answer browsers that ask whether a page of another origin may call the API: it may, with a token or without."""
    if not (is_api_request() and request.method == "OPTIONS"):
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Headers"] = SENT_BY_PAGES
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, PUT, DELETE"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def limit_api_bodies() -> None:
    """Pushes may be as big as they like; requests to the API may not."""
    if is_api_request():
        request.max_content_length = LARGEST_API_BODY


def refuse_the_nameless() -> None:
    """Programs must say who they are. Raises ApiError."""
    if is_api_request() and not request.headers.get("User-Agent"):
        agent = "See http://developer.github.com/v3/#user-agent-required"
        raise ApiError(403, f"Missing or invalid User Agent string. {agent}")


def limit_requests() -> None:
    """Refuse the token of a run that has used up its hour; those of people are counted only. Raises ApiError."""
    if is_api_request() and is_of_a_run() and requests_so_far() >= hourly_limit():
        count_refusal(f"{hourly_limit()} requests an hour")
        raise ApiError(403, "API rate limit exceeded for installation ID 1.")


def limit_writes() -> None:
    """Refuse a token that creates too much in too short a time, in the words that were recorded. Raises ApiError."""
    if not is_api_request() or request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    times: dict[str, deque[float]] = current_app.extensions["writes by token"]
    written = times.setdefault(token_key(token_of_request() or ""), deque(maxlen=github().writes_in[-1][0]))
    now = time.monotonic() * github().speed
    for most, seconds in github().writes_in:
        if len(written) >= most and now - written[-most] < seconds:
            count_refusal(f"{most} writes in {seconds:.0f} s")
            raise ApiError(403, CONTENT["message"])
    written.append(now)


def count_refusal(limit: str) -> None:
    """Remember which limit refused which kind of request."""
    github().refused[limit, f"{request.method} {request.url_rule or request.path}"] += 1


def is_of_a_run() -> bool:
    """Whether the token of the request is one of a run."""
    document = github().store.get("token", token_key(token_of_request() or ""))
    return document is not None and document["kind"] == "run"


def hourly_limit() -> int:
    """Return how many requests the token has in an hour."""
    return github().hourly_requests_of_a_run if is_of_a_run() else HOURLY_REQUESTS


def answer_refusal(error: ApiError) -> tuple[Response, int]:
    """Answer as GitHub's API does, also where a web page was asked for: nobody reads those."""
    return jsonify(error.as_json()), error.status


def answer_http_error(error: HTTPException) -> tuple[Response, int] | HTTPException:
    """Answer an unknown route loudly; give every other error GitHub's shape."""
    if not is_api_request():
        return error
    if isinstance(error, NoSuchRoute) or error.code == 405:
        route = f"{request.method} {request.path}"
        github().unknown_routes.append(route)
        log.error("NO SUCH ROUTE: %s. The embedded GitHub does not have it; add it under embedded/github/rest.", route)
        return answer_refusal(NotFound())
    if isinstance(error, RequestEntityTooLarge):
        return answer_refusal(ApiError(413, "Request body is too large."))
    return answer_refusal(ApiError(error.code or 500, "Problems parsing JSON" if error.code == 400 else error.name))


def add_headers(response: Response) -> Response:
    """Add the headers that clients of the API look at."""
    if token := token_of_request():
        github().asked.append((token_key(token), request.method, request.path))
    if not is_api_request():
        return response
    write_as_github_does(response)
    used, limit = count_request(), hourly_limit()
    if accepted := g.get("accepted"):
        response.headers["X-Accepted-GitHub-Permissions"] = accepted
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = READ_BY_PAGES
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    response.headers["X-GitHub-Request-Id"] = secrets.token_hex(8).upper()
    response.headers["X-GitHub-Api-Version-Selected"] = request.headers.get("X-GitHub-Api-Version", "2022-11-28")
    if expires := expiry_of(github().store, token_of_request()):
        response.headers["GitHub-Authentication-Token-Expiration"] = expires
    response.headers["X-RateLimit-Limit"] = str(limit)
    response.headers["X-RateLimit-Remaining"] = str(max(0 if is_of_a_run() else 1, limit - used))
    response.headers["X-RateLimit-Used"] = str(used)
    response.headers["X-RateLimit-Reset"] = str(int(time.time() + seconds_left_of_this_hour()))
    response.headers["X-RateLimit-Resource"] = "core"
    return response


def write_as_github_does(response: Response) -> None:
    """Name the charset, say where a new thing is, send nothing with a redirect, and know what a client has already."""
    if response.status_code == 204:
        response.headers.remove("Content-Type")
    elif response.status_code == 302:
        response.set_data(b"")
    elif response.mimetype == "application/json":
        response.headers["Content-Type"] = "application/json; charset=utf-8"
    if response.status_code == 201 and (made := response.get_json(silent=True)) and "url" in made:
        response.headers["Location"] = made["url"]
    if response.status_code == 200 and request.method == "GET":
        response.add_etag(weak=True)
        response.make_conditional(request)


def this_hour() -> int:
    """Return the number of this hour."""
    return int(time.time() * github().speed) // SECONDS_PER_HOUR


def seconds_left_of_this_hour() -> float:
    """Return how long a client has to wait, by its own clock."""
    return SECONDS_PER_HOUR - time.time() * github().speed % SECONDS_PER_HOUR


def requests_so_far() -> int:
    """Return how often this token was used in this hour."""
    hours: dict[int, Counter[str]] = current_app.extensions["requests by hour and token"]
    return hours.get(this_hour(), Counter())[token_key(token_of_request() or "")]


def count_request() -> int:
    """Count the request; return how many of this token there were in this hour."""
    hours: dict[int, Counter[str]] = current_app.extensions["requests by hour and token"]
    counts = hours.setdefault(this_hour(), Counter())
    for past in [hour for hour in list(hours) if hour < this_hour()]:
        hours.pop(past, None)
    key = token_key(token_of_request() or "")
    counts[key] += 1
    return counts[key]
