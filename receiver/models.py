"""What the routes answer when they succeed. /openapi.json describes them."""

from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, Field

BUILD_ID = r"^[0-9a-f]{20}$"


class Accepted(BaseModel):
    """GitHub has the task."""

    status: Literal["accepted"] = "accepted"
    build_id: str = Field(pattern=BUILD_ID, description="the same for the same email, task, round and nonce")
    task: str = Field(description="as it was sent")
    task_key: str = Field(pattern=BUILD_ID, description="the same for all rounds; for /tasks/<key>")
    round: int
    project: str | None = Field(default=None, description="null: the build finds or makes the repository")
    dashboard_url: str = Field(description="the task's page, once its first build is collected")
    status_url: str = Field(description="where the owner, with X-API-KEY, sees how the build is doing")
    message: str = Field(description="that the task was received and is being processed, and when nobody is called")
    notes: tuple[str, ...] = Field(default=(), description="what was ignored or cannot be had, a sentence each")


class Queue(BaseModel):
    """Builds that have not ended, among the newest hundred."""

    queued: int
    running: int
    age_s: int = Field(description="seconds since GitHub said so: /health itself asks nobody")


class Healthy(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"
    queue: Queue | None = Field(default=None, description="null until somebody has asked for /status or a build")


class About(BaseModel):
    """What this service is."""

    name: Literal["Pagewright"] = "Pagewright"
    status: Literal["ok"] = "ok"
    message: str = "Send a task with POST /ready; a public repository with a live page is built from it."
    send_tasks_to: str = "/ready"
    description: str = "/openapi.json"


class Build(BaseModel):
    """One run of the build workflow."""

    build_id: str = Field(pattern=BUILD_ID)
    run_id: int
    attempt: int = Field(ge=1)
    status: str = Field(description="GitHub's word: queued, in_progress, completed, ...")
    conclusion: str | None = Field(description="GitHub's word: success, failure, cancelled, ...; null while it runs")
    run_url: str = Field(description="the run's page on GitHub")
    created_at: datetime
    updated_at: datetime

    @property
    def is_running(self) -> bool:
        """Whether the run has not ended yet."""
        return self.status != "completed"


class Up(BaseModel):
    """The short status that anyone may see."""

    status: Literal["up"] = "up"


class Builds(Up):
    """The status that the owner sees."""

    running: list[Build]
    recent: list[Build] = Field(description="ended, newest first")


class Verdict(BaseModel):
    """What became of the contract: of the assertions that the sender gave as checks."""

    headline: str = Field(description="in words, of all assertions")
    passed: int
    failed: int
    undecided: int


class BuildOutcome(BaseModel):
    """What the record of a build says about its page; null until the build has ended, and when its record is gone."""

    repository: str | None = Field(default=None, description="owner/name")
    commit: str | None = None
    commit_url: str | None = None
    page: str | None = None
    is_live: bool | None = Field(default=None, description="whether the page was seen to serve the commit")
    verdict: Verdict | None = None
    reason: str | None = Field(default=None, description="what went wrong first")
    dry_run: bool = Field(default=False, description="nothing was to be published; the files are in the run's bundle")


class BuildStatus(BuildOutcome):
    """One build; a task that was sent again has several runs. `python -m receiver` reads no records."""

    build_id: str = Field(pattern=BUILD_ID)
    status: str
    conclusion: str | None
    problem: str = Field(default="", description="GitHub's words, when it started no job of the newest run")
    runs: list[Build] = Field(min_length=1, description="newest first")


class JobLog(BaseModel):
    """The end of one job's log."""

    job: str
    status: str
    conclusion: str | None
    lines: list[str]


class RunLog(BaseModel):
    """The end of a run's log, job by job."""

    build_id: str = Field(pattern=BUILD_ID)
    run_id: int
    jobs: list[JobLog]


def as_json(reply: BaseModel, **extra: Any) -> Response:
    """Return a reply as a response."""
    return Response(reply.model_dump_json() + "\n", mimetype="application/json", **extra)
