"""Artifacts as GitHub lists them, zips as runs upload them, and an API that answers from a dictionary."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from action.github.api import NotThere, RunnerApi
from action.github.artifacts import Artifact, artifact_of
from action.ledger.models import Message
from action.record import BuildRecord, PhaseRecord, Publication, Run
from receiver.task import ExecutionResult
from tests.unit.action.ledger.example_ledger import DESKTOP, MOBILE, opaque

RUNNER = "owner/runner"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def zipped(**files: bytes) -> bytes:
    """Return a zip; `record_json` is the name of record.json."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return body.getvalue()


def make_record(number: int, *, attempt: int = 1, task: str = "task", project: str = "", **more: Any) -> BuildRecord:
    url = f"https://github.example/{RUNNER}/actions/runs/{number}"
    record = BuildRecord(
        build_id=opaque(f"build {number}"),
        task_key=opaque(task),
        round=1,
        received_at=AT,
        run=Run(repository=RUNNER, run_id=number, attempt=attempt, url=url),
        **more,
    )
    if project:
        where = f"https://github.example/{project}"
        record.publication = Publication(
            repository=project, repo_url=where, branch="main", pages_url=f"{where}/", commit_sha="1" * 40
        )
    return record


def checked(record: BuildRecord, attempt: int = 1) -> BuildRecord:
    """Return the record as the live check leaves it, with both pictures."""
    later = record.model_copy(deep=True)
    later.phases.append(PhaseRecord(name="check", started_at=AT))
    later.checked_attempt, later.screenshots = attempt, ["desktop.webp", "mobile.webp"]
    return later


def make_message(number: int, *, task: str = "task", **more: Any) -> Message:
    fields = {"id": opaque(f"message {number}"), "task_key": opaque(task), "role": "evaluator", "at": AT}
    return Message.model_validate({**fields, "text": f"Message {number}", **more})


def listed(number: int, name: str, run_id: int, **more: Any) -> dict[str, Any]:
    """Return an artifact as the API lists it."""
    origin = {"id": run_id, "repository_id": 7, "head_repository_id": 7, "head_branch": "main", "head_sha": "0" * 40}
    return {"id": number, "name": name, "size_in_bytes": 1000, "expired": False, "workflow_run": {**origin, **more}}


def record_artifact(number: int, record: BuildRecord, *, live: bool = False) -> tuple[dict[str, Any], bytes]:
    """Return what the API lists, and the zip."""
    assert record.run
    attempt = record.checked_attempt if live else record.run.attempt
    name = f"record-{record.build_id}-{attempt}{'-live' if live else ''}"
    pictures = {"desktop_webp": DESKTOP, "mobile_webp": MOBILE} if live else {}
    body = zipped(record_json=record.model_dump_json(indent=2).encode(), **pictures)
    return listed(number, name, record.run.run_id), body


def message_artifact(number: int, message: Message, run_id: int) -> tuple[dict[str, Any], bytes]:
    return listed(number, f"message-{message.id}", run_id), zipped(message_json=message.model_dump_json().encode())


def result_artifact(number: int, run_id: int, job_id: str, **more: Any) -> tuple[dict[str, Any], bytes]:
    """Return the result of a command."""
    url = f"https://github.example/{RUNNER}/actions/runs/{run_id}"
    fields = {"job_id": job_id, "project": "owner/page", "command": "ls", "at": AT, "run_url": url, "return_code": 0}
    result = ExecutionResult.model_validate({**fields, **more})
    return listed(number, f"result-{job_id}", run_id), zipped(result_json=result.model_dump_json().encode())


def artifact(entry: Mapping[str, Any]) -> Artifact:
    found = artifact_of(entry)
    assert found
    return found


class FakeApi(RunnerApi):
    """The runner repository's API: `paths` holds the workflow of each run, `zips` the bodies by artifact."""

    def __init__(self, *artifacts: tuple[dict[str, Any], bytes], paths: Mapping[int, str] | None = None) -> None:
        self.artifacts = [entry for entry, _ in artifacts]
        self.zips = {entry["id"]: body for entry, body in artifacts}
        self.events: dict[int, str] = {}
        self.paths = dict(paths or {})
        self.downloaded: list[int] = []
        self.unlisted: set[int] = set()
        self.asked: list[str] = []
        self.page_size = 100
        self.pages_read = 0

    def run(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "path": self.paths.get(number, ".github/workflows/build.yml"),
            "event": self.events.get(number, "repository_dispatch"),
        }

    def get(self, path: str, **query: str | int) -> Any:
        self.asked.append(path)
        number = int(path.rpartition("/")[2])
        if number not in {entry["workflow_run"]["id"] for entry in self.artifacts}:
            raise NotThere
        return self.run(number)

    def pages(self, path: str, key: str, **query: str | int) -> Iterator[list[dict[str, Any]]]:
        if key == "workflow_runs":
            self.asked.append(path)
            runs = sorted({entry["workflow_run"]["id"] for entry in self.artifacts}, reverse=True)
            shown = [number for number in runs if number not in self.unlisted]
            yield from ([self.run(number) for number in shown[at : at + 100]] for at in range(0, len(shown), 100))
            return
        newest = sorted(self.artifacts, key=lambda entry: -entry["id"])
        for start in range(0, max(1, len(newest)), self.page_size):
            self.pages_read += 1
            yield newest[start : start + self.page_size]

    def download(self, path: str, largest: int) -> bytes:
        number = int(path.split("/")[3])
        self.downloaded.append(number)
        if number not in self.zips:
            raise NotThere
        return self.zips[number]
