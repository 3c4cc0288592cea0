"""What the areas of the API share: routes of a repository, bodies of requests, and long lists in pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from embedded.github.access import github, repository
from embedded.github.errors import ApiError, Invalid

USUAL_SIZE = 30
LARGEST_SIZE = 100
Item = TypeVar("Item")
Handler = TypeVar("Handler", bound=Callable[..., ResponseReturnValue])


class Routes:
    """Routes of a repository below `path`. `find` gets owner, name, permission and level, and may refuse.

    A handler gets what `find` returns, one thing or several. To read needs the level "read", everything else "write".
    """

    def __init__(self, name: str, path: str, permission: str, find: Callable[..., Any] = repository) -> None:
        self.blueprint = Blueprint(name, __name__, url_prefix=f"/api/v3/repos/<owner>/<name>{path}")
        self._permission = permission
        self._find = find

    def __call__(self, route: str, permission: str = "", **options: Any) -> Callable[[Handler], Handler]:
        """Add a route such as "GET /runs", where it is another permission than that of the others if one is named."""
        method, _, path = route.partition(" ")
        level = "read" if method == "GET" else "write"

        def add(handler: Handler) -> Handler:
            @wraps(handler)
            def view(owner: str, name: str, **parts: Any) -> ResponseReturnValue:
                given = self._find(owner, name, permission or self._permission, level)
                return handler(*(given if isinstance(given, tuple) else (given,)), **parts)

            self.blueprint.add_url_rule(path, f"{handler.__name__} {path}", view, methods=[method], **options)
            return handler

        return add


def json_body() -> dict[str, Any]:
    """Return the body, which must be a JSON object; no body is an empty one. Raises ApiError."""
    if not request.get_data(cache=True):
        return {}
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise ApiError(400, "Problems parsing JSON")
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


def text_of(body: dict[str, Any], name: str) -> str:
    """Return a field that must be a non-empty string. Raises Invalid."""
    value = body.get(name)
    if value is None or value == "":
        raise Invalid.missing(name)
    if not isinstance(value, str):
        raise Invalid(f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
    return value


@dataclass(frozen=True)
class Page:
    """Which page of a list the caller wants."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """The index of the first item."""
        return (self.number - 1) * self.size

    def answer(self, body: Any, total: int) -> Response:
        """Return the reply with the links to the neighbours of this page."""
        response = jsonify(body)
        last = max(1, -(-total // self.size))
        wanted = {"prev": self.number - 1, "next": self.number + 1, "last": last, "first": 1}
        useful = {
            relation: number for relation, number in wanted.items() if 1 <= number <= last and number != self.number
        }
        if useful:
            response.headers["Link"] = ", ".join(f'<{address(n)}>; rel="{relation}"' for relation, n in useful.items())
        return response


def address(number: int) -> str:
    """Return the address of another page of the same list."""
    query = {**request.args.to_dict(), "page": str(number)}
    return f"{github().web_url}{numbered(request.path)}?{urlencode(query)}"


def numbered(path: str) -> str:
    """Return the path with the repository's number in place of its names: it leads there after a renaming, too."""
    _, found, rest = path.partition("/repos/")
    owner, _, rest = rest.partition("/")
    name, slash, rest = rest.partition("/")
    repo = github().repository(f"{owner}/{name}") if found else None
    return f"/api/v3/repositories/{repo['id']}{slash}{rest}" if repo else path


def wanted_page() -> Page:
    """Read `page` and `per_page`; what is no number counts as absent."""
    number = request.args.get("page", 1, type=int)
    size = request.args.get("per_page", USUAL_SIZE, type=int)
    return Page(max(1, number), min(max(1, size), LARGEST_SIZE))


def paged(items: Sequence[Item], shape: Callable[[Item], Any], key: str | None = None) -> Response:
    """Answer with one page of `items`; with `key` as {"total_count": ..., key: [...]}."""
    page = wanted_page()
    shown = [shape(item) for item in items[page.start : page.start + page.size]]
    return page.answer(shown if key is None else {"total_count": len(items), key: shown}, len(items))
