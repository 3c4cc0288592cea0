"""What the routes about projects answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.workflow import WorkflowRun
from receiver.task.execution import JOB_ID, ExecutionResult, Truncated


class Executed(BaseModel):
    """How a command ended."""

    job_id: str = Field(pattern=JOB_ID)
    project: str = Field(description="owner/name")
    exists: Literal[True] = True
    commit: str = Field(description="what the command was run on; empty when it was not run")
    stdout: str
    stderr: str
    return_code: int | None = Field(
        description="128 and the signal's number after a signal, 124 after the time limit; null when it was not run"
    )
    duration_s: float
    truncated: Truncated = Field(description="whether the middle of a stream was left out")
    timed_out: bool
    isolation: list[str] = Field(description="what stood around the command; docs/projects.md explains the words")
    run_url: str = Field(description="the run's page on GitHub")
    error: str | None = Field(description="why the command was not run, or not to its end")
    kept: str | None = Field(default=None, description="what was kept of the files, or why nothing was")
    build_id: str | None = Field(default=None, description="the build that publishes what was kept")

    @classmethod
    def of(cls, result: ExecutionResult, run_url: str) -> "Executed":
        """Return a result as a reply."""
        fields = result.model_dump(
            include=set(cls.model_fields) - {"error", "isolation", "run_url", "kept", "build_id"}
        )
        words = {name: getattr(result, name) or None for name in ("error", "kept", "build_id")}
        return cls(**fields, isolation=list(result.isolation), run_url=run_url, **words)


JobState = Literal["queued", "in_progress", "completed"]


class JobRun(WorkflowRun):
    """One run of the workflow that runs commands."""

    job_id: str = Field(pattern=JOB_ID)
    project: str = ""
    run_id: int
    status: str
    conclusion: str | None
    run_url: str
    created_at: datetime

    @property
    def about(self) -> str:
        """The job's id."""
        return self.job_id

    @property
    def state(self) -> JobState:
        """GitHub has more words for what is not running yet."""
        if self.status == "completed":
            return "completed"
        return "in_progress" if self.status == "in_progress" else "queued"


class Job(BaseModel):
    """A command that was accepted."""

    job_id: str = Field(pattern=JOB_ID)
    state: JobState
    job_url: str = Field(description="ask here again, with X-API-KEY")
    run_url: str | None = Field(default=None, description="the run's page on GitHub; null until GitHub lists it")
    result: Executed | None = Field(default=None, description="once the state is completed")


class ListedJob(BaseModel):
    """A command as GitHub's list of runs shows it."""

    job_id: str = Field(pattern=JOB_ID)
    project: str = Field(description="owner/name")
    state: JobState
    conclusion: str | None = Field(description="GitHub's word for how the run ended; null while it runs")
    created_at: datetime
    job_url: str = Field(description="ask here for the result, with X-API-KEY")
    run_url: str = Field(description="the run's page on GitHub")


class Jobs(BaseModel):
    """The newest commands."""

    jobs: list[ListedJob] = Field(description="newest first; older ones are in the runs of their tasks")


class Cancelled(BaseModel):
    """GitHub was asked to cancel a run."""

    id: str = Field(pattern=JOB_ID, description="of the job or the build")
    status: Literal["cancelling"] = "cancelling"
    run_url: str


class FileContent(BaseModel):
    """A file of a project, or why there is none."""

    project: str = Field(description="owner/name")
    file_path: str
    ref: str | None = Field(description="as it was asked for; null is the tip of the default branch")
    exists: bool
    content: str | None = Field(default=None, description="null when there is none, or when it is too large")
    encoding: Literal["utf-8", "base64"] | None = None
    size: int | None = Field(default=None, description="bytes")
    sha: str | None = Field(default=None, description="git's id of the file")
    entries: list[str] | None = Field(default=None, description="what is in it, when it is a folder")
    error: str | None = None
