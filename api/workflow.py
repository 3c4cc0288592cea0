"""A workflow that a request starts: dispatch it, find the run again, read what the run has uploaded."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from api.artifacts import Artifacts
from api.ids import accepted_at, created_about
from receiver.connection import Connection

MOST_RUNS = 100  # as many as one page of the run list holds


class WorkflowRun(BaseModel):
    """One run of such a workflow."""

    @property
    @abstractmethod
    def about(self) -> str:
        """The id of what it is about."""


Run = TypeVar("Run", bound=WorkflowRun)


class Workflow(ABC, Generic[Run]):
    """In a runner repository ("owner/name"). Each method raises GitHubRefused."""

    event: ClassVar[str]
    file: ClassVar[str]
    most_recent: ClassVar[int] = MOST_RUNS

    def __init__(self, repository: str, connection: Connection) -> None:
        self._repository = repository
        self._connection = connection
        self._artifacts = Artifacts(repository, connection)

    def dispatch(self, payload: BaseModel) -> None:
        """Start the workflow. Returns only when GitHub has accepted the event."""
        self._connection.dispatch(self._repository, self.event, payload.model_dump(mode="json", exclude_defaults=True))

    def recent(self) -> list[Run]:
        """Return the newest runs, newest first."""
        return self._runs(per_page=self.most_recent)

    def accepted_at(self, moment: datetime) -> list[Run]:
        """Return the runs of what was accepted at about this time, however many there were since."""
        return self._runs(per_page=MOST_RUNS, created=created_about(moment))

    def find(self, about: str, newest: list[Run]) -> Run | None:
        """Return the run about an id: among the newest ones, else among those of the time that the id may tell."""
        found = [run for run in newest if run.about == about]
        if not found and (moment := accepted_at(about)):
            found = [run for run in self.accepted_at(moment) if run.about == about]
        return found[0] if found else None

    @staticmethod
    @abstractmethod
    def as_run(run: dict[str, Any]) -> Run | None:
        """Read a run of the run list. One that was started by hand is about nothing."""

    def _runs(self, **query: Any) -> list[Run]:
        return self._connection.runs(self._repository, self.file, self.as_run, **query)
