"""The runner builds what is not finished, keeps every result at once, and lets the modes share the noise."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from action.generate.task_template import SeededTask
from action.record import BuildRecord, ContractRecord, Generation, ModelCall
from bench.builder import BuildFailed, Built, Order
from bench.modes import LOOP, SINGLE_SHOT, Mode
from bench.results import CheckResult, Improvement, RoundResult, RunFolder
from bench.runner import Plan, Resume, Runner, improvement_of
from bench.task_file import load_tasks

TASKS = load_tasks("a test", ["lights-out", "tip-splitter"])
RECORD = BuildRecord(
    build_id="b" * 20,
    task_key="c" * 20,
    round=1,
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
    generation=Generation(
        calls=[ModelCall(model="small", outcome="stop", seconds=2.5, input_tokens=100, output_tokens=None)]
    ),
)


class FakeBuilder:
    """Remembers what it was asked; fails, or is interrupted, where the test says so."""

    def __init__(self, fails: str = "", interrupted: str = "") -> None:
        self.asked: list[str] = []
        self._fails = fails
        self._interrupted = interrupted

    def build(self, order: Order) -> Built:
        self.asked.append(str(order))
        if self._interrupted and str(order).startswith(self._interrupted):
            raise KeyboardInterrupt
        if self._fails and str(order).startswith(self._fails):
            raise BuildFailed("No callback came.")
        return Built({}, "repo", "sha", "page", RECORD, 7.0)


class FakeJudge:
    """Passes the first check of each round and fails the others."""

    def judge(self, order: Order, built: Built) -> list[CheckResult]:
        return [
            CheckResult(round=number, check=str(check), state="fail" if index else "pass")
            for number in range(1, order.round + 1)
            for index, check in enumerate(order.task.rounds[number - 1].given())
        ]


def run(
    folder: Path,
    builder: FakeBuilder,
    *,
    modes: Sequence[Mode] = (LOOP,),
    code: str = "code",
    resume: Resume = "same",
    tasks: Sequence[SeededTask] = TASKS,
) -> tuple[list[RoundResult], list[bool]]:
    known: list[bool] = []
    plan = Plan(tasks=tasks, modes=modes, rounds=2, code=code, resume=resume)
    runner = Runner(plan, builder, FakeJudge(), RunFolder(folder))
    return runner.run(lambda _order, _result, is_known: known.append(is_known)), known


def test_the_modes_alternate_within_each_round(tmp_path: Path) -> None:
    builder = FakeBuilder()
    run(tmp_path, builder, modes=(LOOP, SINGLE_SHOT), tasks=TASKS[:1])
    assert builder.asked == [
        "lights-out round 1 (loop)",
        "lights-out round 1 (single-shot)",
        "lights-out round 2 (loop)",
        "lights-out round 2 (single-shot)",
    ]


def test_a_result_has_its_checks_what_was_kept_and_what_it_cost(tmp_path: Path) -> None:
    (first, second, *_), _ = run(tmp_path, FakeBuilder())
    assert (first.passed, first.total, first.kept) == (1, 5, [])
    assert (second.passed, second.total, len(second.kept)) == (1, 4, 5)
    assert [(call.model, call.input_tokens, call.output_tokens) for call in first.calls] == [("small", 100, None)]
    assert first.seconds == 7.0


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, FakeBuilder(interrupted="tip-splitter round 1"))
    builder = FakeBuilder()
    results, known = run(tmp_path, builder)
    assert builder.asked == ["tip-splitter round 1 (loop)", "tip-splitter round 2 (loop)"]
    assert known == [True, True, False, False]
    assert len(results) == 4


def test_a_whole_run_is_not_repeated(tmp_path: Path) -> None:
    first, _ = run(tmp_path, FakeBuilder())
    builder = FakeBuilder()
    again, _ = run(tmp_path, builder)
    assert builder.asked == []
    assert again == first


@pytest.mark.parametrize(("resume", "builds"), [("same", 4), ("any", 0), ("no", 4)])
def test_results_of_other_code_are_taken_over_only_when_asked_for(tmp_path: Path, resume: Resume, builds: int) -> None:
    run(tmp_path, FakeBuilder())
    builder = FakeBuilder()
    run(tmp_path, builder, code="other code", resume=resume)
    assert len(builder.asked) == builds


def test_a_round_without_a_page_passes_nothing_and_is_tried_again_with_the_rounds_after_it(tmp_path: Path) -> None:
    (first, *_), _ = run(tmp_path, FakeBuilder(fails="lights-out round 1"))
    assert (first.passed, first.total, first.failure) == (0, 5, "No callback came.")
    builder = FakeBuilder()
    run(tmp_path, builder)
    assert builder.asked == ["lights-out round 1 (loop)", "lights-out round 2 (loop)"]


def test_a_result_that_was_half_written_is_no_result(tmp_path: Path) -> None:
    run(tmp_path, FakeBuilder())
    (tmp_path / "rounds" / "tip-splitter-2-loop.json").write_text('{"task": "tip')
    builder = FakeBuilder()
    run(tmp_path, builder)
    assert builder.asked == ["tip-splitter round 2 (loop)"]


def contract(*given: list[str]) -> ContractRecord:
    texts: list[dict[str, Any]] = [
        {
            "id": str(number),
            "kind": "js",
            "origin": "given",
            "round": 1,
            "sentence": "s",
            "states": states,
            "state": states[-1],
        }
        for number, states in enumerate(given)
    ]
    attempts = [{"number": n + 1, "headline": "h", "seconds": 1, "is_kept": n == 1} for n in range(len(given[0]))]
    texts.append({**texts[0], "id": "base", "origin": "base"})
    return ContractRecord.model_validate({"attempts": attempts, "assertions": texts})


def test_the_record_says_what_the_loop_made_of_the_first_answer() -> None:
    looked_at = contract(["fail", "pass", "fail"], ["pass", "pass", "fail"], ["unclear", "fail", "pass"])
    record = RECORD.model_copy(update={"contract": looked_at})
    assert improvement_of(record) == Improvement(assertions=3, first=1, kept=2, attempts=3)
    not_looked_at = RECORD.model_copy(update={"contract": contract(["unclear", "unclear"])})
    assert [improvement_of(each) for each in (None, RECORD, not_looked_at)] == [None] * 3
