"""What is run again and what is left, with fake runs and a ledger in memory."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.console import Console
from action.errors import DailyBudgetSpent, GitHubUnavailable, ModelBlocked, OutOfTime, UserError
from action.github.api import NotThere, RunnerApi
from action.github.git import blob_id
from action.github.runner_runs import (
    EXECUTE_JOB,
    MINUTES,
    PUBLISH_JOB,
    WRITE_JOB,
    BuildJob,
    BuildRun,
    BuildRuns,
    StoredRequests,
)
from action.ledger.layout import canonical, record_path
from action.ledger.tree import Tree
from action.record import BuildRecord, CallbackAttempt, Deployment, Failure, Outcome, PhaseRecord
from action.steps.reconcile import Decision, Reconciler, commands_again, outdated, render
from receiver.task import Payload, StoredEnvelope
from receiver.task.payload import stored_message
from tests.unit.action.ledger.builders import AT, make_message, make_record
from tests.unit.action.ledger.example_ledger import opaque

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[4]


class FakeRuns(BuildRuns):
    """Remembers what was started again."""

    def __init__(self, *runs: BuildRun) -> None:
        self.runs = list(runs)
        self.jobs_of: dict[int, list[BuildJob]] = {}
        self.started: list[tuple[str, int]] = []
        self.refuses, self.said = False, ""

    def since(self, moment: datetime) -> list[BuildRun]:
        return [run for run in self.runs if run.created_at >= moment]

    def one(self, number: int) -> BuildRun | None:
        return next((run for run in self.runs if run.id == number), None)

    def refusal(self, run: BuildRun) -> str:
        return self.said

    def jobs(self, run: BuildRun) -> list[BuildJob]:
        return self.jobs_of.get(run.id, [])

    def _start(self, how: str, run: BuildRun) -> None:
        if self.refuses:
            raise GitHubUnavailable("GitHub answered 403.", "x", "y")
        self.started.append((how, run.id))

    def run_again(self, run: BuildRun) -> None:
        self._start("all", run)

    def run_failed_again(self, run: BuildRun) -> None:
        self._start("failed", run)

    def publish_again(self, run: BuildRun) -> None:
        self._start("publish", run)

    def cancel(self, run: BuildRun) -> None:
        self._start("cancel", run)


def make_run(number: int = 10, **changes: Any) -> BuildRun:
    at = NOW - timedelta(hours=3)
    url = f"https://github.example/owner/runner/actions/runs/{number}"
    run = BuildRun(number, opaque(f"build {number}"), "completed", "failure", 1, at, at, at, url)
    return replace(run, **changes)


def tree_of(*records: BuildRecord) -> Tree:
    files = {record_path(record, record.run): canonical(record) for record in records if record.run}
    blobs = {path: blob_id(body) for path, body in files.items()}
    by_blob = {blob_id(body): body for body in files.values()}
    return Tree(blobs, lambda wanted: [by_blob[blob] for blob in wanted])


def published(number: int = 10, *, delivered: bool = True, **changes: Any) -> BuildRecord:
    record = make_record(number, project="owner/page", **changes)
    record.deployment = Deployment(is_live=True, commits=["1" * 40], seconds=1, detail="live")
    record.callbacks = [CallbackAttempt(at=NOW, status=200, detail="200", delivered=delivered)]
    return record


@pytest.fixture
def log() -> StringIO:
    return StringIO()


Reconcile = Callable[..., list[Decision]]


def wrong_with(url: str, commit: str, gone: Any, shown: str) -> str:
    if any(name in url for name in gone):
        return "is gone"
    return "shows another commit" if commit not in {"", shown} else ""


@pytest.fixture
def reconcile(log: StringIO) -> Reconcile:
    def run(
        runs: FakeRuns,
        *records: BuildRecord,
        gone: Any = (),
        repositories: Any = ("owner/page",),
        tip: str = "1" * 40,
        shown: str = "1" * 40,
        stored: Any = None,
        **more: Any,
    ) -> Any:
        return Reconciler(
            runs=runs,
            stored=StoredRequests(stored or FakeApi({})),
            tree=tree_of(*records),
            wrong_with=lambda url, commit: wrong_with(url, commit, gone, shown),
            tip_of=lambda project: tip if project in repositories else "",
            console=Console(log),
            now=NOW,
            **more,
        ).reconcile()

    return run


@pytest.mark.parametrize(
    ("run", "records", "expected"),
    [
        (make_run(), [], ("failed", 10)),
        (make_run(conclusion="timed_out"), [], ("failed", 10)),
        (make_run(conclusion="startup_failure"), [published(delivered=False)], ("failed", 10)),
        (make_run(conclusion="success"), [published(delivered=False)], ("publish", 10)),
        (make_run(status="in_progress", conclusion="", started_at=NOW - timedelta(hours=6)), [], ("cancel", 10)),
        (make_run(), [make_record(10, wants_callback=False)], ("failed", 10)),
    ],
)
def test_what_is_started_again(
    reconcile: Reconcile, run: BuildRun, records: list[BuildRecord], expected: tuple[str, int]
) -> None:
    runs = FakeRuns(run)
    [step] = reconcile(runs, *records)
    assert runs.started == [expected]
    assert step.start
    assert step.url == run.url


@pytest.mark.parametrize(
    ("run", "records"),
    [
        (make_run(conclusion="success"), [published()]),
        (make_run(conclusion="failure"), [published()]),  # a plain page, and the sender knows it
        (make_run(conclusion="success"), [published(delivered=False, wants_callback=False)]),
        (make_run(conclusion="failure"), [make_record(10, wants_callback=False, dry_run=True)]),
        (make_run(conclusion="success"), []),
        (make_run(updated_at=NOW - timedelta(minutes=5)), []),
        (make_run(status="in_progress", conclusion="", started_at=NOW - timedelta(minutes=30)), []),
        (make_run(status="queued", conclusion=""), []),
        (make_run(created_at=NOW - timedelta(days=4)), []),
    ],
)
def test_where_nothing_is_to_be_done(reconcile: Reconcile, run: BuildRun, records: list[BuildRecord]) -> None:
    runs = FakeRuns(run)
    assert reconcile(runs, *records) == []
    assert runs.started == []


@pytest.mark.parametrize(
    ("error", "outcome", "how"),
    [
        (OutOfTime("The time was up.", "x", "y"), "degraded", "all"),  # it came too late out of the queue
        (OutOfTime("The time was up.", "x", "y"), "done", "failed"),  # some files were written
        (ModelBlocked("The model refused.", "x", "y"), "degraded", "failed"),  # so it would again
    ],
    ids=["nothing written", "written", "refused"],
)
def test_what_failed_with_nothing_but_a_plain_page_to_publish_is_written_again(
    reconcile: Reconcile, error: UserError, outcome: Outcome, how: str
) -> None:
    record = published(delivered=False)
    record.phases = [PhaseRecord(name="generate", started_at=NOW, outcome=outcome)]
    record.add_failure("generate", error)
    runs = FakeRuns(make_run())
    reconcile(runs, record)
    assert runs.started == [(how, 10)]


def test_after_three_attempts_a_build_is_left(reconcile: Reconcile) -> None:
    runs = FakeRuns(make_run(attempt=3))
    [step] = reconcile(runs)
    assert (step.what, step.start, runs.started) == ("left: it was tried 3 times; look at its last run", None, [])


def test_what_a_person_cancelled_is_left_unless_that_is_wished(reconcile: Reconcile) -> None:
    runs = FakeRuns(make_run(conclusion="cancelled"))
    runs.jobs_of[10] = [BuildJob(1, "Write the files", "cancelled", 42.0)]
    [step] = reconcile(runs)
    assert "somebody cancelled it" in step.what
    assert runs.started == []
    reconcile(runs, with_cancelled=True)
    assert runs.started == [("all", 10)]


def test_what_github_cancelled_because_its_time_was_up_is_run_again(reconcile: Reconcile) -> None:
    runs = FakeRuns(make_run(conclusion="cancelled"))
    runs.jobs_of[10] = [BuildJob(1, PUBLISH_JOB, "cancelled", 15 * 60 + 3)]
    reconcile(runs)
    assert runs.started == [("all", 10)]


def test_the_time_limits_are_those_of_the_workflow() -> None:
    workflows = [yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text()) for name in ("build", "execute")]
    jobs = [job for workflow in workflows for job in workflow["jobs"].values()]
    usual = {job["name"]: int(re.findall(r"\d+", str(job["timeout-minutes"]))[-1]) for job in jobs}
    assert usual.items() >= MINUTES.items()
    assert usual.keys() - MINUTES.keys() == {"Start the build of what is kept"}, "which nobody runs again"


def test_only_the_newest_run_of_a_build_counts(reconcile: Reconcile) -> None:
    newest = make_run(11, build_id=opaque("build 10"), conclusion="success")
    runs = FakeRuns(newest, make_run(10))
    assert reconcile(runs, published()) == []


def test_no_more_are_started_than_the_pool_can_take(reconcile: Reconcile) -> None:
    runs = FakeRuns(*[make_run(number) for number in range(1, 26)])
    steps = reconcile(runs)
    assert len(runs.started) == 20
    assert [step.what for step in steps[20:]] == [
        "left for the next time: its failed jobs were run again after failure"
    ] * 5


def test_a_refusal_is_noted_and_stops_nothing(reconcile: Reconcile) -> None:
    runs = FakeRuns(make_run(10), make_run(11))
    runs.refuses = True
    steps = reconcile(runs)
    assert [step.start for step in steps] == [None, None]
    assert "could not be run again" in steps[0].what
    assert "GitHub answered 403." in steps[0].what


def test_a_page_that_is_gone_is_published_again_by_its_last_build(reconcile: Reconcile) -> None:
    first, last = published(10), published(12)
    last.received_at += timedelta(hours=1)
    runs = FakeRuns(make_run(10, conclusion="success"), make_run(12, conclusion="success"))
    [step] = reconcile(runs, first, last, gone=["owner/page"])
    assert runs.started == [("publish", 12)]
    assert "is gone" in step.what


def test_a_page_that_shows_another_commit_than_its_newest_is_published_again(reconcile: Reconcile) -> None:
    record = published(10)
    record.received_at = NOW - timedelta(hours=2)
    assert record.publication
    record.publication.commit_sha = "1" * 40
    runs = FakeRuns(make_run(10, conclusion="success"))
    assert reconcile(runs, record) == []
    assert reconcile(runs, record, tip="3" * 40, shown="3" * 40) == [], "somebody pushed since, and Pages follows"
    [step] = reconcile(runs, record, shown="0" * 40)
    assert runs.started == [("publish", 10)]
    assert "shows another commit" in step.what
    record.received_at = NOW - timedelta(days=4)
    assert reconcile(runs, record, shown="0" * 40) == []


def test_a_page_that_never_appeared_is_published_again__its_callback_was_delivered(reconcile: Reconcile) -> None:
    record = published(10)
    record.received_at, record.deployment = NOW - timedelta(hours=2), None
    runs = FakeRuns(make_run(10, conclusion="success"))
    [step] = reconcile(runs, record, gone=["owner/page"])
    assert runs.started == [("publish", 10)]
    assert "is gone" in step.what


@pytest.mark.parametrize(
    ("run", "repositories", "words"),
    [
        (make_run(conclusion="success"), [], "so is its repository"),
        (None, ["owner/page"], "too old"),
        (make_run(created_at=NOW - timedelta(days=31)), ["owner/page"], "too old"),
        (make_run(attempt=3, conclusion="success"), ["owner/page"], "in attempt 3"),
    ],
)
def test_a_page_that_is_gone_and_left(
    reconcile: Reconcile, run: BuildRun | None, repositories: list[str], words: str
) -> None:
    runs = FakeRuns(*([run] if run else []))
    [step] = reconcile(runs, published(), gone=["owner/page"], repositories=repositories)
    assert words in step.what
    assert runs.started == []


def test_a_page_whose_build_is_running_or_was_just_started_is_not_touched_twice(reconcile: Reconcile) -> None:
    runs = FakeRuns(make_run(conclusion="success"))
    assert len(reconcile(runs, published(delivered=False), gone=["owner/page"])) == 1
    assert runs.started == [("publish", 10)]
    runs = FakeRuns(make_run(status="queued", conclusion=""))
    assert reconcile(runs, published(), gone=["owner/page"]) == []


def test_when_most_pages_are_gone_it_is_an_incident(reconcile: Reconcile, log: StringIO) -> None:
    records = [published(number, task=f"task {number}") for number in range(1, 13)]
    runs = FakeRuns(*[make_run(number, conclusion="success") for number in range(1, 13)])
    assert reconcile(runs, *records, gone=["owner/page"]) == []
    assert "12 of 12 pages are gone: that is an incident" in log.getvalue()


def test_a_task_that_is_not_open_is_left_alone(log: StringIO) -> None:
    key = opaque("task")
    states = canonical({key: {"state": "closed"}})
    tree = tree_of(published())
    tree.put("states.json", states)
    runs = FakeRuns(make_run(20, build_id="e" * 20, task_key=key))
    reconciler = Reconciler(
        *(runs, StoredRequests(FakeApi({})), tree),
        wrong_with=lambda *_: "is gone",
        tip_of=lambda _: "1" * 40,
        console=Console(log),
        now=NOW,
    )
    assert [step.what for step in reconciler.reconcile()] == ["left: its task is closed"]
    assert runs.started == []


@pytest.mark.parametrize(
    ("change", "left", "overtime", "expected"),
    [
        ({}, False, False, [("failed", 10)]),
        ({"conclusion": "startup_failure"}, False, False, [("failed", 10)]),
        ({"attempt": 2}, False, False, [("failed", 10)]),
        ({"attempt": 3}, False, False, []),
        ({"conclusion": "success"}, False, False, []),
        ({"conclusion": "cancelled"}, False, False, []),
        ({"conclusion": "cancelled"}, False, True, [("all", 10)]),
        ({"status": "in_progress", "conclusion": ""}, False, False, []),
        ({"updated_at": NOW - timedelta(minutes=2)}, False, False, []),
        ({}, True, False, []),
    ],
)
def test_a_command_without_a_result_is_run_again_twice_at_most(
    log: StringIO, change: dict[str, Any], left: bool, overtime: bool, expected: list[tuple[str, int]]
) -> None:
    class Commands(FakeRuns):
        def has_left(self, run: BuildRun, name: str) -> bool:
            assert name == f"result-{run.build_id}"
            return left

    runs = Commands(make_run(**change))
    runs.jobs_of[10] = [BuildJob(1, EXECUTE_JOB, "cancelled", 560.0 if overtime else 30.0)]
    done = commands_again(runs, tree_of(), NOW, Console(log))
    assert runs.started == expected
    assert len(done) == len(expected)
    runs.refuses = True
    assert commands_again(runs, tree_of(), NOW, Console(log)) == []
    assert ("left for the next time" in log.getvalue()) == bool(expected)


def test_a_stored_log_is_outdated_when_its_message_is() -> None:
    tree = Tree({"tasks/" + "1" * 20 + f"/messages/{'a' * 20}.json": "x"}, lambda wanted: [make_log() for _ in wanted])
    assert outdated(tree, ["a" * 20, "b" * 20], AT + timedelta(days=1)) == ["a" * 20]
    assert outdated(tree, ["a" * 20], AT) == []
    tree.put(tree.messages["a" * 20], b"{}")  # of another version
    assert outdated(tree, ["a" * 20], AT + timedelta(days=1)) == []


def make_log() -> bytes:
    return canonical(make_message(1).model_copy(update={"id": "a" * 20}))


def test_the_summary_says_what_was_done_and_what_was_left(reconcile: Reconcile) -> None:
    text = render(reconcile(FakeRuns(make_run(10), make_run(11, attempt=3))), removed=2)
    assert text.startswith("## ⚠ 1 builds and commands were started again, 1 left, 2 old envelopes removed\n")
    assert f"[{opaque('build 11')}](https://github.example/owner/runner/actions/runs/11) | left: it was tried" in text
    assert render([], 0) == "## ✓ All is well\n\n\n"


class FakeApi(RunnerApi):
    """Answers from lists, and remembers what was sent."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.sent: list[str] = []

    def get(self, path: str, **query: str | int) -> Any:
        if path not in self.answers:
            raise NotThere
        return self.answers[path]

    def pages(self, path: str, key: str, **query: str | int) -> Iterator[list[dict[str, Any]]]:
        assert not query, "a list with a filter can be hours late"
        yield self.get(path)[key]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.sent.append(path)

    def delete(self, path: str) -> None:
        if path.endswith("gone"):
            raise NotThere
        self.sent.append(path)


