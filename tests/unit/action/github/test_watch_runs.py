"""Waiting for the runs of a site's own workflows, and what is kept of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, cast

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import GitHubUnavailable
from action.github.runs import JobSeen, Runs, RunState, RunWatcher, failed, records

COMMIT = ("owner/page", "1" * 40)
CI, PAGES = ".github/workflows/ci.yml", ".github/workflows/pages.yml"
DONE = RunState(7, CI, "completed", "success", "https://github.example/run/7")
BUSY = RunState(7, CI, "in_progress", "", "https://github.example/run/7")
OURS = RunState(8, PAGES, "in_progress", "", "")


@dataclass
class FakeRuns:
    """Answers from a script; the last answer stays. An exception is raised."""

    script: list[list[RunState] | Exception]
    jobs: list[JobSeen] = field(default_factory=lambda: [JobSeen(1, "a", "success", ("Lint",))])
    logs: list[str | None] = field(default_factory=lambda: ["one\ntwo"])

    def of_commit(self, full_name: str, commit: str) -> list[RunState]:
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def jobs_of(self, full_name: str, run: int) -> list[JobSeen]:
        return self.jobs

    def log_of(self, full_name: str, job: int) -> str | None:
        return self.logs.pop(0) if len(self.logs) > 1 else self.logs[0]


@pytest.fixture
def watcher(deadline: Deadline, console: Console, clock: Any) -> Callable[[FakeRuns], RunWatcher]:
    return lambda runs: RunWatcher(cast(Runs, runs), deadline.for_step(leave=60), console, clock.sleep, clock)


Make = Callable[[FakeRuns], RunWatcher]


def test_a_run_is_awaited_and_its_log_read__ours_is_not(watcher: Make, clock: Any) -> None:
    (seen,) = watcher(FakeRuns([[OURS], [BUSY, OURS], [DONE, OURS]])).watch(*COMMIT, [CI])
    assert (seen.workflow, seen.conclusion, seen.steps, seen.log) == (CI, "success", ("Lint",), "one\ntwo")
    assert clock.slept == [0.5, 0.625]


def test_a_run_that_never_begins_is_given_up(watcher: Make, clock: Any) -> None:
    assert watcher(FakeRuns([[]])).watch(*COMMIT, [CI]) == []
    assert 45 <= sum(clock.slept) < 51


def test_a_run_that_does_not_end_leaves_the_time_for_the_callback(watcher: Make, deadline: Deadline) -> None:
    (seen,) = watcher(FakeRuns([[BUSY]])).watch(*COMMIT, [CI])
    assert seen.conclusion == "in_progress"
    assert deadline.remaining() >= 60


def test_github_is_away_for_a_moment__and_a_log_is_late(watcher: Make, log: StringIO) -> None:
    away = GitHubUnavailable("GitHub is away.", "c", "n")
    (seen,) = watcher(FakeRuns([away, [DONE]], logs=[None, "late"])).watch(*COMMIT, [CI])
    assert seen.log == "late"
    assert "GitHub is away." in log.getvalue()


def test_the_log_of_a_cancelled_job_is_named__those_of_the_others_are_kept(watcher: Make, log: StringIO) -> None:
    jobs = [JobSeen(number, name, "success", ("Lint",)) for number, name in enumerate(("first", "gone", "last"))]
    (seen,) = watcher(FakeRuns([[DONE]], jobs, ["one", None, None, None, "three"])).watch(*COMMIT, [CI])
    assert (seen.log, seen.lost, seen.steps) == ("one\nthree", ("gone",), ("Lint",) * 3)
    assert f"{CI}: there is no log of gone." in log.getvalue()


def test_a_secret_in_a_log_is_not_kept(watcher: Make) -> None:
    token = "ghp_" + "aB3" * 12
    (seen,) = watcher(FakeRuns([[DONE]], logs=[f"before\n{token}\nafter"])).watch(*COMMIT, [CI])
    assert seen.log == "before\n***\nafter"


def test_of_a_failed_run_the_end_of_the_log_is_kept(watcher: Make) -> None:
    broken = RunState(7, CI, "completed", "failure", "https://github.example/run/7")
    lines = [f"line {number} {'x' * 400}" for number in range(40)]
    runs = FakeRuns([[broken]], logs=["\n\n".join(lines)])
    first, missing = records(watcher(runs).watch(*COMMIT, [CI]), [CI, "other.yml"])
    assert (missing.workflow, missing.conclusion) == ("other.yml", "no run")
    kept = first.log_end.splitlines()
    assert (len(kept), kept[0][:7], max(map(len, kept))) == (25, "line 15", 300)
    error = failed(first)
    assert "ended with failure: line 39" in error.what
    assert "https://github.example/run/7" in error.next_step
    assert "could not be read" in failed(missing).what
