"""The collector on real git: what arrived is there once, in whatever order and however often it is collected."""

import itertools
import json
import random
import secrets
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import LedgerNotWritten, RateLimitReached
from action.gates.private_values import HIDDEN_LINE, WITHHELD
from action.github.artifacts import Artifacts
from action.github.git import Git
from action.github.runner_runs import BuildRun, BuildRuns
from action.ledger import download as gathering
from action.ledger.download import Downloaded, Downloader, unstarted
from action.ledger.layout import fixed_files
from action.ledger.models import Command, KeptText, Log, Version
from action.ledger.tree import Tree
from action.ledger.versions import HistoryUnreadable, Kept, TargetHistory
from action.record import BuildRecord
from action.steps.collect import Collected, Collector, Wish
from tests.unit.action.ledger.builders import (
    AT,
    RUNNER,
    FakeApi,
    checked,
    listed,
    make_message,
    make_record,
    message_artifact,
    record_artifact,
    result_artifact,
    zipped,
)
from tests.unit.action.ledger.example_ledger import DESKTOP, opaque

ENVIRON = {"PATH": "/usr/bin:/bin:/usr/local/bin"}


class FakeHistory(TargetHistory):
    """One commit in each project; `broken` cannot be read."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.broken: set[str] = set()

    def new_versions(self, task_key: str, project: str, known: Collection[str]) -> Iterator[Kept]:
        self.asked.append((task_key, project))
        if project in self.broken:
            raise HistoryUnreadable("repository not found")
        sha = (opaque(project) * 2)[:40]
        if sha not in known:
            fields = {"task_key": task_key, "project": project, "sha": sha, "committed_at": AT, "is_ours": True}
            yield Version.model_validate(fields), {"a" * 64: b"<h1>page</h1>"}


class Place:
    """A ledger on the disk, and collections into it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.remote = folder, folder / "remote.git"
        self.history, self.log, self.count = FakeHistory(), StringIO(), itertools.count()
        self.git("init", "--quiet", "--bare", "--template=", str(self.remote), cwd=folder)

    def git(self, *arguments: str, cwd: Path | None = None) -> bytes:
        done = subprocess.run(["git", *arguments], cwd=cwd or self.remote, check=True, capture_output=True)
        return done.stdout

    def ledger(self) -> Git:
        clone = self.folder / f"clone-{next(self.count)}.git"
        return Git(clone, f"file://{self.remote}", "ledger", "made-up-token", ENVIRON, lambda _: None, depth=1)

    def downloader(self, api: Any, **more: Any) -> Downloader:
        return Downloader(Artifacts(api), RUNNER, Console(self.log), Deadline(datetime.now(UTC)), **more)

    def collector(self, api: Any, running: tuple[str, ...] = (), **more: Any) -> Collector:
        download = self.downloader(api, **more).download
        return Collector(self.ledger(), download, self.history, Console(self.log), running)

    def collect(self, api: Any, wish: Wish = Wish(), running: tuple[str, ...] = (), **more: Any) -> Collected:  # noqa: B008
        return self.collector(api, running, **more).collect(wish)

    def tree(self) -> str:
        return self.git("rev-parse", "ledger^{tree}").decode().strip()

    def commits(self) -> int:
        return int(self.git("rev-list", "--count", "ledger"))

    def paths(self, prefix: str = "tasks/") -> list[str]:
        names = self.git("ls-tree", "-r", "--name-only", "ledger").decode().splitlines()
        return [name for name in names if name.startswith(prefix)]

    def read(self, path: str) -> bytes:
        return self.git("show", f"ledger:{path}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def other_place(tmp_path: Path) -> Place:
    folder = tmp_path / "other"
    folder.mkdir()
    return Place(folder)


def everything() -> list[tuple[dict[str, Any], bytes]]:
    """Two runs of one build, two attempts, live checks with pictures, another task, a message."""
    first, again = make_record(10, project="owner/page"), make_record(10, project="owner/page", attempt=2)
    later = make_record(12, project="owner/page").model_copy(update={"build_id": first.build_id})
    return [
        record_artifact(1, first),
        record_artifact(2, checked(first), live=True),
        record_artifact(3, again),
        record_artifact(4, checked(again, 2), live=True),
        record_artifact(5, later),
        record_artifact(6, make_record(11, task="another")),
        message_artifact(7, make_message(1), 13),
        (listed(8, "bundle-1", 10), b""),
        (listed(9, "github-pages-1", 14), b""),
    ]


def api_of(artifacts: list[tuple[dict[str, Any], bytes]]) -> FakeApi:
    return FakeApi(*artifacts, paths={13: ".github/workflows/feedback.yml"})


def test_collect__into_a_branch_that_does_not_exist_yet(place: Place) -> None:
    done = place.collect(api_of(everything()))
    assert (done.records, done.messages, done.versions, done.tasks, done.is_new) == (6, 1, 1, 2, True)
    task, build = opaque("task"), opaque("build 10")
    folder = f"tasks/{task}/builds/{build}"
    assert place.paths(folder) == [
        f"{folder}/10-1.json",
        f"{folder}/10-2.json",
        f"{folder}/12-1.json",
        f"{folder}/desktop.webp",
        f"{folder}/mobile.webp",
    ]
    assert json.loads(place.read(f"{folder}/10-2.json"))["checked_attempt"] == 2
    assert place.read(f"{folder}/desktop.webp") == DESKTOP
    assert place.paths(f"tasks/{task}/messages/") == [f"tasks/{task}/messages/{opaque('message 1')}.json"]
    assert len(place.paths(f"tasks/{task}/versions/")) == 1
    assert place.read(f"tasks/{task}/files/{'a' * 64}") == b"<h1>page</h1>"
    assert {name: place.read(name) for name in fixed_files()} == fixed_files()
    assert (
        place.git("log", "--format=%an|%s", "ledger").decode() == "Pagewright|Collect 6 records, 1 message, 1 version\n"
    )


def test_collect__a_second_time_changes_nothing(place: Place) -> None:
    api = api_of(everything())
    first = place.collect(api)
    downloads = len(api.downloaded)
    again = place.collect(api)
    assert (again.is_new, again.commit, again.records) == (False, first.commit, 0)
    assert len(api.downloaded) == downloads
    assert place.commits() == 1


@pytest.mark.parametrize("seed", [1, 5])
def test_collect__the_order_of_arrival_leaves_no_trace(place: Place, other_place: Place, seed: int) -> None:
    other_place.collect(api_of(everything()))
    artifacts = everything()
    random.Random(seed).shuffle(artifacts)
    arrived: list[tuple[dict[str, Any], bytes]] = []
    for artifact in artifacts:
        arrived.append(artifact)
        place.collect(api_of(arrived))
    assert place.tree() == other_place.tree()


def test_collect__everything_again_gives_the_same_bytes(place: Place) -> None:
    api = api_of(everything())
    place.collect(api)
    before = place.tree()
    path = f"tasks/{opaque('another')}/builds/{opaque('build 11')}/11-1.json"
    spoiler = place.ledger()
    spoiler.fetch()
    spoiler.put("Spoil a record", {path: b"{}\n"})
    assert place.tree() != before
    assert place.collect(api).is_new is False  # it is there, so it is not looked at
    place.collect(api, everything=True)
    assert place.tree() == before


def test_collect__two_at_once_lose_nothing(place: Place) -> None:
    """The second one's commit is made while the first one's is not pushed yet."""
    artifacts = everything()
    one, other = api_of(artifacts[:3]), api_of(artifacts[3:])
    late = place.collector(other)
    download = late.download

    def gather_while_the_other_pushes(tree: Any) -> Any:
        found = download(tree)
        place.collect(one)
        return found

    done = Collector(late.ledger, gather_while_the_other_pushes, place.history, late.console).collect(Wish())
    assert done.is_new
    assert place.commits() == 2
    assert len([path for path in place.paths() if path.endswith(".json") and "/builds/" in path]) == 4
    assert "on top of that" in place.log.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        "protected branch hook declined",
        "error: GH006: Protected branch update failed for refs/heads/ledger.\n\n- Changes must be made by hand.",
        "error: File a.png is 301.74 MB; this exceeds GitHub's file size limit of 100.00 MB\nerror: GH001: Large files",
        "error: GH013: Repository rule violations found.\n    - Push cannot contain secrets",
    ],
)
def test_collect__a_branch_that_may_not_be_written(place: Place, said: str) -> None:
    hooks = place.remote / "hooks"
    hooks.mkdir()
    hook = hooks / "pre-receive"
    hook.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(LedgerNotWritten, match="contents: write"):
        place.collect(api_of(everything()))