def test_runs_are_read_from_the_api() -> None:
    entry = {
        "id": 10,
        "display_title": f"build {'a' * 20}",
        "status": "completed",
        "conclusion": "failure",
        "run_attempt": 2,
        "created_at": "2026-11-20T09:00:00Z",
        "updated_at": "2026-11-20T09:10:00Z",
        "html_url": "https://github.example/run",
    }
    old = {**entry, "id": 9, "created_at": "2026-11-17T11:59:59Z"}
    jobs = [
        {
            "id": 1,
            "name": "call / Write the files",
            "conclusion": "cancelled",
            "started_at": "2026-11-20T09:00:00Z",
            "completed_at": "2026-11-20T09:10:00Z",
        },
        {"id": 2, "name": PUBLISH_JOB, "conclusion": "skipped", "started_at": None, "completed_at": None},
    ]
    api = FakeApi(
        {
            "/actions/workflows/build.yml/runs": {"workflow_runs": [entry, {**entry, "display_title": "by hand"}, old]},
            "/actions/runs/10": entry,
            "/actions/runs/10/jobs": {"jobs": jobs},
        }
    )
    runs = BuildRuns(api)
    [run] = runs.since(NOW - timedelta(days=3))
    assert (run.build_id, run.attempt, run.updated_at - run.started_at) == ("a" * 20, 2, timedelta(minutes=10))
    assert [job.had_no_more_time for job in runs.jobs(run)] == [True, False]
    assert runs.one(10) == run
    assert runs.one(11) is None
    for start in (runs.run_again, runs.run_failed_again, runs.publish_again, runs.cancel):
        start(run)
    assert api.sent == [
        "/actions/runs/10/rerun",
        "/actions/runs/10/rerun-failed-jobs",
        "/actions/jobs/2/rerun",
        "/actions/runs/10/cancel",
    ]


