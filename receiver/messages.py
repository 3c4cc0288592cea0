"""The door to the workflow that keeps feedback: start it, find the run of a message, and read what it kept."""

from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from receiver.artifacts import Artifacts, file_in
from receiver.connection import Connection, created_about
from receiver.message_replies import KeptMessage, MessageRun
from receiver.task.feedback import Feedback
from receiver.task.run_title import id_in_title

EVENT = "record-feedback"
WORKFLOW = "feedback.yml"
RUNS = 100  # as many as one page of the run list holds
MESSAGE = "message.json"
LARGEST_MESSAGE = 200_000  # bytes, as in the ledger


class Messages(Protocol):
    """What the receiver needs from the workflow. Each method raises GitHubRefused."""

    def dispatch(self, feedback: Feedback) -> None:
        """Start the workflow. Returns only when GitHub has accepted the event."""

    def recent(self) -> list[MessageRun]:
        """Return the newest runs, newest first."""
        ...

    def accepted_at(self, moment: datetime) -> list[MessageRun]:
        """Return the runs of messages that were accepted at about this time."""
        ...

    def kept(self, message_id: str, run_id: int) -> KeptMessage | None:
        """Return the message that a run has kept, None while there is none. Raises ArtifactExpired."""
        ...


class FeedbackWorkflow:
    """feedback.yml in a runner repository ("owner/name")."""

    def __init__(self, repository: str, connection: Connection) -> None:
        self._repository = repository
        self._connection = connection
        self._artifacts = Artifacts(repository, connection)

    def dispatch(self, feedback: Feedback) -> None:
        """Start the workflow."""
        self._connection.dispatch(self._repository, EVENT, feedback.model_dump(mode="json"))

    def recent(self) -> list[MessageRun]:
        """Return the newest runs, newest first."""
        return self._runs()

    def accepted_at(self, moment: datetime) -> list[MessageRun]:
        """Return the runs of messages that were accepted at about this time, however many there were since."""
        return self._runs(created=created_about(moment))

    def kept(self, message_id: str, run_id: int) -> KeptMessage | None:
        """Read the artifact of a run. Raises ArtifactExpired."""
        zipped = self._artifacts.named(run_id, f"message-{message_id}", "show the message")
        try:
            message = KeptMessage.model_validate_json(file_in(zipped or b"", MESSAGE, LARGEST_MESSAGE) or b"")
        except ValidationError:
            return None
        return message if message.id == message_id else None

    def _runs(self, **more: Any) -> list[MessageRun]:
        url = f"/repos/{self._repository}/actions/workflows/{WORKFLOW}/runs"
        with self._connection.session() as session:
            _, data = session.requestJsonAndCheck("GET", url, parameters={"per_page": RUNS, **more})
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