def test_collect__bad_artifacts_are_reported_once_and_stop_nothing(place: Place) -> None:
    good, bad = make_record(11), make_record(10)
    entry, _ = record_artifact(1, bad)
    api = FakeApi((entry, zipped(record_json=b"{}")), record_artifact(2, good), paths={})
    done = place.collect(api)
    assert (done.records, list(done.skipped)) == (1, [1])
    assert "is not collected: its record.json is no record" in place.log.getvalue()
    skipped = json.loads(place.read("skipped.json"))
    assert skipped["1"]["name"] == entry["name"]
    assert place.collect(api).skipped == {}
    assert api.downloaded.count(1) == 1
    api.zips[1] = record_artifact(1, bad)[1]
    place.collect(api, everything=True)
    assert json.loads(place.read("skipped.json")) == {}
    assert len(place.paths()) == 2


def test_collect__artifacts_of_other_workflows_are_not_even_downloaded(place: Place) -> None:
    api = FakeApi(record_artifact(1, make_record(10)), paths={10: ".github/workflows/ci.yml"})
    done = place.collect(api)
    assert done.skipped[1]["reason"] == "a run of .github/workflows/ci.yml made it"
    assert api.downloaded == []


def test_collect__what_cannot_be_downloaded_now_is_tried_again(place: Place) -> None:
    entry, body = record_artifact(1, make_record(10))
    api = FakeApi((entry, body))
    del api.zips[1]
    done = place.collect(api)
    assert (done.records, done.skipped) == (0, {})
    assert "could not be downloaded" in done.problems[0]
    api.zips[1] = body
    assert place.collect(api).records == 1


