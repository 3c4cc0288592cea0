"""The sample tasks themselves: enough of them, each different, each check executable without a model."""

import re

import pytest

from bench.judge import compiled
from bench.task_file import FOLDER, load_tasks, load_variants

TASKS = load_tasks("a test")
VARIANTS = load_variants("a test")


def test_there_are_enough_tasks_of_many_kinds() -> None:
    assert len(TASKS) >= 12
    assert len({task.kind for task in TASKS}) >= 10
    assert sum(len(each.checks) for task in TASKS for each in task.rounds) >= 130


@pytest.mark.parametrize("task", VARIANTS, ids=lambda task: f"{task.id} {task.variants}")
def test_every_check_can_be_executed(task) -> None:  # type: ignore[no-untyped-def]
    """Raises when a check is read by no rule, or only as advice."""
    assert len(compiled(task, 2)) == sum(len(each.checks) for each in task.rounds)


@pytest.mark.parametrize("task", VARIANTS, ids=lambda task: f"{task.id} {task.variants}")
def test_a_round_is_judged_by_at_least_three_checks_and_mostly_in_the_page(task) -> None:  # type: ignore[no-untyped-def]
    for each in task.rounds:
        assert 3 <= len(each.checks) <= 8
    assert any(check.js for each in task.rounds for check in each.given())


def test_both_shapes_and_english_occur() -> None:
    checks = [check for task in TASKS for each in task.rounds for check in each.checks]
    words = [check for check in checks if isinstance(check, str)]
    assert any(isinstance(check, dict) for check in checks)
    assert any(check.startswith("js:") for check in words)
    assert sum(not check.startswith("js:") for check in words) >= 20


def test_no_check_asks_for_a_server_that_is_not_ours() -> None:
    for path in FOLDER.glob("*.yaml"):
        assert not re.search(r"https?://", path.read_text()), path.name


def test_some_templates_have_variants_of_round_2_and_all_have_two_rounds() -> None:
    assert len({task.id for task in VARIANTS if task.variants[1] > 1}) >= 3
    assert {len(task.rounds) for task in VARIANTS} == {2}


def test_the_evaluation_compares_the_first_variant_whatever_the_seed() -> None:
    assert {task.variants for seed in ("1", "2", "3") for task in load_tasks(seed)} == {(1, 1)}
