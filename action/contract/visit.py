"""The door to the browser: questions go in, what was seen on one visit comes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from action.contract.kinds_steps import FollowsData, Steps

LATE_SECONDS = 5.0  # after the page came to rest: what becomes true until then is a pass with a warning


@dataclass(frozen=True)
class Question:
    """An expression that is asked once, when the page is at rest, and must be true (`strict`: exactly `true`).

    Where the page may still change, it is looked for `wait_seconds` whether it becomes true late: that is a warning.
    `look` are expressions whose values are evidence when it does not.
    """

    key: str
    expression: str
    wait_seconds: float = LATE_SECONDS
    strict: bool = False
    look: tuple[str, ...] = ()


@dataclass(frozen=True)
class VisitPlan:
    """What one visit is for: a page of the site, what is asked or done there, and whether pictures are taken.

    `is_once`: its question acts, so that it is never asked twice in one page. `pause` are seconds of rest before it.
    `originals` and `replaced` are attachments as they are, and as they come instead.
    """

    path: str = ""
    query: str = ""
    questions: tuple[Question, ...] = ()
    screenshots: bool = False
    is_once: bool = False
    pause: float = 0.0
    acting: "Steps | FollowsData | None" = None
    originals: Mapping[str, bytes] = field(default_factory=dict)
    replaced: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def takes_downloads(self) -> bool:
        """Whether the page may offer files."""
        return any(step.do == "download" for step in getattr(self.acting, "steps", ()))


@dataclass(frozen=True)
class Answer:
    """`actual` is the last value, or the exception; of a yes, why it is one with a warning.

    `could_run` is false where a step had nothing to act on, or where nothing could be found out.
    """

    holds: bool
    actual: str = ""
    evidence: tuple[str, ...] = ()
    could_run: bool = True


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
    """What one visit showed. `problem` says why the page could not be used at all (empty: it could).

    `is_busy`: it may still change. `is_restless`: it went on asking the network as long as anybody waits for that.
    """

    problem: str = ""
    status: int | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    console_errors: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    failed_requests: tuple[FailedRequest, ...] = ()
    screenshots: Screenshots | None = None
    seconds: float = 0.0
    is_busy: bool = False
    is_restless: bool = False

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