def test_collect__expired_artifacts_are_left_alone(place: Place) -> None:
    entry, body = record_artifact(1, make_record(10))
    entry["expired"] = True
    assert place.collect(FakeApi((entry, body))).problems == []


def test_collect__the_list_is_read_until_pages_hold_nothing_new(place: Place) -> None:
    artifacts = [record_artifact(number, make_record(number)) for number in range(1, 41)]
    api = FakeApi(*artifacts)
    api.page_size = 4
    place.collect(api)
    assert api.pages_read == 10
    api.pages_read = 0
    place.collect(api)
    assert api.pages_read == gathering.KNOWN_PAGES
    api.pages_read = 0
    place.collect(api, known_pages=5)
    assert api.pages_read == 5
    api.pages_read = 0
    place.collect(api, everything=True)
    assert api.pages_read == 10


def test_collect__too_many_at_once_are_taken_from_the_oldest_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_DOWNLOADS", 3)
    api = FakeApi(*[record_artifact(number, make_record(number)) for number in range(1, 9)])
    api.page_size = 2
    done = place.collect(api)
    assert sorted(api.downloaded) == [1, 2, 3]
    assert done.problems == ["5 artifacts are left for the next run."]
    place.collect(api)
    place.collect(api)
    assert sorted(api.downloaded) == list(range(1, 9))


def test_collect__a_rate_limit_in_the_middle_of_the_list(place: Place) -> None:
    class Limited(FakeApi):
        def pages(self, path: str, key: str, **query: str | int) -> Iterator[list[dict[str, Any]]]:
            yield next(super().pages(path, key))
            raise RateLimitReached("The run's token has used up its requests.", "many builds.", "Wait.")

    done = place.collect(Limited(record_artifact(1, make_record(10))))
    assert done.records == 1
    assert "used up" in done.problems[0]