LOCKED = "The job was not started because your account is locked due to a billing issue."


def test_jobs_that_github_did_not_start_are_run_again__and_the_summary_quotes_why(reconcile: Reconcile) -> None:
    runs = FakeRuns(make_run(10), make_run(11, attempt=3))
    runs.said = LOCKED
    decisions = reconcile(runs)
    assert runs.started == [("failed", 10)]
    assert [LOCKED in decision.what for decision in decisions] == [True, True]
    assert render(decisions, 0).count(LOCKED) == 2


@pytest.mark.parametrize(
    ("conclusion", "steps", "notes", "expected"),
    [
        ("failure", [], [LOCKED], LOCKED),
        ("failure", [{"name": "Set up job"}], None, ""),
        ("failure", [], ["The hosted runner lost communication with the server."], ""),
        ("failure", [], None, ""),
        ("success", [], None, ""),
    ],
)
def test_why_github_started_no_job(
    conclusion: str, steps: list[dict[str, str]], notes: list[str] | None, expected: str
) -> None:
    api = FakeApi({"/actions/runs/10/jobs": {"jobs": [{"id": 4, "steps": steps}]}})
    if notes is not None:
        api.answers["/check-runs/4/annotations"] = [{"message": note} for note in notes]
    assert BuildRuns(api).refusal(make_run(conclusion=conclusion)) == expected


