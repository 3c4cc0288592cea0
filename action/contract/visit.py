"""The door to the browser: questions go in, what was seen on one visit comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
class VisitPlan:
    """What one visit is for: a page of the site, what is asked there, and whether pictures are taken."""

    path: str = ""
    query: str = ""
    questions: tuple[Question, ...] = ()
    screenshots: bool = False


@dataclass(frozen=True)
class Answer:
    """`actual` is the last value, or the exception."""

    holds: bool
    actual: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedRequest:
    """`blame`: the site itself, a forbidden address, a server that this machine could not reach, or nobody yet.

    "early": the file will be there when the run of a workflow has made it.
    """

    url: str
    reason: str
    blame: Literal["site", "forbidden", "unreachable", "early"]
    resource: str = ""  # script, stylesheet, fetch, image ...


@dataclass(frozen=True)
class Screenshots:
    """WebP bytes of what is visible at first."""

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

    def with_requests(self, judge: Callable[[FailedRequest], FailedRequest]) -> "Visit":
        """Return this visit with each failed request as `judge` sees it."""
        return replace(self, failed_requests=tuple(map(judge, self.failed_requests)))

    @property
    def unreachable(self) -> list[FailedRequest]:
        """The requests that failed because of where and when the page is tried, not because of the page."""
        return [request for request in self.failed_requests if request.blame in {"unreachable", "early"}]


class Site(Protocol):
    """A candidate, or a live site, in a browser."""

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> Sequence[Visit | None]:
        """Make each visit in an empty profile, at any time and in any order. Never raises for what a page does.

        No visit begins when there is no time any more: None stands for each of those.
        """
        ...
