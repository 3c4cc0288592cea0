"""The door to the workflow that keeps feedback: start it, and find the run of a message."""

from typing import Any, Protocol

from receiver.connection import Connection
from receiver.project_replies import MessageRun
from receiver.task.feedback import Feedback
from receiver.task.run_title import id_in_title

EVENT = "record-feedback"
WORKFLOW = "feedback.yml"
RUNS = 100  # as many as one page of the run list holds


class Messages(Protocol):
    """What the receiver needs from the workflow. Each method raises GitHubRefused."""

    def dispatch(self, feedback: Feedback) -> None:
        """Start the workflow. Returns only when GitHub has accepted the event."""

    def recent(self) -> list[MessageRun]:
        """Return the newest runs, newest first."""
        ...


class FeedbackWorkflow:
    """feedback.yml in a runner repository ("owner/name")."""

    def __init__(self, repository: str, connection: Connection) -> None:
        self._repository = repository
        self._connection = connection

    def dispatch(self, feedback: Feedback) -> None:
        """Start the workflow."""
        self._connection.dispatch(self._repository, EVENT, feedback.model_dump(mode="json"))

    def recent(self) -> list[MessageRun]:
        """Return the newest runs, newest first."""
        url = f"/repos/{self._repository}/actions/workflows/{WORKFLOW}/runs"
        with self._connection.session() as session:
            _, data = session.requestJsonAndCheck("GET", url, parameters={"per_page": RUNS})
            return [run for entry in data["workflow_runs"] if (run := as_run(entry))]


def as_run(run: dict[str, Any]) -> MessageRun | None:
    """Read a run of the run list."""
    message_id = id_in_title("feedback", run)
    if message_id is None:
        return None
    return MessageRun(
        message_id=message_id,
        run_id=run["id"],
        status=run["status"],
        conclusion=run.get("conclusion"),
        run_url=run["html_url"],
    )
