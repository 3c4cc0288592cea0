import io
from typing import Any

import pytest
import requests
import responses
from rich.console import Console

from embedded.demo.follow import Attempt, NoRunAppeared, Phase, Snapshot, Watcher, attempts_in, phase_of
from embedded.demo.story import Chapter, Progress, tell

RUNS = "http://api/repos/o/r/actions/runs"
STEPS: list[dict[str, Any]] = [
    {"name": "Set up job", "status": "completed", "conclusion": "success"},
    {"name": "Do it", "status": "in_progress", "conclusion": None, "started_at": "2026-11-20T05:00:00Z"},
]


def watcher(**more: Any) -> Watcher:
    return Watcher(requests.Session(), "http://api", "o/r", **more)


BUILD = "b" * 20


def run(status: str, title: str = f"build {BUILD} · task {'c' * 20} round 1") -> dict[str, Any]:
    return {"id": 7, "display_title": title, "status": status, "conclusion": None}


def test_a_build_is_followed_until_its_run_is_over__without_the_runner_s_own_steps() -> None:
    naps: list[float] = []
    done = {**STEPS[1], "status": "completed", "conclusion": "success", "completed_at": "2026-11-20T05:00:02Z"}
    with responses.RequestsMock() as world:
        world.get(RUNS, json={"workflow_runs": [run("queued", f"build {'d' * 20}")]})
        for status, step in (("in_progress", STEPS[1]), ("completed", done)):
            world.get(RUNS, json={"workflow_runs": [run(status)]})
            world.get(f"{RUNS}/7/jobs", json={"jobs": [{"name": "Job", "steps": [STEPS[0], step]}]})
        snapshots = list(watcher(sleep=naps.append).follow(BUILD, 60))
    assert [[phase.name for phase in snapshot.phases] for snapshot in snapshots] == [["Do it"], ["Do it"]]
    assert (snapshots[-1].is_over, snapshots[-1].phases[0].seconds) == (True, 2.0)
    assert len(naps) == 2


def test_a_build_without_a_run_is_told_from_a_slow_one() -> None:
    moments = iter(range(0, 1000, 5))
    with responses.RequestsMock() as world:
        world.get(RUNS, json={"workflow_runs": []})
        with pytest.raises(NoRunAppeared, match=f"No run named 'build {BUILD}' appeared"):
            list(watcher(sleep=lambda _: None, clock=lambda: float(next(moments))).follow(BUILD, 300))


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_each_phase__on_a_terminal_and_elsewhere(terminal: bool) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=80)
    steps = [{"name": f"Phase {end}", "status": "completed", "conclusion": end} for end in ("success", "failure")]
    waiting = Phase("Job", "Waits [markup]", "queued", None, None)
    phases = (*(phase_of({"name": "Job"}, step) for step in steps), phase_of({"name": "Job"}, STEPS[1]), waiting)
    with Progress(console).shown() as progress:
        progress.update(Snapshot(run("in_progress"), phases))
    assert "✓ Phase success" in text.getvalue()
    assert "✗ Phase failure" in text.getvalue()
    assert ("Waits [markup]" in text.getvalue()) == terminal


def test_steps_between_jobs_are_shown_only_when_they_fail() -> None:
    text = io.StringIO()
    steps = [{"name": f"Keep {end}", "status": "completed", "conclusion": end} for end in ("success", "failure")]
    Progress(Console(file=text)).update(
        Snapshot(run("completed"), tuple(phase_of({"name": "Job"}, step) for step in steps))
    )
    assert text.getvalue().splitlines() == ["  ✗ Keep failure  0.0 s"]


LOG = """2026-11-28T12:00:00.1Z ##[group]Attempt 1: run the contract
2026-11-28T12:00:00.2Z [fail] The total is "2". Found: its text is "4"
2026-11-28T12:00:00.2Z [unclear] It is pretty.
2026-11-28T12:00:00.3Z ##[endgroup]
2026-11-28T12:00:00.3Z attempt 1/8: 3 of 5 assertions, 3 s, 6k tokens
nothing failed
attempt 2/8: 4 of 5 assertions, 0 s, 7k tokens
Attempt 2 is kept: it is good
"""
ATTEMPTS = [
    Attempt(1, "3 of 5 assertions, 3 s, 6k tokens", ('The total is "2". Found: its text is "4"',)),
    Attempt(2, "4 of 5 assertions, 0 s, 7k tokens", ()),
]


def test_attempts_are_read_from_the_log__with_what_failed_in_each() -> None:
    assert attempts_in(LOG) == ATTEMPTS
    assert attempts_in("no browser, no loop") == []


def test_the_logs_of_all_jobs_that_ran_are_read() -> None:
    jobs = [{"id": 1, "conclusion": "success"}, {"id": 2, "conclusion": "skipped"}]
    with responses.RequestsMock() as world:
        world.get(f"{RUNS}/7/jobs", json={"jobs": jobs})
        world.get("http://api/repos/o/r/actions/jobs/1/logs", body=LOG)
        assert watcher().attempts_of(7) == ATTEMPTS


def test_the_story_has_the_attempts_the_repair_links_and_the_callback_as_it_was() -> None:
    text = io.StringIO()
    link = "http://localhost:1/" + "long/" * 30
    callback = {"round": "2", "repo_url": link}
    tell(Console(file=text, width=80), Chapter(9.5, ATTEMPTS, {"page": link}, callback, "It worked"))
    told = text.getvalue()
    assert told.count(link) == 2, "links stay in one piece"
    for part in ("It worked", '✗ The total is "2". Found: its text is "4"', "9.5 s", '"round": "2"'):
        assert part in told
    assert told.index("attempt 1") < told.index("repair") < told.index("attempt 2")