def test_envelopes_of_builds_that_the_ledger_knows_to_be_old_are_removed() -> None:
    old, new = make_record(1), make_record(2, task="other")
    old.received_at = NOW - timedelta(days=31)
    refs = [
        {"ref": f"refs/requests/{build}", "object": {"sha": "c" * 40}}
        for build in (old.build_id, new.build_id, "f" * 20)
    ]
    api = FakeApi({"/git/matching-refs/requests/": refs})
    stored = StoredRequests(api)
    builds = outdated(tree_of(old, new), stored.tips(), NOW - timedelta(days=30))
    assert builds == [old.build_id]
    assert stored.remove([*builds, "gone"]) == 1
    assert api.sent == [f"/git/refs/requests/{old.build_id}"]


def test_a_build_over_the_days_budget_is_left_until_tomorrow(reconcile: Reconcile) -> None:
    record = make_record(10)
    record.deployment, record.callbacks = None, []
    record.add_failure("generate", DailyBudgetSpent("Today's builds have cost $2.00.", "x", "y"))
    runs = FakeRuns(make_run())
    (decision,) = reconcile(runs, record)
    assert (decision.start, decision.what) == (None, "left: today's budget is spent; tomorrow it is run again")
    yesterday = FakeRuns(make_run(updated_at=NOW - timedelta(hours=13)))
    reconcile(yesterday, record)
    assert yesterday.started == [("failed", 10)]