def test_collect__a_target_that_cannot_be_read_is_no_reason_to_stop(place: Place) -> None:
    place.history.broken = {"owner/page"}
    done = place.collect(api_of(everything()))
    assert done.records == 6
    assert done.problems == ["The commits of owner/page could not be read: repository not found"]


def test_collect__versions_of_tasks_that_were_not_touched_are_looked_for_once_a_day(place: Place) -> None:
    place.collect(api_of(everything()))
    place.history.asked.clear()
    place.collect(api_of(everything()))
    assert place.history.asked == []
    place.collect(api_of(everything()), Wish(newest_tasks=True))
    assert place.history.asked == [(opaque("task"), "owner/page")]


def test_collect__without_time_commits_are_left_and_entries_are_not(place: Place) -> None:
    collector = replace(place.collector(api_of(everything())), has_time=lambda: False)
    done = collector.collect(Wish())
    assert (done.records, done.versions, done.is_new) == (6, 0, True)
    assert done.problems == ["The commits of 2 tasks were not looked at: the time was up."]
    assert place.collect(api_of(everything()), Wish(newest_tasks=True)).versions == 1


def test_collect__running_builds_are_in_the_commit_and_change_it(place: Place) -> None:
    """Without a new commit, Pages would not take a dashboard that shows what runs now."""
    api = api_of(everything())
    assert place.collect(api, running=("a" * 20,)).is_new
    assert place.collect(api, running=("a" * 20,)).is_new is False
    assert place.collect(api, running=("a" * 20, "b" * 20)).is_new
    assert place.collect(api).is_new
    assert place.collect(api).is_new is False
    assert place.collect(api, Wish(anyway=True)).is_new
    assert len({place.git("rev-parse", f"ledger~{back}^{{tree}}") for back in range(4)}) == 1


class FakeRuns(BuildRuns):
    """Builds whose jobs GitHub did not start, but for those that it did."""

    def __init__(self, *runs: BuildRun, started: Collection[int] = ()) -> None:
        self.runs, self.started, self.asked = runs, started, list[int]()

    def since(self, moment: datetime) -> list[BuildRun]:
        return [run for run in self.runs if run.created_at >= moment]

    def refusal(self, run: BuildRun) -> str:
        self.asked.append(run.id)
        return "" if run.id in self.started else "The job was not started because your account is locked."


def a_run(number: int, **changes: Any) -> BuildRun:
    url = f"https://github.example/{RUNNER}/actions/runs/{number}"
    about = {"task_key": opaque("task"), "round": 2, **changes}
    return BuildRun(number, opaque(f"build {number}"), "completed", "failure", 1, AT, AT, AT, url, **about)


def test_a_build_whose_jobs_github_did_not_start__is_in_the_ledger_with_githubs_words(place: Place) -> None:
    runs = FakeRuns(a_run(20), a_run(21), a_run(22, task_key=""), a_run(10), started=(10, 21))

    def download(tree: Tree) -> Downloaded:
        downloaded = place.downloader(api_of(everything())).download(tree)
        downloaded.found += unstarted(runs, tree, RUNNER, AT)
        return downloaded

    collector = Collector(place.ledger(), download, place.history, Console(place.log))
    assert collector.collect(Wish()).records == 7
    [path] = place.paths(f"tasks/{opaque('task')}/builds/{opaque('build 20')}")
    record = BuildRecord.model_validate_json(place.read(path))
    assert (record.round, record.received_at, record.failures[0].code) == (2, AT, "E-ACTIONS")
    assert "your account is locked" in record.failures[0].what
    runs.asked.clear()
    again = Collector(place.ledger(), download, place.history, Console(place.log)).collect(Wish())
    assert (again.is_new, runs.asked) == (False, [21])


NAME = f"owner/page-{opaque('task')[:10]}"


