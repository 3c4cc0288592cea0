"""The collector against a real server: REST, downloads and git over HTTP. Each process is what a job would run."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from action.github.git import Trailers
from action.ledger.layout import RECORD, canonical, record_path
from action.record import BuildRecord, Publication, Run, Subject
from embedded.actions import run_token
from embedded.faults.layer import Faulty
from embedded.faults.plan import FaultPlan
from embedded.github.bare_git import Person
from embedded.github.store import Document
from embedded.github.tokens import create_token
from receiver.connection import Connection
from receiver.github import RunnerRepository
from receiver.task import BuildRequest, Task
from receiver.task.envelope import Keys
from receiver.task.payload import stored_message
from tests.embedded.little_github import AUTHOR, MAIN, OWNER, LittleGitHub
from tests.unit.action.ledger.example_ledger import opaque

ROOT = Path(__file__).parents[2]
RUNNER = f"{OWNER}/pagewright"
BUILD_WORKFLOW = "on: repository_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
LONG_AGO = "2026-01-05T05:36:22Z"  # nothing reconciles it
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TASKS = 25
SECONDS = 240


class Jobs:
    """Runs that left artifacts, and jobs that collect them."""

    def __init__(self, github: LittleGitHub, folder: Path) -> None:
        self.github, self.folder, self.count = github, folder, 0
        github.core.runs = github.actions
        self.github.repository("pagewright", {".github/workflows/build.yml": BUILD_WORKFLOW})
        self.git = github.core.git(github.core.repository(RUNNER) or {})
        self.records: list[BuildRecord] = []

    def run(self, path: str, **fields: object) -> Document:
        """Put a run into the store, as an earlier event left it."""
        number = self.github.store.next_id("run")
        run = {
            "id": number,
            "repo": RUNNER,
            "workflow_path": f".github/workflows/{path}",
            "workflow_name": path,
            "event": "repository_dispatch",
            "payload": {},
            "ref": MAIN,
            "run_name": f"build {opaque(str(number))}",
            "head_sha": self.git.resolve(MAIN) or "",
            "head_branch": "main",
            "actor": OWNER,
            "run_attempt": 1,
            "run_number": number,
            "status": "completed",
            "conclusion": "success",
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
            "claims": [],
            **fields,
        }
        self.github.store.put("run", str(number), run)
        return run

    def build(self, project: str = "") -> None:
        """A build that ended and left its record."""
        run = self.run("build.yml")
        number = int(run["id"])
        url = f"{self.github.core.web_url}/{RUNNER}/actions/runs/{number}"
        record = BuildRecord(
            build_id=opaque(str(number)),
            task_key=opaque(f"task {number % TASKS}"),
            round=number // TASKS + 1,
            received_at=START + timedelta(minutes=number),
            subject=Subject(task=f"task-{number % TASKS}", recipient="0123456789ab", title="Größe & <b>title</b>"),
            run=Run(repository=RUNNER, run_id=number, url=url),
        )
        if project:
            where = f"{self.github.core.web_url}/{project}"
            record.publication = Publication(
                repository=project, repo_url=where, branch="main", pages_url=f"{where}/", commit_sha="1" * 40
            )
        self.records.append(record)
        name = f"record-{record.build_id}-1"
        self.artifact(run, name, {"record.json": record.model_dump_json(indent=2).encode()})

    def artifact(self, run: Document, name: str, files: dict[str, bytes]) -> None:
        """Put an artifact into the store, as the artifacts service leaves it."""
        number = self.github.store.next_id("artifact")
        path = self.github.data / "artifacts" / f"{number}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, body in files.items():
                archive.writestr(file, body)
        document = {
            "id": number,
            "run_id": run["id"],
            "repo": RUNNER,
            "name": name,
            "size": path.stat().st_size,
            "digest": f"sha256:{'0' * 64}",
            "path": str(path),
            "created_at": LONG_AGO,
            "expires_at": "2099-11-20T05:36:22Z",
            "finalized": True,
        }
        self.github.store.put("artifact", str(number), document)

    def start(
        self, event: str = "workflow_run", *, phase: str = "collect", actions: str = "read", **environ: str
    ) -> subprocess.Popen[bytes]:
        """Start a job that collects, or does something else, with the token that such a job has."""
        self.count += 1
        home = self.folder / f"job-{self.count}"
        home.mkdir()
        (home / "event.json").write_text("{}")
        run = self.run("dashboard.yml", run_name="by hand", status="in_progress", conclusion=None)
        permissions = {"contents": "write", "actions": actions, "issues": "write"}
        number = self.github.store.next_id("job")
        job = {"id": number, "run_id": run["id"], "run_attempt": 1, "status": "in_progress"}
        self.github.store.put("job", str(number), {**job, "permissions": permissions})
        environment = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(home),
            "GITHUB_EVENT_PATH": str(home / "event.json"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_REPOSITORY": RUNNER,
            "GITHUB_RUN_ID": str(run["id"]),
            "GITHUB_API_URL": self.github.core.api_url,
            "GITHUB_SERVER_URL": self.github.core.web_url,
            "GITHUB_OUTPUT": str(home / "output"),
            "GITHUB_STEP_SUMMARY": str(home / "summary.md"),
            "GITHUB_TOKEN": run_token.issue(self.github.store, run),
            "NO_PROXY": "localhost,127.0.0.1",
            **environ,
        }
        command = [sys.executable, "-m", "action", phase]
        with (home / "log").open("wb") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def finish(self, *processes: subprocess.Popen[bytes]) -> None:
        for process in processes:
            try:
                code = process.wait(SECONDS)
            finally:
                process.kill()
            assert code == 0, self.log()

    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("job-*/log")))

    def tree(self) -> str | None:
        return self.git.resolve("refs/heads/ledger", "tree")

    def paths(self) -> list[str]:
        return [entry.path for entry in self.git.tree(self.git.resolve("refs/heads/ledger") or "", recursive=True)]

    def read(self, path: str) -> bytes:
        return self.git.run("show", f"refs/heads/ledger:{path}")


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    github = LittleGitHub(tmp_path / "github")
    (tmp_path / "jobs").mkdir()
    try:
        yield Jobs(github, tmp_path / "jobs")
    finally:
        github.close()


def target(github: LittleGitHub, name: str) -> str:
    """A target repository: the first commit, a build's, and one by somebody else."""
    first = github.repository(name, {"README.md": "# made by GitHub\n"})
    repo = github.core.repository(f"{OWNER}/{name}")
    assert repo
    git = github.core.git(repo)
    parent = first
    someone = Person("Someone", "someone@example.org", AUTHOR.date)
    for text, message in (
        ("1", Trailers("b" * 20, opaque("task 1"), 1).message("Round 1")),
        ("2", "Correct it by hand\n"),
    ):
        tree = git.write_tree(None, [("100644", "index.html", git.write_blob(f"<h1>{text}</h1>\n".encode()))])
        parent = git.write_commit(tree, [parent], message, someone, someone)
    git.update_ref(MAIN, parent)
    return f"{OWNER}/{name}"


