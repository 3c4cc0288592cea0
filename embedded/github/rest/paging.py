"""Long lists leave in pages, with a Link header to the next one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, jsonify, request

from embedded.github.access import github

USUAL_SIZE = 30
LARGEST_SIZE = 100
Item = TypeVar("Item")


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
    return f"{github().web_url}{request.path}?{urlencode(query)}"


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