def api_of_commands(*artifacts: tuple[dict[str, Any], bytes]) -> FakeApi:
    paths = {13: ".github/workflows/feedback.yml", **dict.fromkeys(range(20, 30), ".github/workflows/execute.yml")}
    return FakeApi(record_artifact(1, make_record(10, project=NAME)), *artifacts, paths=paths)


def test_a_command__lies_with_its_task_and_without_secrets(place: Place) -> None:
    key = f"ghp_{secrets.token_hex(20)}"
    said = {"command": f"echo {key}", "stdout": f"one\n{key}\n", "stderr": "", "commit": "c" * 40}
    done = place.collect(api_of_commands(result_artifact(2, 20, "a" * 20, project=NAME, **said)))
    assert (done.commands, done.skipped, done.problems) == (1, {}, [])
    folder = f"tasks/{opaque('task')}"
    command = Command.model_validate_json(place.read(f"{folder}/runs/{'a' * 20}.json"))
    assert (command.command, command.return_code, command.stderr) == (WITHHELD, 0, None)
    assert command.stdout
    assert place.read(f"{folder}/files/{command.stdout.sha256}").decode() == f"one\n{HIDDEN_LINE}\n"
    again = place.collect(api_of_commands(result_artifact(2, 20, "a" * 20, project=NAME, **said)))
    assert (again.is_new, again.commands) == (False, 0)


def test_a_command_in_a_project_that_the_ledger_does_not_know__is_left_or_waits_for_its_build(place: Place) -> None:
    new = result_artifact(3, 21, "b" * 20, at=datetime.now(UTC), project="owner/other-0123456789")
    old = result_artifact(4, 22, "d" * 20, project="owner/other-0123456789")
    stranger = result_artifact(5, 23, "e" * 20, project=f"owner/stranger-{opaque('task')[:10]}")
    done = place.collect(api_of_commands(new, old, stranger))
    assert done.commands == 0
    assert {entry["name"] for entry in done.skipped.values()} == {f"result-{'d' * 20}", f"result-{'e' * 20}"}
    assert len(done.problems) == 1
    assert sorted(json.loads(place.read("skipped.json"))) == ["4", "5"]


def test_a_command_of_another_workflow_is_refused(place: Place) -> None:
    done = place.collect(api_of_commands(result_artifact(2, 10, "a" * 20, project=NAME)))
    assert [entry["reason"] for entry in done.skipped.values()] == ["a run of .github/workflows/build.yml made it"]


def test_without_time__commands_are_left_for_the_next_run(place: Place) -> None:
    api = api_of_commands(result_artifact(2, 20, "a" * 20, project=NAME))
    done = replace(place.collector(api), has_time=lambda: False).collect(Wish())
    assert (done.commands, done.records, len(done.skipped)) == (0, 1, 0)
    assert place.collect(api).commands == 1


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_message_about_its_state_says_what_a_task_is(place: Place, turned: bool) -> None:
    states = [(1, "closed", 0), (2, "open", 2), (3, "archived", 1)]
    made = [
        message_artifact(n, make_message(n, kind="state", state=state, at=AT + timedelta(hours=hours)), 13)
        for n, state, hours in states
    ]
    for each in reversed(made) if turned else made:
        place.collect(FakeApi(each, paths={13: ".github/workflows/feedback.yml"}))
    said = json.loads(place.read("states.json"))
    assert {key: entry["state"] for key, entry in said.items()} == {opaque("task"): "open"}
    tree = Tree({}, lambda _: [])
    tree.put("states.json", b'{"a": {"state": "gone"}, "b": 7, "c": {"state": "closed"}}')
    assert tree.states == {"c": "closed"}


def test_a_log__lies_beside_its_message(place: Place) -> None:
    body = b"all went well\n"
    message = make_message(1, log=Log(name="run.log", **KeptText.of(body).model_dump()))
    entry, _ = message_artifact(1, message, 13)
    zip_ = zipped(message_json=message.model_dump_json().encode(), log_txt=body)
    place.collect(FakeApi((entry, zip_), paths={13: ".github/workflows/feedback.yml"}))
    assert message.log
    assert place.read(f"tasks/{opaque('task')}/files/{message.log.sha256}") == body
