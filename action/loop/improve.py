"""The loop itself: from the best attempt so far to a better one, until it is good, or time or budget are used up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from action.candidate_files import Draft
from action.console import Console
from action.deadline import Deadline
from action.errors import UserError
from action.loop.attempt import Attempt

LEAST_SECONDS = 20.0  # less is not enough for an answer and a look at it
MOST_WITHOUT_PROGRESS = 2
LONGEST_REASON = 300


@dataclass(frozen=True)
class Repair:
    """What came of asking for a repair: a draft, or the reasons why the changes could not be applied."""

    draft: Draft | None = None
    misfits: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Repairer(Protocol):
    """Asks the model to repair an attempt. Raises UserError when no answer comes."""

    def __call__(self, best: Attempt, misfits: tuple[str, ...], deadline: Deadline) -> Repair: ...


@dataclass
class Loop:
    """`prove` turns a draft into an attempt; `spent` says what of the budget is used up."""

    repair: Repairer
    prove: Callable[[int, Draft, tuple[str, ...]], Attempt]
    spent: Callable[[], str]
    console: Console
    deadline: Deadline
    most_attempts: int = 8
    attempts: list[Attempt] = field(default_factory=list)

    def improve(self, first: Attempt) -> Attempt:
        """Return the best attempt."""
        best, idle, unfit = first, 0, 0
        misfits: tuple[str, ...] = ()
        self.attempts.append(first)
        while not (reason := self._reason_to_stop(best, idle, unfit)):
            try:
                repair = self.repair(best, misfits, self.deadline)
            except UserError as error:
                reason = error.what
                break
            misfits = repair.misfits
            if repair.draft is None:
                self._tell(misfits)
                unfit += 1
                continue
            unfit = 0
            attempt = self.prove(len(self.attempts) + 1, repair.draft, repair.problems)
            self.attempts.append(attempt)
            idle = 0 if attempt.is_better_than(best) else idle + 1
            best = attempt if idle == 0 else best
        self.console.line(f"Attempt {best.number} is kept: {reason}")
        return best

    def _tell(self, misfits: tuple[str, ...]) -> None:
        """Say why an answer changes nothing. Its words are the model's."""
        self.console.line(f"The changes do not fit ({len(misfits)} reasons), so whole files are asked for")
        for misfit in misfits:
            self.console.foreign(misfit.splitlines()[0][:LONGEST_REASON])

    def _reason_to_stop(self, best: Attempt, idle: int, unfit: int) -> str:
        """Return why the loop ends here, or nothing. What is only wished for gets one more try."""
        tried = len(self.attempts)
        if best.is_good and (best.report.is_perfect or tried > 1):
            return "it is good"
        if idle >= MOST_WITHOUT_PROGRESS:
            return f"{idle} answers in a row were no better"
        if unfit >= MOST_WITHOUT_PROGRESS:
            return f"{unfit} answers in a row did not fit the files"
        if tried >= self.most_attempts:
            return f"all {tried} candidates of this build are used"
        if self.deadline.remaining() < LEAST_SECONDS:
            return "the rest of the time belongs to publishing"
        return self.spent()
