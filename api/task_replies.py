"""What the routes about tasks answer: parts of the dashboard's JSON, as docs/dashboard.md describes them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.lists import Paging

Entries = list[dict[str, Any]]
TASK_KEY = r"^[0-9a-f]{20}$"


class AsOf(BaseModel):
    """Says how new the answer is."""

    as_of: datetime = Field(description="when the data was collected and written; what happened since is not in it")


class Listed(AsOf):
    """One page of a list."""

    total: int = Field(description="entries on all pages")
    page: int
    next: str | None = Field(description="the address of the next page; null on the last one")


class TaskList(Listed):
    """Tasks, newest first."""

    tasks: Entries = Field(description="as in api/tasks.json of the dashboard (docs/dashboard.md)")


class TaskFilter(Paging):
    """Which tasks."""

    state: str = Field(default="", max_length=40, description="live, checks_fail, failed, ...")
    status: str = Field(default="", max_length=40, description="live, fallback, held_back, not_live, failed or waiting")
    lifecycle: str = Field(default="", max_length=40, description="open, closed or archived")
    project: str = Field(default="", max_length=201, description="owner/name, or the name alone")
    recipient: str = Field(default="", max_length=100, description="as the list has it")
    q: str = Field(default="", max_length=200, description="words in the name, title, project, state or key")


class TaskReply(AsOf):
    """Everything about one task: api/tasks/<key>.json of the dashboard (docs/dashboard.md), with as_of."""

    model_config = ConfigDict(extra="allow")

    key: str = Field(pattern=TASK_KEY)


class OfTask(Listed):
    """A list that belongs to a task."""

    key: str = Field(pattern=TASK_KEY)
    project: str = Field(description="owner/name; empty before there is one")


class Versions(OfTask):
    """The commits of a task, oldest first."""

    versions: Entries


class Results(OfTask):
    """What builds and agents found, oldest first."""

    results: Entries
    averages: dict[str, float | None] = Field(description="of accuracy, loss and runtime, as far as they were reported")


class LatestResult(AsOf):
    """The newest build in a few words, and the newest result that somebody reported."""

    key: str = Field(pattern=TASK_KEY)
    project: str
    latest: dict[str, Any] | None = Field(description="of the newest build; null before there is one")
    result: dict[str, Any] | None = Field(description="the newest that was reported; null without one")


class Messages(OfTask):
    """The timeline, oldest first."""

    messages: Entries


class MessageFilter(Paging):
    """Which messages."""

    role: str = Field(default="", max_length=30)
    kind: str = Field(default="", max_length=30)
    after: str = Field(default="", max_length=40, description="the id of a message: only what came after it")


class Runs(OfTask):
    """Commands that ran, oldest first."""

    runs: Entries


class Logs(OfTask):
    """What can be downloaded, oldest first."""

    logs: Entries


class Statistics(AsOf):
    """Sums of all tasks: api/stats.json of the dashboard (docs/dashboard.md), with as_of."""

    model_config = ConfigDict(extra="allow")
