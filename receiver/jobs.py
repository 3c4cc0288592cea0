"""The door to the workflow that runs commands: start it, find its run, fetch the result, cancel a run."""

import io
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from github.Requester import Requester
from pydantic import ValidationError

from receiver.connection import Connection, TooLargeToDownload
from receiver.project_replies import JobRun
from receiver.refusals import from_status
from receiver.task import Execution, ExecutionResult
from receiver.task.run_title import id_in_title

EVENT = "execute-command"
WORKFLOW = "execute.yml"
RUNS = 30  # a run is about 10 KB, and the list is fetched every other second while somebody waits
MOST_RUNS = 100
LISTED_WITHIN = timedelta(minutes=2)  # from a dispatch to its run in the list
RESULT = "result.json"
LARGEST_RESULT = 4 * 1024 * 1024  # bytes
LARGEST_ZIP = 2 * 1024 * 1024


class ResultExpired(Exception):
    """The run is still there, and what it uploaded is not."""


class Jobs(Protocol):
    """What the receiver needs from the workflow. Each method raises GitHubRefused."""

    def dispatch(self, execution: Execution) -> None:
        """Start the workflow. Returns only when GitHub has accepted the event."""

    def recent(self) -> list[JobRun]:
        """Return the newest runs, newest first."""
        ...

    def accepted_at(self, moment: datetime) -> list[JobRun]:
        """Return the runs of jobs that were accepted at about this time."""
        ...

    def result(self, run: JobRun) -> ExecutionResult | None:
        """Return what a run uploaded, None when there is nothing that can be read. Raises ResultExpired."""
        ...

    def cancel(self, run_id: int) -> bool:
        """Cancel a run of any workflow; False when it is over already."""
        ...


class ExecuteWorkflow:
    """execute.yml in a runner repository ("owner/name")."""

    def __init__(self, repository: str, connection: Connection) -> None:
        self._repository = repository
        self._actions = f"/repos/{repository}/actions"
        self._connection = connection

    def dispatch(self, execution: Execution) -> None:
        """Start the workflow."""
        self._connection.dispatch(self._repository, EVENT, execution.model_dump(mode="json", exclude_none=True))

    def recent(self) -> list[JobRun]:
        """Return the newest runs, newest first."""
        return self._runs(per_page=RUNS)

    def accepted_at(self, moment: datetime) -> list[JobRun]:
        """Return the runs of jobs that were accepted at about this time, however many there were since."""
        first, last = (text_of(moment + delta) for delta in (-LISTED_WITHIN, LISTED_WITHIN))
        return self._runs(per_page=MOST_RUNS, created=f"{first}..{last}")

    def result(self, run: JobRun) -> ExecutionResult | None:
        """Fetch the artifact of a run. Raises ResultExpired."""
        with self._connection.session() as session:
            artifact = self._artifact(session, run)
            if artifact is None:
                return None
            if artifact["expired"]:
                raise ResultExpired
            url = f"{self._actions}/artifacts/{artifact['id']}/zip"
            status, headers, text = session.requestJson("GET", url)
            if status == 410:
                raise ResultExpired
            if status != 302:
                raise from_status("hand out the result", status, headers, text)
            try:
                zipped = self._connection.download(headers["location"], "hand out the result", LARGEST_ZIP)
            except TooLargeToDownload:
                return None
        return read_result(zipped, run.job_id)

    def cancel(self, run_id: int) -> bool:
        """Cancel a run; False when it is over already."""
        with self._connection.session() as session:
            status, headers, text = session.requestJson("POST", f"{self._actions}/runs/{run_id}/cancel")
        if status not in {202, 409}:
            raise from_status("cancel the run", status, headers, text)
        return status == 202

    def _runs(self, **parameters: Any) -> list[JobRun]:
        url = f"{self._actions}/workflows/{WORKFLOW}/runs"
        with self._connection.session() as session:
            _, data = session.requestJsonAndCheck("GET", url, parameters=parameters)
            return [run for entry in data["workflow_runs"] if (run := as_run(entry))]

    def _artifact(self, session: Requester, run: JobRun) -> dict[str, Any] | None:
        name = f"result-{run.job_id}"
        url = f"{self._actions}/runs/{run.run_id}/artifacts"
        _, data = session.requestJsonAndCheck("GET", url, parameters={"name": name})
        found = [artifact for artifact in data["artifacts"] if artifact["name"] == name]
        return max(found, key=lambda artifact: int(artifact["id"]), default=None)


def text_of(moment: datetime) -> str:
    """Return a time as GitHub's filters read it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_run(run: dict[str, Any]) -> JobRun | None:
    """Read a run of the run list. One that was started by hand is nobody's job."""
    job_id = id_in_title("execute", run)
    if job_id is None:
        return None
    return JobRun(
        job_id=job_id,
        run_id=run["id"],
        status=run["status"],
        conclusion=run.get("conclusion"),
        run_url=run["html_url"],
        created_at=run["created_at"],
    )


def read_result(zipped: bytes, job_id: str) -> ExecutionResult | None:
    """Return the result in an artifact, if it is there, not too large, and about this job."""
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive, archive.open(RESULT) as file:
            text = file.read(LARGEST_RESULT + 1)
        result = ExecutionResult.model_validate_json(text) if len(text) <= LARGEST_RESULT else None
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, EOFError, ValidationError):
        return None
    return result if result and result.job_id == job_id else None