def test_100_records_that_arrive_together_are_in_the_ledger_exactly_once(jobs: Jobs) -> None:
    project = target(jobs.github, "page")
    for number in range(60):
        jobs.build(project if number % TASKS == 0 else "")
    jobs.finish(jobs.start(), jobs.start())
    for _ in range(40):
        jobs.build()
    jobs.finish(jobs.start(), jobs.start())
    before = jobs.tree()
    jobs.finish(jobs.start(), jobs.start("schedule"))
    assert jobs.tree() == before

    expected = {record_path(record, record.run): canonical(record) for record in jobs.records if record.run}
    found = [path for path in jobs.paths() if RECORD.fullmatch(path)]
    assert len(expected) == 100
    assert sorted(found) == sorted(expected)
    assert {path: jobs.read(path) for path in found} == expected


def test_rebuilding_from_the_records_gives_the_same_bytes(jobs: Jobs) -> None:
    project = target(jobs.github, "page")
    bad = jobs.run("build.yml")
    jobs.artifact(bad, f"record-{opaque('bad')}-1", {"record.json": b'{"email": "student@example.org"}'})
    foreign = jobs.run("ci.yml")
    jobs.artifact(foreign, f"record-{opaque('foreign')}-1", {"record.json": b"{}"})
    for number in range(12):
        jobs.build(project if number == 1 else "")
        if number % 4 == 0:
            jobs.finish(jobs.start())
    jobs.finish(jobs.start())
    before = jobs.tree()
    assert before

    jobs.git.run("update-ref", "-d", "refs/heads/ledger")
    jobs.finish(jobs.start("workflow_dispatch", PAGEWRIGHT_REBUILD="true"))
    assert jobs.tree() == before
    jobs.finish(jobs.start("workflow_dispatch", PAGEWRIGHT_REBUILD="true"))
    assert jobs.tree() == before

    versions = [json.loads(jobs.read(path)) for path in jobs.paths() if "/versions/" in path]
    assert sorted((version["subject"], version["is_ours"]) for version in versions) == [
        ("Correct it by hand", False),
        ("First", True),
        ("Round 1", False),  # of another task, as its trailer says
    ]
    assert len(json.loads(jobs.read("skipped.json"))) == 2
    assert b"student@example.org" not in b"".join(jobs.read(path) for path in jobs.paths())
    assert "a run of .github/workflows/ci.yml made it" in jobs.log()


