"""Who runs, who waits and who is cancelled in a concurrency group."""

from embedded.actions.concurrency import QUEUE_LIMIT, Claim, Groups, group_name


def enter(groups: Groups, run: int, **rules: object) -> list[int]:
    return groups.enter(Claim(run, "g", **rules))  # type: ignore[arg-type]


def running(groups: Groups, *runs: int) -> list[int]:
    return [run for run in runs if groups.may_run(run, "g")]


def test_single__a_newer_pending_run_cancels_the_older_pending_one() -> None:
    groups = Groups()
    assert enter(groups, 1) == []
    assert enter(groups, 2) == []
    assert enter(groups, 3) == [2]
    groups.leave(2, "g")
    assert running(groups, 1, 2, 3) == [1]
    groups.leave(1, "g")
    assert running(groups, 1, 2, 3) == [3]


def test_cancel_in_progress__the_running_one_goes_too_and_the_new_one_waits_for_it() -> None:
    groups = Groups()
    enter(groups, 1)
    assert enter(groups, 2, cancel_in_progress=True) == [1]
    assert running(groups, 1, 2) == [1]
    groups.leave(1, "g")
    assert running(groups, 1, 2) == [2]


def test_queue_max__first_in_first_out_up_to_the_limit() -> None:
    groups = Groups()
    for run in range(QUEUE_LIMIT + 1):
        assert enter(groups, run, queue="max") == []
    assert enter(groups, 999, queue="max") == [999]
    groups.leave(999, "g")
    for run in range(QUEUE_LIMIT + 1):
        assert running(groups, *range(QUEUE_LIMIT + 1)) == [run]
        groups.leave(run, "g")
    assert enter(groups, 1000) == []
    assert running(groups, 1000) == [1000]


def test_group_name__ignores_case_and_keeps_repositories_apart() -> None:
    assert group_name("O/n", "Task-1") == group_name("o/N", "task-1")
    assert group_name("o/n", "g") != group_name("o/m", "g")
