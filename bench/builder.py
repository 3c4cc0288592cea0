"""What the runner needs from the world: somebody who builds a round, and somebody who judges the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from action.generate.task_template import AskedRound, SeededTask
from action.record import BuildRecord
from bench.modes import Mode
from bench.results import CheckResult


class BuildFailed(Exception):
    """No page came of a round; the message says what happened, why perhaps, and what to do."""


@dataclass(frozen=True)
class Order:
    """One round of one task, to be built in one mode."""

    task: SeededTask
    round: int
    mode: Mode

    @property
    def asked(self) -> AskedRound:
        """What this round asks for."""
        return self.task.rounds[self.round - 1]

    def __str__(self) -> str:
        return f"{self.task.id} round {self.round} ({self.mode.name})"


@dataclass(frozen=True)
class Built:
    """`files` are those at `commit_sha`; `record` is what the run wrote, None when it wrote nothing.

    `seconds` go from the request to the callback.
    """

    files: Mapping[str, bytes]
    repo_url: str
    commit_sha: str
    pages_url: str
    record: BuildRecord | None
    seconds: float


class Builder(Protocol):
    """Builds through the whole path: request, run, repository, page, callback."""

    def build(self, order: Order) -> Built:
        """Build one round on top of the rounds that this builder built before. Raises BuildFailed."""
        ...


class Judge(Protocol):
    """Runs given checks against the live page and the committed files."""

    def judge(self, order: Order, built: Built) -> list[CheckResult]:
        """Return one result for each given check of the rounds 1 to `order.round`, in their order."""
        ...
