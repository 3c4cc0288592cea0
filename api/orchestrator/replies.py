"""What clients get at the names that they know."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.uploads import InBase64
from receiver.task.feedback import Kind, Lifecycle

AS_OF = "when the data was collected and written: what happened since is not in it; null before the first time"


class Written(BaseModel):
    """GitHub has it. It is public, and collected into the lists when its run has ended."""

    task_id: str
    id: str = Field(description="of what was written")
    accepted: Literal[True] = True
    as_of: datetime = Field(description="when it was accepted")
    status_url: str = Field(description="what came of it; ask with X-API-KEY")
    dashboard_url: str = Field(description="the task's page, once it is collected")


class TaskWritten(Written):
    """A task was made or changed."""

    title: str
    description: str
    status: Lifecycle | None = Field(description="null when it stays as it is")
    build_id: str | None = Field(default=None, description="of the build, when one was asked for")


class CodeWritten(Written):
    """Code was uploaded: a build publishes it."""

    version: str = Field(description="a name of the version until it has a number: the id of its build")
    project: str = Field(description="owner/name")
    is_new: bool = Field(description="there was no such project yet, so it is made")
    build_id: str


class CodeHidden(Written):
    """A version is left out of lists."""

    commit: str
    message: str


class OfTask(BaseModel):
    """Belongs to a task."""

    task_id: str
    as_of: datetime | None = Field(description=AS_OF)


class ClientTask(OfTask):
    """What is known of a task."""

    title: str
    status: Lifecycle
    created_at: datetime | None = None
    updated_at: datetime | None = None
    project: str = Field(default="", description="owner/name; empty before there is one")
    repo_url: str = ""
    pages_url: str = ""
    headline: str = Field(default="", description="how its newest build is doing")


class ClientWholeTask(ClientTask):
    """A task."""

    description: str = ""
    is_collected: bool = Field(description="false: it exists, and no run has collected it yet")


class ClientTasks(BaseModel):
    """Tasks, newest first."""

    as_of: datetime | None = Field(description=AS_OF)
    tasks: list[ClientTask]
    total: int
    page: int
    next: str | None


class CodeVersion(BaseModel):
    """One commit."""

    id: str = Field(description="for /delete_code/{id}")
    version: int = Field(description="1, 2, 3, ...: it stays the same, also when others are hidden")
    commit: str
    message: str
    created_at: datetime
    build_id: str | None
    is_hidden: bool
    url: str


class Code(OfTask):
    """A version with its files, and which others there are. As GitHub has it now."""

    project: str
    version: int | None = Field(description="null while nothing is published")
    commit: str | None
    files: dict[str, str | InBase64] = Field(description="text, or base64 of what is no text")
    filename: str | None = Field(description="what file_content is the content of")
    file_content: str | None
    left_out: list[str] = Field(description="files that are too large for this answer; the zip has them")
    download_url: str | None
    versions: list[CodeVersion] = Field(description="newest first")


class ClientMessage(BaseModel):
    """Something that somebody said."""

    id: str
    role: str
    kind: Kind
    text: str
    metrics: dict[str, float]
    created_at: datetime


class ClientMessages(OfTask):
    """Oldest first."""

    messages: list[ClientMessage]
    total: int
    page: int
    next: str | None


class ClientFeedback(OfTask):
    """Oldest first."""

    feedback: list[ClientMessage]
    total: int
    page: int
    next: str | None


class ClientResult(BaseModel):
    """What somebody measured."""

    id: str
    role: str
    accuracy: float | None
    loss: float | None
    runtime: float | None
    metrics: dict[str, float]
    commit: str = Field(description="the newest one at that time; empty before there was one")
    created_at: datetime
    raw_logs: str | None = Field(description="the end of the log; the whole of it is at log_url")
    log_url: str | None


class ClientResults(OfTask):
    """Oldest first."""

    results: list[ClientResult]
    averages: dict[str, float | None]
    total: int
    page: int
    next: str | None


class ClientLatestResults(OfTask):
    """The newest that somebody measured; null when nobody did."""

    result: ClientResult | None
    build: dict[str, Any] | None = Field(description="the newest build in a few words, with its checks")


class ClientLog(BaseModel):
    """A text that can be downloaded."""

    filename: str
    of: str = Field(description="the id of the message or of the container")
    size: int
    preview: str
    created_at: datetime
    download_url: str


class ClientLogs(OfTask):
    """Oldest first."""

    logs: list[ClientLog]
    total: int
    page: int
    next: str | None


class Container(BaseModel):
    """One run of a command; it is no server that goes on."""

    container_id: str = Field(description="the job's id")
    status: Literal["queued", "running", "completed", "failed", "stopping", "stopped"]
    status_url: str
    run_url: str | None = None
    task_id: str | None = None
    commit: str | None = None
    command: str | None = None
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    seconds: float | None = None
    error: str | None = None
