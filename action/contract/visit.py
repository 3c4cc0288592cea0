"""The door to the browser: questions go in, what was seen on one visit comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Question:
    """An expression that is asked until it is true (`strict`: exactly `true`) or the seconds are over.

    `look` are expressions whose values are evidence when it never becomes true.
    """

    key: str
    expression: str
    wait_seconds: float = 5.0
    strict: bool = False
    look: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """`actual` is the last value, or the exception."""

    holds: bool
    actual: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedRequest:
    """`blame`: the site itself, a forbidden address, or a server that this machine could not reach."""

    url: str
    reason: str
    blame: Literal["site", "forbidden", "unreachable"]
    resource: str = ""  # script, stylesheet, fetch, image ...


@dataclass(frozen=True)
class Screenshots:
    """PNG bytes."""

    desktop: bytes = field(repr=False)
    mobile: bytes = field(repr=False)


@dataclass(frozen=True)
class Visit:
    """What one visit showed. `problem` says why the page could not be used at all (empty: it could)."""

    problem: str = ""
    status: int | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    console_errors: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    failed_requests: tuple[FailedRequest, ...] = ()
    screenshots: Screenshots | None = None
    seconds: float = 0.0

    @property
    def unreachable(self) -> list[FailedRequest]:
        """The requests that failed because of the network here, not because of the page."""
        return [request for request in self.failed_requests if request.blame == "unreachable"]


class Site(Protocol):
    """A candidate, or a live site, in a browser. Visits never raise for what a page does."""

    def visit(
        self, path: str = "", query: str = "", questions: Sequence[Question] = (), *, screenshots: bool = False
    ) -> Visit:
        """Open a page in a fresh profile and ask the questions."""
        ...
