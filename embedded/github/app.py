"""The embedded GitHub as one Flask application: REST, git over HTTP, web pages, and what other parts add to it."""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as NoSuchRoute

from embedded.github import rest, smart_http, web
from embedded.github.access import github, token_of_request
from embedded.github.core import GitHub
from embedded.github.errors import ApiError, NotFound
from embedded.github.tokens import token_key

LARGEST_API_BODY = 150 * 1024 * 1024  # a blob of 100 MB, which is GitHub's limit, in base64
HOURLY_REQUESTS = 5000
log = logging.getLogger(__name__)


def create_app(core: GitHub, blueprints: Sequence[Blueprint] = ()) -> Flask:
    """Make the application. `blueprints` are the routes of other parts, for example the artifact service."""
    app = Flask(__name__, static_folder=None)
    app.extensions["github"] = core
    app.extensions["requests by token"] = Counter()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for blueprint in (*rest.blueprints(), *blueprints, smart_http.blueprint, web.blueprint):
        app.register_blueprint(blueprint)
    app.before_request(limit_api_bodies)
    app.after_request(add_headers)
    app.register_error_handler(ApiError, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
    return app


def is_api_request() -> bool:
    """Whether the answer must be JSON."""
    return request.path.startswith("/api/")


def limit_api_bodies() -> None:
    """Pushes may be as big as they like; requests to the API may not."""
    if is_api_request():
        request.max_content_length = LARGEST_API_BODY


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
    if not is_api_request():
        return response
    used = count_request()
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    response.headers["X-GitHub-Request-Id"] = secrets.token_hex(8).upper()
    response.headers["X-GitHub-Api-Version-Selected"] = request.headers.get("X-GitHub-Api-Version", "2022-11-28")
    response.headers["X-RateLimit-Limit"] = str(HOURLY_REQUESTS)
    response.headers["X-RateLimit-Remaining"] = str(max(1, HOURLY_REQUESTS - used))  # counted, never enforced
    response.headers["X-RateLimit-Used"] = str(used)
    response.headers["X-RateLimit-Reset"] = str(int(time.time()) // 3600 * 3600 + 3600)
    response.headers["X-RateLimit-Resource"] = "core"
    return response


def count_request() -> int:
    """Return how often this token was used so far."""
    counts: Counter[str] = current_app.extensions["requests by token"]
    key = token_key(token_of_request() or "")
    counts[key] += 1
    return counts[key]
