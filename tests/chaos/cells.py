"""The cells of the matrix: a fault or none, a process that is killed or none, and the round in which it happens."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from embedded.faults.table import FAULTS
from tests.chaos.outside import Json

LONGEST_S = 0.5  # what hangs or is slow does so for this long; what makes clients wait asks for a second
NOT_OF_A_BUILD = {  # nothing in a build asks for these, or a column of its own plays them
    *("logs-missing", "logs-not-stored", "artifact-expired", "organisation-refuses", "repository-empty"),
    *("run-token-lacks", "admin-needed"),
    "dispatch-vanishes",  # a small request leaves no trace, so nothing can mend it
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
            yield Cell(fault, kill, (*planned, *([killing] if killing else [])))


def with_the_real_act() -> Iterator[Cell]:
    """Yield the few cells that are played with the real act: each takes as long as a build."""
    pairs = [
        *((NOTHING, kill) for kill in ("publish, pushed", "notify, accepted", "act", "server", "receiver, dispatched")),
        *((fault, NOTHING) for fault in ("runner-dies", "push-answer-lost", "pages-job-never-starts")),
    ]
    for fault, kill in pairs:
        for cell in crossed([fault], [kill]):
            yield replace(cell, row=f"with act: {cell.row}")


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
NO_BOUNDARIES = ("run ", "deployment ", "web ", "evaluation POST /tasks")  # no process of ours waits for these
MOST_OF_A_KIND = 2  # a request that is repeated until something is so has no third boundary
PAGES_DEPLOYMENT = "rest POST /repos/*/*/pages/deployments"


def place_of(request: str) -> str:
    """Return a request as it is the same in every build."""
    for pattern, other in PLACES:
        request = pattern.sub(other, request)
    return request


def boundaries(seen: Iterable[str], round_number: int) -> Iterator[Cell]:
    """Yield two cells for each request of a build: whoever sends it dies before it is served, or before its answer.

    `seen` are the requests of a build that went well, in their order.
    """
    counted: Counter[str] = Counter()
    for place in map(place_of, seen):
        number = counted[place]
        counted[place] += 1
        if number >= MOST_OF_A_KIND or place.startswith(NO_BOUNDARIES):
            continue
        row = f"round {round_number}: {place}" + (f" ({number + 1})" if number else "")
        sender = sender_of(place)
        for when, suffix in (("before it", ""), ("before its answer", "-when-done")):
            plan = ({"fault": f"{sender}-killed{suffix}", "where": place, "after": number},)
            yield Cell(row, f"{sender} dies {when}", plan, round_number)
            plan = ({"fault": f"server-killed{suffix}", "where": place, "after": number},)
            yield Cell(row, f"server dies {when}", plan, round_number)


def sender_of(place: str) -> str:
    """Return whose death is planned at a request: the receiver, a step of the build, or one of the page's run."""
    if place.endswith("/dispatches"):
        return "receiver"
    return "pages-step" if place.startswith(("identity ", PAGES_DEPLOYMENT)) and not place.endswith("/*") else "step"