def test_what_the_next_jobs_get(jobs: Jobs) -> None:
    jobs.build()
    waiting = jobs.run("build.yml", status="queued", conclusion=None)
    jobs.finish(jobs.start(DASHBOARD_REFRESH_S="3"))
    output = (jobs.folder / "job-1" / "output").read_text()
    commit = jobs.git.resolve("refs/heads/ledger")
    assert f"\n{commit}\n" in output
    assert "\ntrue\n" in output
    settings = json.loads((jobs.folder / "job-1" / "pagewright" / "dashboard.json").read_text())
    assert settings["refresh_seconds"] == 3.0
    assert settings["runner"] == RUNNER
    assert [build["build_id"] for build in settings["running"]] == [opaque(str(waiting["id"]))]
    assert settings["running"][0]["status"] == "queued"
    assert "1 record, of 1 tasks" in (jobs.folder / "job-1" / "summary.md").read_text()


def vanish(jobs: Jobs, moment: datetime) -> str:
    """Let the receiver send a large request that GitHub answers with 204 and never runs; return the build's id."""
    vars(jobs.github)["_app"] = Faulty(vars(jobs.github)["_app"], "github", FaultPlan([{"fault": "dispatch-vanishes"}]))
    token = create_token(jobs.github.store, OWNER, {"contents": "write"})
    door, keys = (
        RunnerRepository(RUNNER, Connection(token, jobs.github.core.api_url)),
        Keys.for_repository("made up " * 4, RUNNER),
    )
    words = {"email": "s@example.org", "task": "t", "nonce": "n", "brief": "b", "evaluation_url": "https://e.example/"}
    request = BuildRequest.accept(Task.model_validate({**words, "round": 1}), keys)
    sealed = request.seal(keys)
    before = len(jobs.github.store.find("run"))
    told = partial(request.payload, sealed)
    door.dispatch(told(door.store(request.build_id, sealed, lambda stored: stored_message(told(stored)))))
    assert len(jobs.github.store.find("run")) == before
    ref = f"refs/requests/{request.build_id}"
    kept, someone = (
        jobs.git.history(ref, limit=1)[0],
        Person("Receiver", "r@example.org", f"{moment:%Y-%m-%dT%H:%M:%SZ}"),
    )
    jobs.git.update_ref(ref, jobs.git.write_commit(kept.tree, [], kept.message, someone, someone))
    return request.build_id


def test_reconcile__runs_a_failed_build_again_and_tidies_up(jobs: Jobs) -> None:
    now = datetime.now(UTC)
    failed = jobs.run("build.yml", conclusion="failure", created_at=f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")
    jobs.build()  # received a while ago, as its record says; nothing of it can be run again any more
    [old] = jobs.records
    old.received_at = now - timedelta(days=31)
    run = jobs.github.store.get("run", str(old.run.run_id if old.run else 0))
    assert run
    jobs.artifact(run, f"record-{old.build_id}-1", {"record.json": old.model_dump_json().encode()})
    jobs.finish(jobs.start(PAGEWRIGHT_REBUILD="true"))
    kept = opaque("not in the ledger")
    for build_id in (old.build_id, kept):
        jobs.git.update_ref(f"refs/requests/{build_id}", jobs.git.write_blob(build_id.encode()))
    vanished = vanish(jobs, now - timedelta(hours=1))

    jobs.finish(jobs.start("schedule", phase="reconcile", actions="write", ALLOWED_HOSTS="localhost"))
    assert "its failed jobs were run again after failure" in jobs.log()
    again = jobs.github.finished(failed["id"])
    assert (again["run_attempt"], again["conclusion"]) == (2, "success")
    requests = sorted(ref for ref in jobs.git.refs() if ref.startswith("refs/requests/"))
    assert requests == sorted(f"refs/requests/{build_id}" for build_id in (kept, vanished))
    [came] = [run for run in jobs.github.store.find("run") if run["payload"].get("client_payload")]
    assert came["payload"]["client_payload"]["build_id"] == vanished
    jobs.github.finished(came["id"])
    summary = (jobs.folder / "job-2" / "summary.md").read_text()
    assert "2 builds and commands were started again, 0 left, 1 old envelopes removed" in summary
    assert "its failed jobs were run again after failure" in summary


def test_a_publishing_token_that_expires__has_one_issue_until_it_is_renewed(jobs: Jobs) -> None:
    store = jobs.github.store
    ends = datetime.now(UTC) + timedelta(days=9, hours=1)
    for expires in (ends, ends, ends + timedelta(days=80)):
        token = create_token(store, OWNER, {"metadata": "read"}, expires_at=f"{expires:%Y-%m-%dT%H:%M:%SZ}")
        jobs.finish(jobs.start("schedule", phase="tokens", TARGET_TOKEN=token))
        issues = [(issue["title"], issue["state"]) for issue in store.find("issue")]
        state = "open" if expires == ends else "closed"
        assert issues == [(f"The publishing token expires on {ends:%Y-%m-%d}", state)]
