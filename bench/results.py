"""The results of one run, kept round by round, so that an interrupted run goes on where it was."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field

from action.record import ModelCall

State = Literal["pass", "fail", "unclear"]


class Part(BaseModel):
    """A part of the results; unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AssertionResult(Part):
    """One assertion that a check was compiled into."""

    id: str
    kind: str
    sentence: str
    state: State
    actual: str = ""
    detail: str = ""


class CheckResult(Part):
    """One given check. It passes when every assertion that it was compiled into does."""

    round: int
    check: str
    state: State
    assertions: list[AssertionResult] = []


class Improvement(Part):
    """What the loop made of one build, by its own record: given assertions that passed, first and in the end."""

    assertions: int
    first: int
    kept: int
    attempts: int


class RoundResult(Part):
    """One round of one task in one mode. `kept` are the earlier round's checks, asked again.

    `improvement` is there when the build ran its candidates in the browser.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")  # the totals are written too, and computed when read

    task: str
    round: int
    mode: str
    fingerprint: str
    finished_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    checks: list[CheckResult]
    kept: list[CheckResult] = []
    calls: list[ModelCall] = []
    improvement: Improvement | None = None
    seconds: float
    degraded: bool = False
    failure: str = ""
    repo_url: str = ""
    commit_sha: str = ""
    pages_url: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> int:
        """How many of this round's checks passed."""
        return count_passed(self.checks)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        """How many checks this round has."""
        return len(self.checks)


def count_passed(checks: Iterable[CheckResult]) -> int:
    """Return how many passed; unclear is not passed."""
    return sum(check.state == "pass" for check in checks)


class RunResults(Part):
    """What `results.json` holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    seed: str
    started_at: datetime
    finished_at: datetime | None
    rounds: list[RoundResult]


class RunFolder:
    """One file for each finished round, below `path`; a reader never sees half of one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, task: str, number: int, mode: str) -> RoundResult | None:
        """Return a finished round, None when there is none that can be read."""
        try:
            return RoundResult.model_validate_json(self.file_of(task, number, mode).read_bytes())
        except (OSError, ValidationError):
            return None

    def save(self, result: RoundResult) -> None:
        """Keep a finished round."""
        write_whole(self.file_of(result.task, result.round, result.mode), result.model_dump_json(indent=1))

    def write_results(self, results: RunResults) -> Path:
        """Write the file of the whole run and return where it is."""
        write_whole(self.path / "results.json", results.model_dump_json(indent=1))
        return self.path / "results.json"

    def file_of(self, task: str, number: int, mode: str) -> Path:
        """Return where a round is kept."""
        return self.path / "rounds" / f"{task}-{number}-{mode}.json"


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)
