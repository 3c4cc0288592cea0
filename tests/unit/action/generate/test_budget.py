"""A build asks the model only as often, and for as much, as it may."""

from datetime import UTC, datetime

import pytest

from action.deadline import Deadline
from action.errors import BudgetSpent
from action.generate.tools import Budget, BudgetedModel
from action.model.interface import Answer
from action.model.prompts import Prompt
from action.record import ModelCall
from tests.unit.action.generate.scripted_build import PAGE, build, request_for

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


A_DOLLAR = Budget(dollars_a_day=1.0)


@pytest.mark.parametrize(("budget", "spent"), [(A_DOLLAR, 0.99), (A_DOLLAR, None), (Budget(), 99.0)])
def test_a_day_with_dollars_left_or_of_which_nothing_is_known_stops_nothing(
    budget: Budget, spent: float | None
) -> None:
    _, model = build(request_for(), PAGE, budget=budget, spent_today=lambda: spent)
    assert len(model.calls) == 1


@pytest.mark.parametrize("most", [1.0, 0.0])
def test_a_day_without_dollars_left__the_plain_page_says_why_and_no_model_is_asked(most: float) -> None:
    bundle, model = build(request_for(), PAGE, budget=Budget(dollars_a_day=most), spent_today=lambda: 1.0)
    assert model.calls == []
    assert b"budget for language models is used up" in bundle.files["index.html"]
    (failure,) = bundle.record.failures
    assert (failure.code, failure.what[:31]) == ("E-DAILY-BUDGET", "Today's builds have cost $1.00,")
