"""What a build may spend on the model: calls and tokens. Seconds are the deadline's."""

from collections.abc import Sequence
from dataclasses import dataclass

from action.deadline import Deadline
from action.errors import BudgetSpent
from action.model.door import Answer, Model
from action.model.prompts import Prompt
from action.record import ModelCall

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
