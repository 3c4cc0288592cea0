"""The command line of `make eval`: what it plans, and what it says when it cannot."""

from pathlib import Path

import pytest

from bench.eval import main, parse, plan_of
from bench.program import model_name, program_digest


def test_the_plan_has_all_tasks_in_one_mode_unless_told_otherwise() -> None:
    plan = plan_of(parse([]), {})
    assert len({order.task.id for order in plan.orders()}) >= 12
    assert {order.mode.name for order in plan.orders()} == {"loop"}
    assert {order.round for order in plan.orders()} == {1, 2}


def test_tasks_rounds_and_baseline_are_chosen() -> None:
    plan = plan_of(parse(["--tasks", "lights-out, tip-splitter", "--rounds", "1", "--baseline", "single-shot"]), {})
    assert [str(order) for order in plan.orders()] == [
        "lights-out round 1 (loop)",
        "lights-out round 1 (single-shot)",
        "tip-splitter round 1 (loop)",
        "tip-splitter round 1 (single-shot)",
    ]


def test_an_unknown_task_is_a_sentence_and_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tasks", "lights-uot"], {}) == 2
    assert "lights-uot" in capsys.readouterr().err


def test_the_model_is_named_by_its_file_or_by_the_environment() -> None:
    assert model_name({}, Path("models/small-1.5b.gguf")) == "small-1.5b"
    assert model_name({"GEMINI_MODEL": "gemini-a,gemini-b"}) == "gemini-a,gemini-b"
    assert model_name({"GEMINI_MODEL": " "}) == "the built-in stand-in"


def test_the_digest_changes_with_the_program_and_with_the_model(tmp_path: Path) -> None:
    code = tmp_path / "action" / "phase.py"
    code.parent.mkdir()
    code.write_text("a = 1\n")
    first = program_digest("small", tmp_path)
    assert program_digest("small", tmp_path) == first
    assert program_digest("large", tmp_path) != first
    code.write_text("a = 2\n")
    assert program_digest("small", tmp_path) != first
