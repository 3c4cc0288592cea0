"""Candidates are compared by what the caller gave, then by other gates; a round by what it kept, gained and lost."""

import pytest

from action.contract.assertion import Advice, FileExists, Origin
from action.contract.contract import Report, Result
from action.contract.repair_notes import failure_lines
from action.contract.verdict import State, Verdict, passed_with_warning


def result(name: str, state: State, origin: Origin = "given") -> Result:
    return Result(assertion=FileExists(file=name, origin=origin, sentence=name), verdict=Verdict(state=state))


def report(*results: Result) -> Report:
    return Report(results=results)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (report(result("a", "pass")), report(result("a", "fail"))),
        (report(result("a", "unclear")), report(result("a", "fail"))),
        (
            report(result("a", "pass"), result("b", "fail", "inferred"), result("c", "fail", "inferred")),
            report(result("a", "fail"), result("b", "pass", "inferred"), result("c", "pass", "inferred")),
        ),
        (report(result("a", "pass", "base")), report(result("a", "fail", "base"))),
        (
            report(result("a", "pass"), result("b", "fail", "base"), result("c", "fail", "base")),
            report(result("a", "fail"), result("b", "pass", "base"), result("c", "pass", "base")),
        ),
        (
            report(result("a", "pass"), result("b", "pass", "inferred")),
            report(result("a", "pass"), result("b", "fail", "inferred")),
        ),
    ],
)
def test_one_candidate_is_better_than_the_other(better: Report, worse: Report) -> None:
    assert better.score() > worse.score()


def test_inferred_failures_do_not_gate_and_advice_never_does() -> None:
    advice = Result(assertion=Advice(question="nice?", origin="given"), verdict=Verdict(state="fail"))
    found = report(result("a", "pass"), result("b", "fail", "inferred"), advice)
    assert found.is_good
    assert not found.is_perfect
    assert not report(result("a", "fail", "base")).is_good


def test_a_warning_is_a_pass_that_is_told_and_that_is_worse_than_one_without() -> None:
    sure, late = (
        result("a", "pass"),
        Result(assertion=result("a", "pass").assertion, verdict=passed_with_warning("late")),
    )
    found = report(late)
    assert (found.is_good, found.is_perfect, found.failures()) == (True, False, [])
    assert "[warning] a Found: late" in str(late)
    assert "who asks once does not see it" in failure_lines(found)
    assert report(sure).score() > found.score() > report(result("a", "unclear")).score()


def test_failures_that_gate_come_first() -> None:
    found = report(result("guide", "fail", "inferred"), result("gate", "fail"))
    assert [r.assertion.sentence for r in found.failures()] == ["gate", "guide"]


def test_a_change_names_what_was_kept_gained_and_lost() -> None:
    before = report(result("a", "pass"), result("b", "fail"), result("c", "pass"), result("d", "pass"))
    after = report(
        result("a", "pass"), result("b", "pass"), result("c", "fail"), result("d", "unclear"), result("e", "pass")
    )
    ids = {r.assertion.sentence: r.assertion.id for r in after.results}
    change = after.change_since(before)
    assert (change.kept, change.gained, change.lost) == ((ids["a"],), (ids["b"],), (ids["c"],))


def test_the_headline_counts_by_origin() -> None:
    found = report(result("a", "pass"), result("b", "fail"), result("c", "pass", "base"))
    assert found.headline() == "2 of 3 assertions (given 1/2, base 1/1)"


def test_a_report_survives_json() -> None:
    found = report(result("a", "pass"), result("b", "fail", "inferred"))
    assert Report.model_validate_json(found.model_dump_json()) == found