def plain(*codes: str, **changes: Any) -> BuildRecord:
    """Return the record of a build that told its sender about the plain page, because of these errors."""
    record = published(**changes)
    assert record.publication
    record.publication.is_fallback, record.publication.commit_sha = True, "1" * 40
    record.failures = [Failure(code=code) for code in codes]
    return record


@pytest.mark.parametrize(
    ("codes", "written", "expected"),
    [
        (["E-BUNDLE"], "success", "publish"),
        (["E-BUNDLE"], "failure", "all"),
        (["E-MODEL-UNAVAILABLE", "E-ATTACHMENT"], "success", "all"),
        (["E-MODEL-KEY"], "success", "all"),
        (["E-MODEL-REGION"], "success", "all"),
        (["E-DEADLINE"], "success", "all"),
    ],
)
def test_a_plain_page__is_replaced_when_what_stood_in_the_way_may_be_over(
    reconcile: Reconcile, codes: list[str], written: str, expected: str
) -> None:
    runs = FakeRuns(make_run(conclusion="success"))
    runs.jobs_of[10] = [BuildJob(1, WRITE_JOB, written, 42.0), BuildJob(2, PUBLISH_JOB, "success", 42.0)]
    [step] = reconcile(runs, plain(*codes))
    assert runs.started == [(expected, 10)]
    assert codes[0] in step.what


