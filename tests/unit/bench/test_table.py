"""What people read at the end: counts, shares, the comparison, and a cost only where prices are known."""

import io
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from action.record import ModelCall
from bench.prices import PriceTableIsWrong, load_prices
from bench.results import AssertionResult, CheckResult, Improvement, RoundResult, State
from bench.table import comparison_of, line_of, table_of
from dashboard.builds import cost_of
from dashboard.settings import Price


def result(
    mode: str = "loop", passed: int = 1, *, task: str = "lights-out", model: str = "small", failure: str = ""
) -> RoundResult:
    states: list[State] = ["pass" if index < passed else "fail" for index in range(4)]
    return RoundResult(
        task=task,
        round=1,
        mode=mode,
        fingerprint="f",
        checks=[CheckResult(round=1, check="c", state=state) for state in states],
        calls=[
            ModelCall(model=model, purpose="write", outcome="stop", seconds=1, input_tokens=1500, output_tokens=500)
        ],
        seconds=12.3,
        failure=failure,
    )


def shown(*results: RoundResult, prices: dict[str, Price] | None = None) -> str:
    console = Console(file=io.StringIO(), width=140)
    console.print(table_of(results, prices or {}))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_the_table_has_a_total_for_each_mode() -> None:
    text = shown(result("loop", 3), result("single-shot", 1), result("loop", 4))
    totals = [line for line in text.splitlines() if " all " in line]
    assert len(totals) == 2
    assert "7/8" in totals[0]
    assert "3,000" in totals[0]
    assert "1/4" in totals[1]


def test_cost_is_shown_when_prices_are_given_and_unknown_for_other_models() -> None:
    prices = {"small": Price(input=2, output=4)}
    assert cost_of(result().calls, prices, date(2026, 11, 28)) == pytest.approx(0.005)
    assert "0.0050" in shown(result(), prices=prices)
    assert "?" in shown(result(model="other"), prices=prices)
    assert "USD" not in shown(result())


def test_cost_of_an_assertion_that_passed() -> None:
    prices = {"small": Price(input=2, output=4)}
    states: list[State] = ["pass", "pass", "fail"]
    parts = [AssertionResult(id=str(n), kind="js", sentence="s", state=state) for n, state in enumerate(states)]
    check = CheckResult(round=1, check="c", state="fail", assertions=parts)
    assert "0.0025" in shown(result().model_copy(update={"checks": [check]}), prices=prices)
    assert "?" in shown(result(), prices=prices)  # none passed


def test_list_prices_are_used_when_none_are_given() -> None:
    assert "USD" in shown(result(model="gemini-3.5-flash-lite"))


def test_each_round_has_a_total_of_its_own() -> None:
    second = result(passed=4).model_copy(update={"round": 2})
    totals = [line.split()[:6] for line in shown(result(), second).replace("│", " ").splitlines() if " all " in line]
    assert [total[:3] for total in totals] == [["all", "1", "loop"], ["all", "2", "loop"], ["all", "loop", "5/8"]]


def test_the_comparison_gives_both_shares_and_their_difference() -> None:
    text = comparison_of([result("loop", 3), result("single-shot", 1)])
    assert "loop: 3 of 4 given checks passed (75.0 %)" in text
    assert "single-shot: 1 of 4 given checks passed (25.0 %)" in text
    assert "+50.0 percentage points on the same 1 rounds; better in 1, worse in 0, equal in 0" in text


def test_the_comparison_leaves_out_what_only_one_mode_has_finished() -> None:
    both = [result("loop", 1), result("single-shot", 2)]
    text = comparison_of([*both, result("loop", 4, task="river-quiz")])
    assert "loop: 1 of 4 given" in text
    assert "-25.0 percentage points on the same 1 rounds; better in 0, worse in 1" in text


def test_what_the_loop_made_of_its_own_first_answers_is_told() -> None:
    improvement = Improvement(assertions=5, first=2, kept=4, attempts=3)
    better = result("loop", 4).model_copy(update={"improvement": improvement})
    text = comparison_of([better, better, result("single-shot", 2)])
    assert "loop, within the same 2 builds: 4 of 10 given assertions passed in the first attempt, 8 in the one" in text
    assert "single-shot, within" not in text


def test_nothing_is_compared_when_nothing_or_one_mode_is_finished() -> None:
    assert comparison_of([]) == ""
    assert comparison_of([result("loop", 3)]) == "loop: 3 of 4 given checks passed (75.0 %)"


def test_a_line_says_when_a_round_failed_or_was_finished_before() -> None:
    assert line_of(result(failure="No callback came."), is_known=False).endswith("12 s: No callback came.")
    assert "(finished before)" in line_of(result(), is_known=True)


def test_prices__a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "prices.yaml"
    table.write_text("small: {input: 0.1, output: 0.4}\n")
    assert load_prices(table)["small"].output == 0.4
    table.write_text("small: cheap\n")
    with pytest.raises(PriceTableIsWrong, match=r"input: 0\.1"):
        load_prices(table)
