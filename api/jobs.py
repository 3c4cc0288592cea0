"""The workflow that runs commands."""

from typing import Any

from pydantic import ValidationError

from api.artifacts import file_in
from api.errors import NOT_QUEUED_YET
from api.project_replies import JobRun
from api.workflow import Workflow
from receiver.errors import Problem
from receiver.github_errors import from_status
from receiver.task import ExecutionResult
from receiver.task.run_title import id_in_title, words_in_title

SOON_S = 5
RESULT = "result.json"
LARGEST_RESULT = 4 * 1024 * 1024  # bytes


class ExecuteWorkflow(Workflow[JobRun]):
    """execute.yml in a runner repository."""

    event = "execute-command"
    file = "execute.yml"
    most_recent = 30  # a run is about 10 KB, and the list is fetched every other second while somebody waits

    @staticmethod
    def as_run(run: dict[str, Any]) -> JobRun | None:
        """Read a run of the run list."""
        job_id = id_in_title("execute", run)
        if job_id is None:
            return None
        return JobRun(
            job_id=job_id,
            project=words_in_title(run),
            run_id=run["id"],
            status=run["status"],
            conclusion=run.get("conclusion"),
            run_url=run["html_url"],
            created_at=run["created_at"],
        )

    def result(self, run: JobRun) -> ExecutionResult | None:
        """Return what a run uploaded, None when there is nothing that can be read. Raises ArtifactExpired."""
        zipped = self._artifacts.named(run.run_id, f"result-{run.job_id}", "hand out the result")
        return read_result(zipped, run.job_id) if zipped else None

    def cancel(self, run_id: int) -> bool:
        """Cancel a run of any workflow; False when it is over already. Raises Problem for one that is not queued."""
        with self._connection.session() as session:
            url = f"/repos/{self._repository}/actions/runs/{run_id}/cancel"
            status, headers, text = session.requestJson("POST", url)
        if status == 409 and "not been queued yet" in text:
            raise Problem(NOT_QUEUED_YET, retry_after_s=SOON_S)
        if status not in {202, 409}:
            raise from_status("cancel the run", status, headers, text)
        return status == 202


def read_result(zipped: bytes, job_id: str) -> ExecutionResult | None:
    """Return the result in an artifact, if it is there, not too large, and about this job."""
    try:
        result = ExecutionResult.model_validate_json(file_in(zipped, RESULT, LARGEST_RESULT) or b"")
    except ValidationError:
        return None
    return result if result.job_id == job_id else None