@pytest.mark.parametrize(
    ("codes", "run", "tip"),
    [
        (["E-MODEL-BLOCKED"], make_run(conclusion="success"), "1" * 40),
        (["E-MODEL-UNAVAILABLE", "E-SECRET"], make_run(conclusion="success"), "1" * 40),
        (["E-BUDGET"], make_run(conclusion="success"), "1" * 40),
        ([], make_run(conclusion="success"), "1" * 40),
        (["E-MODEL-KEY"], make_run(conclusion="success"), "2" * 40),  # there is a later commit
        (["E-MODEL-KEY"], make_run(conclusion="success", attempt=2), "1" * 40),  # too soon for a second time
        (["E-MODEL-KEY"], make_run(conclusion="success", updated_at=NOW - timedelta(minutes=5)), "1" * 40),
    ],
)
def test_a_plain_page__that_stays(reconcile: Reconcile, codes: list[str], run: BuildRun, tip: str) -> None:
    runs = FakeRuns(run)
    assert reconcile(runs, plain(*codes), tip=tip, shown=tip) == []
    assert runs.started == []


def test_a_plain_page__is_tried_twice_more_and_then_left(reconcile: Reconcile) -> None:
    long_ago = NOW - timedelta(hours=13)
    runs = FakeRuns(make_run(conclusion="success", attempt=2, created_at=long_ago, updated_at=long_ago))
    assert len(reconcile(runs, plain("E-MODEL-UNAVAILABLE"))) == 1
    assert runs.started == [("all", 10)]
    runs = FakeRuns(make_run(conclusion="success", attempt=3, created_at=long_ago, updated_at=long_ago))
    [step] = reconcile(runs, plain("E-MODEL-UNAVAILABLE"))
    assert (step.start, runs.started) == (None, [])


