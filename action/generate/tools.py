"""What the generating step works with, and what comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from action.console import Console
from action.contract.verdict import Candidate
from action.contract.visit import Site
from action.deadline import Deadline
from action.errors import BudgetSpent, DailyBudgetSpent, missing_project
from action.gates.http import GuardedHttp
from action.github.clone import MOST_REVISIONS, History, OpenHistory
from action.model.interface import Answer, Model
from action.model.prompts import Prompt
from action.record import ModelCall

SECONDS_FOR_PUBLISHING = 240.0  # publishing starts with at least this much left
# A call that was refused costs no quota worth counting.
ANSWERED = {"STOP", "MAX_TOKENS", "DEADLINE", "CLOSED", "RECITATION", "REPEATED"}


@dataclass(frozen=True)
class Budget:
    """`calls` with an answer, `tokens` in and out together, `candidates` that may be run against the contract.

    `dollars_a_day` is what all builds of a day may cost together; None is no limit.
    Free tiers allow about 20 calls a day, so the default is four for a build.
    """

    calls: int = 4
    tokens: int = 400_000
    candidates: int = 8
    dollars_a_day: float | None = None

    def spent(self, calls: Sequence[ModelCall]) -> str:
        """Return what is used up, in words, or nothing."""
        answered = [call for call in calls if call.outcome in ANSWERED]
        tokens = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in answered)
        if len(answered) >= self.calls:
            return f"all {self.calls} calls of this build are used"
        return f"{tokens:,} of {self.tokens:,} tokens are used" if tokens >= self.tokens else ""


class BudgetedModel:
    """A `Model` that stops asking when the budget is spent."""

    def __init__(self, model: Model, budget: Budget) -> None:
        self._model = model
        self._budget = budget
        self.calls = model.calls

    def spent(self) -> str:
        """Return what is used up, in words, or nothing."""
        return self._budget.spent(self.calls)

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        """Ask the model. Raises BudgetSpent, and what the model raises."""
        if reason := self.spent():
            raise BudgetSpent(
                f"The model is not asked again: {reason}.",
                "the answers so far were cut off, or did not pass the checks.",
                "Raise MAX_MODEL_CALLS or MAX_MODEL_TOKENS, or put a stronger model first in GEMINI_MODEL.",
            )
        return self._model.ask(prompt, deadline=deadline)


DEFAULT_BUDGET = Budget()

CurrentFiles = Callable[[str, str], Mapping[str, bytes] | None]
"""Takes task and task key; returns the files of the task's repository, or None when there is none."""
SpentToday = Callable[[], float | None]
"""Returns what today's builds have cost in US dollars; None when that is not known."""
Published = Callable[[str, str, str], str | None]
"""Takes task, task key and build id; returns the commit of a build that is published, so that nothing is to be written.

Raises RepositoryUnreadable."""
OpenSite = Callable[[Candidate], Site | None]


def no_browser(_: Candidate) -> None:
    """There is no browser: what is said about pages stays unclear."""


def nothing_before(task: str, task_key: str) -> None:
    """There is no earlier round."""


def nothing_known() -> None:
    """Nobody says what today's builds have cost."""


def nothing_published(task: str, task_key: str, build_id: str) -> None:
    """This build is a new one."""


def no_history(name: str) -> History:
    """There is no repository."""
    raise missing_project(name)


@dataclass(frozen=True)
class Tools:
    """`license_holder` is who the license names, `open_site` shows a candidate.

    `secret` is the sender's, which no file may hold.
    """

    model: Model
    http: GuardedHttp
    console: Console
    deadline: Deadline
    license_holder: str
    current_files: CurrentFiles = nothing_before
    open_site: OpenSite = no_browser
    open_history: OpenHistory = no_history
    published: Published = nothing_published
    budget: Budget = DEFAULT_BUDGET
    most_revisions: int = MOST_REVISIONS
    secret: str = field(default="", repr=False)
    spent_today: SpentToday = nothing_known

    @property
    def writing_ends(self) -> Deadline:
        """When publishing begins."""
        return self.deadline.for_step(leave=SECONDS_FOR_PUBLISHING)


def require_daily_budget(tools: Tools) -> None:
    """Raise DailyBudgetSpent when today's builds have cost what they may. What is not known stops nothing."""
    most = tools.budget.dollars_a_day
    if most is None:
        return
    spent = tools.spent_today()
    if spent is None:
        tools.console.line("What today's builds have cost is not known, so DAILY_BUDGET stops nothing now")
        return
    tools.console.line(f"Today's builds have cost ${spent:.2f} of ${most:.2f}")
    if spent >= most:
        raise DailyBudgetSpent(
            f"Today's builds have cost ${spent:.2f}, and DAILY_BUDGET allows ${most:.2f} a day.",
            "many tasks arrived today, or the models are expensive.",
            "Send it again tomorrow (days end at midnight UTC), or raise the variable DAILY_BUDGET.",
        )


@dataclass(frozen=True)
class Outcome:
    """What goes into the bundle. `fallback` is the reason when code wrote the page instead of a model."""

    files: Mapping[str, bytes]
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fallback: str = ""
    fetched: frozenset[str] = frozenset()
