"""The door to the workflow that runs commands: start it, find its run, fetch the result, cancel a run."""

from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from receiver.artifacts import Artifacts, file_in
from receiver.connection import Connection, created_about
from receiver.project_replies import JobRun
from receiver.refusals import from_status
from receiver.task import Execution, ExecutionResult
from receiver.task.run_title import id_in_title

EVENT = "execute-command"
WORKFLOW = "execute.yml"
RUNS = 30  # a run is about 10 KB, and the list is fetched every other second while somebody waits
MOST_RUNS = 100
RESULT = "result.json"
LARGEST_RESULT = 4 * 1024 * 1024  # bytes


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
        """Return what a run uploaded, None when there is nothing that can be read. Raises ArtifactExpired."""
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
        self._artifacts = Artifacts(repository, connection)

    def dispatch(self, execution: Execution) -> None:
        """Start the workflow."""
        self._connection.dispatch(self._repository, EVENT, execution.model_dump(mode="json", exclude_none=True))

    def recent(self) -> list[JobRun]:
        """Return the newest runs, newest first."""
        return self._runs(per_page=RUNS)

    def accepted_at(self, moment: datetime) -> list[JobRun]:
        """Return the runs of jobs that were accepted at about this time, however many there were since."""
        return self._runs(per_page=MOST_RUNS, created=created_about(moment))

    def result(self, run: JobRun) -> ExecutionResult | None:
        """Fetch the artifact of a run. Raises ArtifactExpired."""
        zipped = self._artifacts.named(run.run_id, f"result-{run.job_id}", "hand out the result")
        return read_result(zipped, run.job_id) if zipped else None

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
        result = ExecutionResult.model_validate_json(file_in(zipped, RESULT, LARGEST_RESULT) or b"")
    except ValidationError:
        return None
    return result if result.job_id == job_id else None
