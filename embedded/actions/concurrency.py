"""Which run of a concurrency group may go on, as GitHub decides it; no clock, no threads, no documents."""

from collections import deque
from dataclasses import dataclass, field

QUEUE_LIMIT = 100  # pending runs in a group with `queue: max`; more are cancelled


@dataclass(frozen=True)
class Claim:
    """A run that wants to be alone in its group."""

    run: int
    group: str
    cancel_in_progress: bool = False
    queue: str = "single"


@dataclass
class Line:
    """One group: who runs, and who waits in which order."""

    running: int | None = None
    pending: deque[int] = field(default_factory=deque)


class Groups:
    """All groups of all repositories. Give it names made by `group_name`."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def enter(self, claim: Claim) -> list[int]:
        """Let a run take its place; return the runs that must be cancelled because of it (perhaps itself)."""
        line = self._lines.setdefault(claim.group, Line())
        if line.running is None:
            line.running = claim.run
            return []
        if claim.queue == "max":
            if len(line.pending) >= QUEUE_LIMIT:
                return [claim.run]
            line.pending.append(claim.run)
            return []
        replaced = list(line.pending)
        line.pending = deque([claim.run])
        return [*replaced, line.running] if claim.cancel_in_progress else replaced

    def may_run(self, run: int, group: str) -> bool:
        """Whether the run is the one running run of its group."""
        line = self._lines.get(group)
        return line is not None and line.running == run

    def leave(self, run: int, group: str) -> None:
        """Forget a run that ended or was cancelled, and let the next one in."""
        line = self._lines.get(group)
        if line is None:
            return
        if run in line.pending:
            line.pending.remove(run)
        if line.running == run:
            line.running = line.pending.popleft() if line.pending else None
        if line.running is None:
            del self._lines[group]


def group_name(repo: str, group: str) -> str:
    """Return the name under which a group is known: case does not matter, repositories are apart."""
    return f"{repo}\n{group}".lower()
