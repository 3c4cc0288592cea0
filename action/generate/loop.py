"""The loop: from the best attempt so far to a better one, until it is good, or time or budget are used up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from action.console import Console, report_defect
from action.deadline import Deadline, at_most
from action.errors import BudgetSpent, UserError
from action.generate.candidate import Draft
from action.generate.trial import Attempt
from action.model.interface import Answer, Model
from action.model.prompts import Prompt
from action.record import ModelCall

MOST_REVISIONS = 3  # of one round of a task; restores do not count
ANSWERED = {"STOP", "MAX_TOKENS", "DEADLINE"}  # a call that was refused costs no quota worth counting


@dataclass(frozen=True)
class Budget:
    """`calls` with an answer, `tokens` in and out together, `candidates` that may be run against the contract.

    Free tiers allow about 20 calls a day, so the default is four for a build.
    """

    calls: int = 4
    tokens: int = 400_000
    candidates: int = 8

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


LONGEST_REASON = 300
SECONDS_FOR_LOOKING = 30.0  # after the deadline: the last answer is looked at, too
LEAST_SECONDS = 20.0  # less is not enough for an answer and a look at it


@dataclass(frozen=True)
class Proposal:
    """What came of asking: a draft, or the reasons why its changes could not be applied."""

    draft: Draft | None = None
    misfits: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Author(Protocol):
    """Asks the model. Both ways raise UserError when no answer comes."""

    def repair(self, best: Attempt, misfits: tuple[str, ...], deadline: Deadline) -> Proposal:
        """Ask for changes of an attempt; `misfits` are those of the answer before."""

    def start_over(self, best: Attempt, deadline: Deadline) -> Proposal:
        """Ask for everything once more, with what is known of the best attempt's failures."""


@dataclass
class Loop:
    """`prove` turns a draft into an attempt; `spent` says what of the budget is used up.

    A model that repaired in vain tends to repeat itself. So it starts over, until that brings something better, which
    is repaired in its turn. Weaker models gain more from new beginnings than from repairs (arXiv:2306.09896).
    """

    author: Author
    prove: Callable[[int, Draft, tuple[str, ...]], Attempt]
    spent: Callable[[], str]
    console: Console
    deadline: Deadline
    most_attempts: int = 8
    attempts: list[Attempt] = field(default_factory=list)

    def improve(self, first: Attempt) -> Attempt:
        """Return the best attempt."""
        best, is_stuck = first, False
        misfits: tuple[str, ...] = ()
        self.attempts.append(first)
        while not (reason := self._reason_to_stop(best)):
            starts_over = is_stuck and not misfits
            try:
                with at_most(self.deadline.remaining() + SECONDS_FOR_LOOKING, "The repair"):
                    proposal = self._ask(best, misfits, starts_over=starts_over)
                    misfits = proposal.misfits
                    if proposal.draft is None:
                        self._tell(misfits)
                        continue
                    attempt = self.prove(len(self.attempts) + 1, proposal.draft, proposal.problems)
            except UserError as error:
                reason = error.what
                break
            except Exception:  # noqa: BLE001 - whatever it is, the attempts so far are there and can be published
                reason = report_defect("The repair", self.console, degraded=True).what
                break
            self.attempts.append(attempt)
            is_better = attempt.is_better_than(best)
            is_stuck = not is_better
            best = attempt if is_better else best
        self.console.line(f"Attempt {best.number} is kept: {reason}")
        return best

    def _ask(self, best: Attempt, misfits: tuple[str, ...], *, starts_over: bool) -> Proposal:
        if starts_over:
            self.console.line("That was no better, so the model starts over")
            return self.author.start_over(best, self.deadline)
        return self.author.repair(best, misfits, self.deadline)

    def _tell(self, misfits: tuple[str, ...]) -> None:
        """Say why an answer changes nothing. Its words are the model's."""
        self.console.line(f"The changes do not fit ({len(misfits)} reasons), so whole files are asked for")
        for misfit in misfits:
            self.console.foreign(misfit.splitlines()[0][:LONGEST_REASON])

    def _reason_to_stop(self, best: Attempt) -> str:
        """Return why the loop ends here, or nothing. What is only wished for gets one more try."""
        tried = len(self.attempts)
        if best.is_good and (best.report.is_perfect or tried > 1):
            return "it is good"
        if tried >= self.most_attempts:
            return f"all {tried} candidates of this build are used"
        if self.deadline.remaining() < LEAST_SECONDS:
            return "the rest of the time belongs to publishing"
        return self.spent()
