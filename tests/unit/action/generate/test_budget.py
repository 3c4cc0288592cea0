"""A build asks the model only as often, and for as much, as it may."""

from datetime import UTC, datetime

import pytest

from action.deadline import Deadline
from action.errors import BudgetSpent
from action.generate.tools import Budget, BudgetedModel
from action.model.interface import Answer
from action.model.prompts import Prompt
from action.record import ModelCall

PROMPT = Prompt("rules", ())
DEADLINE = Deadline(datetime(2026, 11, 20, tzinfo=UTC), clock=lambda: 0)


class Obliging:
    """A model that always answers."""

    def __init__(self, outcome: str = "STOP", tokens: int | None = None) -> None:
        self.calls: list[ModelCall] = []
        self.outcome, self.tokens = outcome, tokens

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        call = ModelCall(model="m", outcome=self.outcome, seconds=1, input_tokens=self.tokens, output_tokens=1)
        self.calls.append(call)
        return Answer("", "STOP", "m")


def asks(model: Obliging, budget: Budget, times: int = 10) -> int:
    budgeted = BudgetedModel(model, budget)
    for _ in range(times):
        try:
            budgeted.ask(PROMPT, deadline=DEADLINE)
        except BudgetSpent:
            break
    return len(model.calls)


@pytest.mark.parametrize("outcome", ["STOP", "MAX_TOKENS", "DEADLINE", "CLOSED", "RECITATION", "REPEATED"])
def test_four_answers_are_all__however_they_ended(outcome: str) -> None:
    assert asks(Obliging(outcome), Budget()) == 4


def test_refused_calls_do_not_count() -> None:
    assert asks(Obliging("HTTP 503"), Budget()) == 10


def test_tokens_in_and_out_count_together() -> None:
    assert asks(Obliging(tokens=99), Budget(tokens=200)) == 2


def test_calls_without_a_token_count_are_counted_as_calls() -> None:
    assert asks(Obliging(tokens=None), Budget(calls=3, tokens=200)) == 3


def test_the_error_names_the_settings() -> None:
    budgeted = BudgetedModel(Obliging(), Budget(calls=0))
    with pytest.raises(BudgetSpent, match="all 0 calls of this build are used") as caught:
        budgeted.ask(PROMPT, deadline=DEADLINE)
    assert "MAX_MODEL_CALLS" in caught.value.next_step
