"""What the tests of the api use in place of GitHub and of time."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from pydantic import BaseModel

from api.artifacts import ArtifactExpired
from api.dashboard_data import DashboardData, Tip
from api.ids import accepted_at
from api.jobs import ExecuteWorkflow
from api.message_replies import KeptMessage, MessageRun
from api.messages import FeedbackWorkflow
from api.project_replies import JobRun
from api.projects import LARGEST_FILE, File, Folder, Other, Place, Projects
from api.starts import StartedRun, Starts
from api.version_replies import VersionFile, VersionSummary
from api.versions import History
from api.waiting import WaitingRoom
from receiver.errors import Problem
from receiver.models import Build, BuildOutcome
from receiver.task import Execution, ExecutionResult
from receiver.task.feedback import Feedback

TIP = "c" * 40


class ScriptedJobs(ExecuteWorkflow):
    """The workflow that runs commands; a dispatched one goes through `course`, one status at each look."""

    def __init__(self) -> None:
        self.dispatched: list[Execution] = []
        self.course: list[str] = ["completed"]
        self.looks = 0
        self.runs: list[JobRun] = []
        self.old_runs: list[JobRun] = []
        self.asked_for: list[datetime] = []
        self.results: dict[str, ExecutionResult] = {}
        self.expired: set[str] = set()
        self.expire_all = False
        self.cancelled: list[int] = []
        self.is_over = False
        self.conclusion = "success"
        self.leaves_nothing = False
        self.changes: dict[str, object] = {}
        self.refusal: Exception | None = None
        self.refusals_after_dispatch: list[Exception] = []

    def dispatch(self, payload: BaseModel) -> None:
        self._refuse()
        assert isinstance(payload, Execution)
        self.dispatched.append(payload)

    def recent(self) -> list[JobRun]:
        self._refuse()
        if self.refusals_after_dispatch:
            raise self.refusals_after_dispatch.pop(0)
        status = self.course[min(self.looks, len(self.course) - 1)]
        self.looks += 1
        if status == "unlisted":
            return self.runs
        return [job_run(each.job_id, 7, status, self.conclusion) for each in self.dispatched] + self.runs

    def accepted_at(self, moment: datetime) -> list[JobRun]:
        self._refuse()
        self.asked_for.append(moment)
        return self.old_runs

    def result(self, run: JobRun) -> ExecutionResult | None:
        self._refuse()
        if self.expire_all or run.job_id in self.expired:
            raise ArtifactExpired
        if self.leaves_nothing:
            return None
        return self.results.get(run.job_id) or result_of(run.job_id, **self.changes)

    def cancel(self, run_id: int) -> bool:
        self._refuse()
        self.cancelled.append(run_id)
        return not self.is_over

    def _refuse(self) -> None:
        if self.refusal:
            raise self.refusal


class ScriptedProjects(Projects):
    """Projects by name, with their refs and what is in them."""

    def __init__(self) -> None:
        self.names = {"owner/site"}
        self.task_key = "7" * 20
        self.commits: dict[str | None, str] = {None: TIP, TIP: TIP, "v1": "a" * 40}
        self.found: dict[str, File | Folder | Other] = {}
        self.notes: dict[str, dict[str, object]] = {}
        self.foreign: set[str] = set()
        self.reads: list[tuple[str, str, str | None]] = []

    def task_of(self, name: str) -> str | None:
        return self.task_key if name in self.names else None

    def commit(self, name: str, ref: str | None) -> str | None:
        return self.commits.get(ref)

    def place(self, name: str) -> Place:
        note = self.notes.get(name)
        return Place(name in self.foreign or note is not None, note or {}, self.commits[None] if note else None)

    def read(self, name: str, path: str, ref: str | None, largest: int = LARGEST_FILE) -> File | Folder | Other | None:
        self.reads.append((name, path, ref))
        return self.found.get(path)


class ScriptedMessages(FeedbackWorkflow):
    """Remembers what was said; raises `refusal` when there is one."""

    def __init__(self) -> None:
        self.said: list[Feedback] = []
        self.looks = 0
        self.runs: list[MessageRun] = []
        self.old_runs: list[MessageRun] = []
        self.messages: dict[str, KeptMessage] = {}
        self.outcomes: dict[int, BuildOutcome] = {}
        self.no_outcome: Exception | None = None
        self.is_expired = False
        self.refusal: Exception | None = None

    def dispatch(self, payload: BaseModel) -> None:
        if self.refusal:
            raise self.refusal
        assert isinstance(payload, Feedback)
        self.said.append(payload)

    def recent(self) -> list[MessageRun]:
        self.looks += 1
        return self.runs

    def accepted_at(self, moment: datetime) -> list[MessageRun]:
        return self.old_runs

    def kept(self, message_id: str, run_id: int) -> KeptMessage | None:
        if self.is_expired:
            raise ArtifactExpired
        return self.messages.get(message_id)

    def outcome(self, build: Build) -> BuildOutcome | None:
        if self.no_outcome:
            raise self.no_outcome
        return self.outcomes.get(build.run_id)


class ScriptedData(DashboardData):
    """The branch as a dictionary of documents; the ledger's files by task and digest."""

    def __init__(self) -> None:
        self.at: Tip | Problem = Tip(TIP, datetime(2026, 11, 28, 12, tzinfo=UTC))
        self.documents: dict[str, dict[str, Any]] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.reads: list[str] = []

    def tip(self) -> Tip:
        if isinstance(self.at, Problem):
            raise self.at
        return self.at

    def document(self, path: str, tip: Tip) -> dict[str, Any] | None:
        self.reads.append(path)
        return self.documents.get(path)

    def file(self, task_key: str, sha256: str) -> bytes | None:
        return self.files.get((task_key, sha256))


