"""The score: each origin by its weight, the given checks alone beside it."""

import pytest

from evaluator.marks import Mark, failed, passed, unchecked, unclear
from evaluator.scoring import Score, score_of
from evaluator.settings import Weights

ALL_RULES = [*(passed("rule", str(n)) for n in range(10)), *(passed("repository", str(n)) for n in range(5))]
PROTOCOL = [passed("protocol", "a"), passed("protocol", "b")]


def test_a_placeholder_page__every_rule_kept_and_nothing_of_the_task__scores_a_third() -> None:
    marks = [*PROTOCOL, *ALL_RULES, failed("given", "x", ""), failed("given", "y", "")]
    by_number = sum(mark.state == "pass" for mark in marks) / len(marks)
    assert by_number == pytest.approx(0.895, abs=0.001), "what it was when every check counted the same"
    assert score_of(marks, Weights()) == Score(total=0.333, given=0.0, given_passed=0, given_total=2)


def test_an_origin_counts_by_its_weight_and_not_by_the_number_of_its_checks() -> None:
    marks = [passed("given", "x"), failed("given", "y", ""), *(failed("rule", str(n), "") for n in range(50))]
    assert score_of(marks, Weights(given=3, rule=1)).total == 0.375
    assert score_of(marks, Weights(given=0, rule=1)).total == 0.0


def test_what_was_not_decided_counts_for_nothing__and_is_among_the_given_ones_of_all() -> None:
    marks = [passed("given", "x"), unclear("given", "y", "?"), unchecked("given", "z", "?"), *PROTOCOL]
    assert score_of(marks, Weights()) == Score(total=1.0, given=1.0, given_passed=1, given_total=3)


def test_a_model_counts_only_where_the_instructor_says_so() -> None:
    marks = [passed("given", "x"), failed("model", "m", "")]
    assert score_of(marks, Weights()).total == 1.0
    assert score_of(marks, Weights(model=2)).total == 0.75


@pytest.mark.parametrize("given", [[unclear("given", "x", "?")], [unchecked("given", "x", "?")]])
def test_without_one_decided_given_check_there_is_no_score(given: list[Mark]) -> None:
    assert score_of([*PROTOCOL, *given], Weights()) == Score(given_total=1)


def test_a_task_without_checks_is_scored_by_the_rest__and_nothing_by_nothing() -> None:
    assert score_of(ALL_RULES, Weights()).total == 1.0
    assert score_of([], Weights()) == Score()
