"""The fault plan: which faults are to happen, where, how often; and what has happened so far."""

import json
import os
import re
import signal
import threading
from collections import deque
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from embedded.faults.exchange import Effect
from embedded.faults.table import FAULTS, Fault

REMEMBERED = 1_000  # requests, for whoever wants to know where a fault could be


class CannotPlan(Exception):
    """The plan cannot be read: an unknown fault, or no JSON."""


class Planned(BaseModel):
    """One entry. What it leaves out is as the table of faults has it; `after`: so many matches go well first."""

    model_config = ConfigDict(extra="forbid")

    fault: str
    where: str | None = None
    times: int | None = Field(None, ge=0)
    after: int = Field(0, ge=0)
    seconds: float | None = Field(None, ge=0)

    @cached_property
    def known(self) -> Fault:
        """The fault's row in the table."""
        return FAULTS[self.fault]

    def matches(self, request: str) -> bool:
        """Whether it is about this request: "service METHOD path"."""
        return bool(pattern_of(self.where or self.known.where).fullmatch(request))


class FaultPlan:
    """Entries are tried in order. `victims` are the processes that faults can kill, by name."""

    def __init__(self, entries: object = ()) -> None:
        self._lock = threading.Lock()
        self._entries: list[tuple[Planned, list[int]]] = []  # with the matches that go well, and those that do not
        self.played: list[dict[str, str]] = []
        self.seen: deque[str] = deque(maxlen=REMEMBERED)
        self.victims: dict[str, Callable[[], None]] = {"server": die}
        self.add(list(entries) if isinstance(entries, tuple) else entries)

    @classmethod
    def from_file(cls, file: Path) -> "FaultPlan":
        """Read a plan: a JSON list of names and objects. Raises CannotPlan."""
        try:
            return cls(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise CannotPlan(f"The fault plan {file} cannot be read: {error}. It is a JSON list of faults.") from None

    def add(self, entries: object) -> None:
        """Plan more. Raises CannotPlan, and plans nothing then."""
        listed = entries if isinstance(entries, list) else [entries]
        named = [{"fault": entry} if isinstance(entry, str) else entry for entry in listed]
        try:
            planned = TypeAdapter(list[Planned]).validate_python(named)
        except ValidationError as error:
            problems = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
            raise CannotPlan(f"The plan cannot be used: {problems}. docs/faults.md shows one.") from None
        if unknown := [each.fault for each in planned if each.fault not in FAULTS]:
            raise CannotPlan(f"There is no fault {', '.join(unknown)}. docs/faults.md lists them.")
        with self._lock:
            self._entries += [(each, [each.after, times_of(each)]) for each in planned]

    def clear(self) -> None:
        """Plan nothing any more, and forget what has happened."""
        with self._lock:
            self._entries.clear()
            self.played.clear()
            self.seen.clear()

    def take(self, request: str) -> tuple[Effect | str, float] | None:
        """Return what happens to this request, and its seconds; None when nothing does."""
        with self._lock:
            self.seen.append(request)
            for planned, left in self._entries:
                if left[1] and planned.matches(request):
                    if left[0]:
                        left[0] -= 1
                        continue
                    left[1] -= 1
                    self.played.append({"fault": planned.fault, "request": request})
                    seconds = planned.known.seconds if planned.seconds is None else planned.seconds
                    return planned.known.does, seconds
        return None

    def fate(self, request: str) -> str | None:
        """Return how a run or a deployment ends, if a fault says so."""
        taken = self.take(request)
        return taken[0] if taken and isinstance(taken[0], str) else None

    def as_json(self) -> dict[str, Any]:
        """Return what is planned, and what has happened."""
        with self._lock:
            entries = [
                {**each.model_dump(exclude_none=True), "left": "always" if left[1] < 0 else left[1]}
                for each, left in self._entries
            ]
            return {"plan": entries, "played": list(self.played), "seen": list(self.seen)}


def times_of(planned: Planned) -> int:
    """Return how often; -1 never comes to an end."""
    times = planned.known.times if planned.times is None else planned.times
    return times or -1


@cache
def pattern_of(where: str) -> re.Pattern[str]:
    """Read a place of the table: `*` stops at a slash, a question mark or a blank, `**` does not."""
    parts = re.split(r"(\*\*|\*)", where)
    return re.compile("".join({"**": ".*", "*": "[^/? ]*"}.get(part) or re.escape(part) for part in parts))


def die() -> None:
    """End this process as kill -9 would."""
    os.kill(os.getpid(), signal.SIGKILL)
