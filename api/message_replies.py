"""What the routes about feedback answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.workflow import WorkflowRun
from receiver.models import BUILD_ID, BuildOutcome
from receiver.task.feedback import MESSAGE_ID, Kind, Lifecycle

State = Literal[
    "queued",
    "recording",
    "not-recorded",
    "recorded",
    "build-queued",
    "build-running",
    "published",
    "not-published",
]


class FeedbackAccepted(BaseModel):
    """GitHub has the feedback."""

    status: Literal["accepted"] = "accepted"
    message_id: str = Field(pattern=MESSAGE_ID)
    kind: Kind
    project: str | None = Field(description="owner/name; null for a task that has none yet")
    task_key: str | None = Field(default=None, description="for /tasks/<key>; null when the project does not say it")
    dashboard_url: str | None = Field(default=None, description="the task's page; null without a task_key")
    message_url: str = Field(description="what came of it; ask with X-API-KEY")
    message: str = (
        "GitHub has accepted the feedback. It is public: its text and numbers appear in the run and on the dashboard."
    )


class MessageRun(WorkflowRun):
    """The run that keeps a message."""

    message_id: str = Field(pattern=MESSAGE_ID)
    run_id: int | None = Field(default=None, description="null until GitHub lists the run")
    status: str = Field(description="GitHub's word for the run: queued, in_progress, completed, ...")
    conclusion: str | None = Field(default=None, description="success, failure, ...; null while it runs")
    run_url: str | None = Field(default=None, description="the run's page on GitHub")

    @property
    def about(self) -> str:
        """The message's id."""
        return self.message_id


class KeptLog(BaseModel):
    """The log of a message, without what must not be public."""

    model_config = ConfigDict(extra="ignore")

    name: str
    sha256: str = Field(description="of the text as it is public")
    size: int = Field(description="bytes")
    preview: str = Field(description="its end")


class KeptMessage(BaseModel):
    """A message as the run keeps it for the ledger; all of it is public."""

    model_config = ConfigDict(extra="ignore")

    id: str
    task_key: str = ""
    project: str = ""
    kind: Kind = "feedback"
    role: str
    at: datetime
    text: str
    metrics: dict[str, float] = Field(default_factory=dict)
    revise: bool = False
    restore: str = ""
    state: Lifecycle | None = None
    hides: str = ""
    title: str = ""
    log: KeptLog | None = None
    build_id: str = ""

    @property
    def asks_for_a_build(self) -> bool:
        """Whether the page shall change."""
        return self.revise or bool(self.restore)


class MessageBuild(BuildOutcome):
    """The build that a message started."""

    build_id: str = Field(pattern=BUILD_ID)
    status: str = Field(description="GitHub's word for its run: queued, in_progress, completed, ...")
    conclusion: str | None
    run_url: str | None = Field(description="null until GitHub lists the run")


class FollowedMessage(MessageRun):
    """A message, and what came of it. What it says is there once its run has kept it."""

    state: State = Field(description="how far it is; note says it in a sentence")
    note: str
    task_key: str | None = None
    project: str | None = Field(default=None, description="owner/name; empty for a task that has none yet")
    kind: Kind | None = None
    role: str | None = None
    at: datetime | None = None
    text: str | None = Field(default=None, description="public; why no build was started stands below it")
    metrics: dict[str, float] | None = None
    revise: bool | None = None
    restore: str | None = None
    log: KeptLog | None = None
    lifecycle: Lifecycle | None = Field(
        default=None, description="the state that a message of kind state gave the task"
    )
    hides: str | None = Field(default=None, description="the commit that lists of versions leave out")
    title: str | None = Field(default=None, description="what the message called the task")
    build: MessageBuild | None = Field(default=None, description="null when the message started none")
