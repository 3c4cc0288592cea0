"""What `api/tasks.json` and `api/tasks/<key>.json` hold."""

from typing import Literal

from pydantic import Field

from dashboard.entries import VersionFile
from dashboard.fields import Address, Moment, Part
from dashboard.records import Record

Status = Literal["live", "fallback", "held_back", "not_live", "failed", "waiting"]


class Score(Part):
    """How much of what the sender gave as checks holds."""

    passed: int = Field(default=0, description="given assertions that hold")
    given: int = Field(default=0, description="given assertions, all of them")
    pass_rate: float | None = Field(default=None, description="passed / given, from 0 to 1; null when none were given")


class TaskSummary(Score):
    """One task in a few words; the score is that of the newest build with given assertions."""

    key: str = Field(description="the task's key: 20 hex digits")
    task: str = Field(description="the task's name")
    title: str = Field(description="the beginning of the brief, as the repository's description has it")
    recipient: str = Field(description="stands for the email address; nobody can trace it back")
    project: str = Field(description='the target repository, "owner/name"; empty before there is one')
    repo_url: Address = Field(description="its web page")
    pages_url: Address = Field(description="the page that was built")
    status: Status = Field(
        description="of the newest build: live, fallback (the plain page stands in), held_back (a revision would have "
        "broken the page, so it stays), not_live (published, but not served), failed (nothing was published), or "
        "waiting (no build is recorded yet)"
    )
    is_delivered: bool = Field(description="the evaluation server accepted a callback of the newest build")
    rounds: int = Field(description="the highest round so far")
    build_count: int
    message_count: int = Field(description="number of entries on the timeline")
    version_count: int = Field(description="number of commits")
    created_at: Moment = Field(description="the first thing that is known of it")
    updated_at: Moment = Field(description="the last thing that is known of it")


class Tasks(Part):
    """`api/tasks.json`: all tasks."""

    version: Literal[1] = 1
    tasks: list[TaskSummary] = Field(description="newest first")


class Screenshots(Part):
    """Pictures of the live page, as paths from the dashboard's root; empty when there is none."""

    desktop: str = ""
    mobile: str = ""


class Build(Score):
    """One build: a task, a round and a nonce, or a revision."""

    build_id: str
    round: int
    revision: str = Field(description="id of the message that asked for it; empty for a round")
    restored: str = Field(description="the commit whose files it brought back; empty when it wrote files")
    status: Status
    is_success: bool = Field(
        description="live with files that were made for it, and the callback was accepted, if one was wanted"
    )
    is_delivered: bool = Field(description="the evaluation server accepted its callback")
    received_at: Moment
    ended_at: Moment = Field(description="the last thing that is recorded of it")
    seconds_to_callback: float | None = Field(description="from the request to the accepted callback")
    commit_sha: str = Field(description="the commit that it published; empty when it published none")
    cost: float | None = Field(description="US dollars; null when a model was asked whose price is not configured")
    input_tokens: int
    output_tokens: int
    screenshots: Screenshots
    records: list[Record] = Field(description="one for each attempt of each run, oldest first")


class TimelineMessage(Part):
    """Something that an agent said or did."""

    id: str = Field(description="the message's id; steps of the Coder have one made of the build's id")
    at: Moment
    role: str = Field(description="generator, coder, evaluator, or the name of another agent")
    kind: str = Field(description="message, received, attempts, published, live, callback, failure or pushed")
    text: str
    outcome: str = Field(description="done, degraded or failed; empty for words")
    build_id: str = ""
    round: int = Field(default=0, description="0 when it belongs to no round")
    sha: str = Field(default="", description="the commit that it is about, or that it asks to restore")
    revise: bool = Field(default=False, description="asks for a revision")
    restore: bool = Field(default=False, description="asks to restore `sha`")
    metrics: dict[str, float] = Field(default_factory=dict)
    url: Address = Field(default="", description="the run, commit or page that it is about")


class CodeVersion(Score):
    """One commit of the target repository."""

    sha: str
    parent: str
    committed_at: Moment
    subject: str = Field(description="first line of the commit's message")
    build_id: str = Field(description="the build that made it; empty when somebody else pushed it")
    round: int = Field(description="0 when no build made it")
    is_ours: bool = Field(description="a build made it, or it is the one that the repository began with")
    url: Address = Field(description="the commit's web page")
    omitted: int = Field(description="files that are not listed, because there are too many")
    files: list[VersionFile]


class LatestResult(Score):
    """The newest build in a few words."""

    build_id: str
    round: int
    status: Status
    headline: str = Field(description="how the candidate that was kept did, in one line")
    commit_sha: str
    pages_url: Address
    at: Moment


class TaskDocument(TaskSummary):
    """`api/tasks/<key>.json`: everything about one task."""

    version: Literal[1] = 1
    latest: LatestResult | None = Field(description="null when no build is recorded yet")
    builds: list[Build] = Field(description="oldest first")
    messages: list[TimelineMessage] = Field(description="the timeline, oldest first")
    versions: list[CodeVersion] = Field(description="oldest first")