VANISHED = Payload(
    build_id="e" * 20,
    task_key="f" * 20,
    round=1,
    received_at=NOW,
    stored=StoredEnvelope(blob="b" * 40, sha256="d" * 64),
)


class Storing(FakeApi):
    """A runner repository with one stored request. Remembers what was dispatched and written."""

    def __init__(self, message: str, age: timedelta, *, has_runs: bool = True) -> None:
        kept = {"message": message, "tree": {"sha": "7" * 40}, "committer": {"date": f"{NOW - age:%Y-%m-%dT%H:%M:%SZ}"}}
        ref = {"ref": f"refs/requests/{VANISHED.build_id}", "object": {"sha": "c" * 40}}
        super().__init__({"/git/matching-refs/requests/": [ref], f"/git/commits/{'c' * 40}": kept})
        if has_runs:
            self.answers["/actions/workflows/build.yml/runs"] = {"workflow_runs": []}
        self.written: list[tuple[str, dict[str, Any]]] = []

    def dispatch(self, event: str, payload: dict[str, Any]) -> None:
        self.written.append((event, payload))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.written.append((path, body))
        return {"sha": "9" * 40}

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        self.written.append((path, body))


def test_a_stored_request_that_vanished__is_dispatched_again_and_that_is_counted(reconcile: Reconcile) -> None:
    api = Storing(stored_message(VANISHED), timedelta(hours=1))
    [step] = reconcile(FakeRuns(), stored=api)
    assert (step.build_id, bool(step.start)) == (VANISHED.build_id, True)
    assert api.written == [
        ("build-task", VANISHED.model_dump(mode="json", exclude_none=True)),
        ("/git/commits", {"message": stored_message(VANISHED, 1), "tree": "7" * 40, "parents": ["c" * 40]}),
        (f"/git/refs/requests/{VANISHED.build_id}", {"sha": "9" * 40, "force": False}),
    ]
    assert f"| {VANISHED.build_id} | dispatched again" in render([step], 0)


@pytest.mark.parametrize(
    ("api", "runs"),
    [
        (Storing(stored_message(VANISHED), timedelta(minutes=9)), FakeRuns()),  # it may begin yet
        (Storing(stored_message(VANISHED), timedelta(days=4)), FakeRuns()),
        (Storing(stored_message(VANISHED), timedelta(hours=1), has_runs=False), FakeRuns()),
        (Storing("Keep a sealed request", timedelta(hours=1)), FakeRuns()),  # of an earlier version
        (Storing(stored_message(VANISHED.model_copy(update={"build_id": "a" * 20})), timedelta(hours=1)), FakeRuns()),
        (
            Storing(stored_message(VANISHED), timedelta(hours=1)),
            FakeRuns(make_run(build_id=VANISHED.build_id, status="queued", conclusion="")),
        ),
    ],
)
def test_a_stored_request__that_is_left_alone(reconcile: Reconcile, api: Storing, runs: FakeRuns) -> None:
    assert reconcile(runs, stored=api) == []
    assert api.written == []


def test_a_stored_request_that_the_ledger_knows__is_left_alone(reconcile: Reconcile) -> None:
    record = make_record(10)
    record.build_id = VANISHED.build_id
    record.received_at = NOW - timedelta(days=2)
    api = Storing(stored_message(VANISHED), timedelta(hours=1))
    assert reconcile(FakeRuns(), record, stored=api) == []


def test_a_stored_request_that_vanishes_again_and_again__is_left(reconcile: Reconcile) -> None:
    api = Storing(stored_message(VANISHED, 2), timedelta(hours=1))
    [step] = reconcile(FakeRuns(), stored=api)
    assert (step.start, api.written) == (None, [])
    assert "dispatched 2 times more" in step.what


@pytest.mark.parametrize(("hours", "started"), [(11, []), (13, [("all", 10)])])  # it is noon
def test_a_plain_page_over_the_days_budget__is_replaced_on_another_day(
    reconcile: Reconcile, hours: int, started: list[tuple[str, int]]
) -> None:
    runs = FakeRuns(make_run(conclusion="success", updated_at=NOW - timedelta(hours=hours)))
    reconcile(runs, plain("E-DAILY-BUDGET"))
    assert runs.started == started