class ScriptedHistory(History):
    """The commits of one project; its zip is `archive`."""

    def __init__(self) -> None:
        self.versions: list[VersionSummary] = []
        self.files: list[VersionFile] = []
        self.archive = b""
        self.sent = 0

    def commits(self, name: str, limit: int, page: int) -> tuple[list[VersionSummary], bool]:
        start = (page - 1) * limit
        return self.versions[start : start + limit], len(self.versions) > start + limit

    def commit(self, name: str, sha: str) -> tuple[VersionSummary, list[VersionFile], bool]:
        return next(each for each in self.versions if each.sha == sha), self.files, False

    @contextmanager
    def zipped(self, name: str, sha: str) -> Iterator[IO[bytes]]:
        yield io.BytesIO(self.archive)
        self.sent += 1


class ScriptedStarts(Starts):
    """Remembers what was started; raises `refusal` when there is one."""

    def __init__(self) -> None:
        self.started: list[BaseModel] = []
        self.runs: list[StartedRun] = []
        self.run_again: list[int] = []
        self.refusal: Exception | None = None

    def dispatch(self, payload: BaseModel) -> None:
        self._refuse()
        self.started.append(payload)

    def find(self, start_id: str) -> StartedRun | None:
        return next((run for run in self.runs if run.start_id == start_id), None)

    def again(self, build: Build) -> None:
        self._refuse()
        self.run_again.append(build.run_id)

    def _refuse(self) -> None:
        if self.refusal:
            raise self.refusal


class Clock:
    """Time that passes only in pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.is_stopping = False

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> bool:
        self.now += seconds
        return not self.is_stopping


def waiting_room(clock: Clock, places: int = 8) -> WaitingRoom:
    return WaitingRoom(places, clock=clock, pause=clock.pause)


def job_run(job_id: str, run_id: int = 7, status: str = "completed", conclusion: str | None = "success") -> JobRun:
    moment = accepted_at(job_id)
    assert moment
    return JobRun(
        job_id=job_id,
        run_id=run_id,
        status=status,
        conclusion=conclusion if status == "completed" else None,
        run_url=f"https://github.example/runs/{run_id}",
        created_at=moment,
    )


def result_of(job_id: str, **changes: object) -> ExecutionResult:
    fields = {"job_id": job_id, "project": "owner/site", "commit": TIP, "stdout": "hello\n", "return_code": 0}
    return ExecutionResult.model_validate({**fields, **changes})
