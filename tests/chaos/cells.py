"""The cells of the matrix: a fault or none, a process that is killed or none, and the round in which it happens."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from embedded.faults.table import FAULTS
from tests.chaos.outside import Json

LONGEST_S = 0.5  # what hangs or is slow does so for this long; what makes clients wait asks for a second
NOT_OF_A_BUILD = {  # nothing in a build asks for these, or a column of its own plays them
    *("logs-missing", "logs-not-stored", "artifact-expired", "organisation-refuses", "repository-empty"),
    *("run-token-lacks", "admin-needed"),
    *(name for name in FAULTS if "killed" in name),
}
NOTHING = "nothing"
KILLS: dict[str, Json | None] = {
    NOTHING: None,
    "receiver": {"fault": "receiver-killed"},
    "receiver, dispatched": {"fault": "receiver-killed-when-done"},
    "generate": {"fault": "step-killed", "where": "model POST /**"},
    "publish, created": {"fault": "step-killed-when-done", "where": "rest POST /user/repos"},
    "publish, pushed": {"fault": "step-killed-when-done", "where": "git POST /**/git-receive-pack"},
    "deploy": {"fault": "step-killed", "where": "rest GET /repos/*/*/actions/**runs?**"},
    "verify": {"fault": "step-killed", "where": "pages GET /**"},
    "notify": {"fault": "step-killed", "where": "evaluation POST /notify"},
    "notify, accepted": {"fault": "step-killed-when-done", "where": "evaluation POST /notify"},
    "pages run": {"fault": "pages-step-killed"},
    "act": {"fault": "runner-killed-when-done", "where": "git POST /**/git-receive-pack"},
    "server": {"fault": "server-killed-when-done", "where": "git POST /**/git-receive-pack"},
}


@dataclass(frozen=True)
class Cell:
    """`row` and `column` are its place in the matrix; `plan` is what goes wrong."""

    row: str
    column: str
    plan: tuple[Json, ...] = ()
    round: int = 1


def crossed(faults: Iterable[str], kills: Iterable[str]) -> Iterator[Cell]:
    """Yield each fault with each kill."""
    for fault in faults:
        for kill in kills:
            planned = [{"fault": fault, **shortened(fault)}] if fault in FAULTS else []
            killing = KILLS[kill]
            yield Cell(fault, kill, tuple([*planned, *([killing] if killing else [])]))


def shortened(fault: str) -> Json:
    """Return a shorter time for what only takes time."""
    seconds = FAULTS[fault].seconds
    return {"seconds": LONGEST_S} if seconds > 1 else {}


def every_fault() -> list[str]:
    """Return the faults that a build can meet."""
    return [NOTHING, *(name for name in FAULTS if name not in NOT_OF_A_BUILD)]


PLACES = (  # what is another value in each build
    (re.compile(r"/repos/[^/ ?]+/[^/ ?]+"), "/repos/*/*"),
    (re.compile(r"^(git \S+) /[^/]+/[^/]+?(\.git)?/(?=info|git-)"), r"\1 /*/*/"),
    (re.compile(r"^(pages \S+) /[^/]+/[^/]+/"), r"\1 /*/*/"),
    (re.compile(r"(?<=/)[0-9a-f]{40}|(?<=/)\d+(?=[/?]|$)"), "*"),
    (re.compile(r"^(?!git)([^?]*)\?.*$"), r"\1?**"),
)


def place_of(request: str) -> str:
    """Return a request as it is the same in every build."""
    for pattern, other in PLACES:
        request = pattern.sub(other, request)
    return request


@dataclass
class Boundaries:
    """Each request of a build is a boundary: a process can die before it is served, or after it and before its answer.

    `seen` are the requests of a build that went well, in their order.
    """

    seen: list[str]
    counted: Counter[str] = field(default_factory=Counter)

    def cells(self, round_number: int) -> Iterator[Cell]:
        """Yield two cells for each request, one for each side of it."""
        for request in self.seen:
            place = place_of(request)
            number = self.counted[place]
            self.counted[place] += 1
            if place.startswith(("run ", "deployment ")):
                continue
            kind = "receiver" if place.endswith("/dispatches") else "pages-step" if of_pages(place) else "step"
            for when in ("before", "after"):
                suffix = "" if when == "before" else "-when-done"
                name = {"receiver": "receiver-killed", "step": "step-killed", "pages-step": "pages-step-killed"}[kind]
                entry = {"fault": f"{name}{suffix}", "where": place, "after": number}
                row = f"round {round_number}: {place}" + (f" ({number + 1})" if number else "")
                yield Cell(row, f"{kind} killed {when}", (entry,), round_number)


def of_pages(place: str) -> bool:
    """Whether the workflow of the page sends it, and not the build."""
    return place.startswith(("artifacts ", "identity ")) and False or place == "rest POST /repos/*/*/pages/deployments"
