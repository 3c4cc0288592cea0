"""What `api/tasks.json` and `api/tasks/<key>.json` hold."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from action.ledger.models import KeptText, Lifecycle, Log, VersionFile
from action.record import Address, BuildRecord, Moment

Status = Literal["live", "fallback", "held_back", "not_live", "failed", "waiting"]
State = Literal[
    "live",
    "undecided",
    "checks_fail",
    "not_verified",
    "not_reported",
    "run_failed",
    "fallback",
    "held_back",
    "not_live",
    "failed",
    "waiting",
]
Tone = Literal["good", "unclear", "warn", "bad", "idle"]
STATE = "the page and everything that keeps it from being called just live; `live` alone says that nothing does"
HEADLINE = "the state in words, with numbers: Live, 3 of 5 checks fail"
TONE = "how the state is shown: only what nothing is wrong with is good"


class Part(BaseModel):
    """Something that the JSON of the dashboard holds."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Score(Part):
    """How much of what the sender gave as checks holds."""

    given: int = Field(default=0, description="checks that the sender of the newest round sent")
    passed: int = Field(default=0, description="of these, how many hold")
    failed: int = Field(default=0, description="of these, how many do not hold")
    undecided: int = Field(default=0, description="of these, how many could not be decided")
    pass_rate: float | None = Field(default=None, description="passed / given, from 0 to 1; null when none were given")
    counts: Literal["checks", "assertions"] = Field(
        default="checks", description="what is counted; records of an earlier version only tell given assertions"
    )


class TaskSummary(Score):
    """One task in a few words, as its newest build left it."""

    key: str = Field(description="the task's key: 20 hex digits")
    task: str = Field(description="the task's name")
    title: str = Field(description="the beginning of the brief, as the repository's description has it")
    recipient: str = Field(description="stands for the email address; nobody can trace it back")
    is_awaited: bool = Field(description="a sender waits to be told; nobody does of a task that we made ourselves")
    project: str = Field(description='the target repository, "owner/name"; empty before there is one')
    repo_url: Address = Field(description="its web page")
    pages_url: Address = Field(description="the page that was built")
    state: State = Field(description=STATE)
    headline: str = Field(description=HEADLINE)
    tone: Tone = Field(description=TONE)
    lifecycle: Lifecycle = Field(
        default="open", description="a closed or archived task is not revised, evaluated or mended; messages say so"
    )
    status: Status = Field(
        description="where the page of the newest build is, and not whether it is good: live, fallback (the plain page "
        "stands in), held_back (a revision would have broken the page, so it stays), not_live (published, but not "
        "served), failed (nothing was published), or waiting (no build is recorded yet)"
    )
    is_delivered: bool = Field(description="the evaluation server accepted a callback of the newest build")
    rounds: int = Field(description="the highest round so far")
    build_count: int
    message_count: int = Field(description="number of entries on the timeline")
    result_count: int = Field(default=0, description="number of results that were sent")
    run_count: int = Field(default=0, description="number of commands that ran")
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


class CheckResult(Part):
    """A check of the sender, and what became of it."""

    text: str = Field(description="as it was sent; private values are masked")
    state: Literal["pass", "fail", "unclear"] = Field(description="it fails if one of its assertions does")
    found: str = Field(default="", description="what was found instead, or why it is unclear")


class Build(Score):
    """One build: a task, a round and a nonce, or a revision."""

    build_id: str
    round: int
    revision: str = Field(description="id of the message that asked for it; empty for a round")
    restored: str = Field(description="the commit whose files it brought back; empty when it wrote files")
    brought: str = Field(description="who or what brought its files; empty when a model wrote them")
    status: Status
    state: State = Field(description=STATE)
    headline: str = Field(description=HEADLINE)
    tone: Tone = Field(description=TONE)
    is_success: bool = Field(description="its state is live or undecided: nothing is known to be wrong")
    checks: list[CheckResult] = Field(description="those of the newest round, as they were sent")
    is_delivered: bool = Field(description="the evaluation server accepted its callback")
    received_at: Moment
    ended_at: Moment = Field(description="the last thing that is recorded of it")
    seconds_to_callback: float | None = Field(description="from the request to the accepted callback")
    commit_sha: str = Field(description="the commit that it published; empty when it published none")
    cost: float | None = Field(
        description="US dollars; null when a model was asked whose price is not known, or that did not say what it used"
    )
    input_tokens: int
    output_tokens: int
    screenshots: Screenshots
    records: list[BuildRecord] = Field(description="one for each attempt of each run, oldest first")


class TimelineMessage(Part):
    """Something that an agent said or did."""

    id: str = Field(description="the message's id; steps of the Coder have one made of the build's id")
    at: Moment
    role: str = Field(description="generator, coder, evaluator, or the name of another agent")
    kind: str = Field(
        description="what was said: message, feedback, result or state; what happened: received, attempts, published, "
        "live, callback, failure or pushed"
    )
    text: str
    outcome: str = Field(description="done, degraded or failed; empty for words")
    build_id: str = ""
    round: int = Field(default=0, description="the round that it belongs to; 0 before there is one")
    seconds: float | None = Field(default=None, description="since the request for its build arrived; null for others")
    sha: str = Field(default="", description="the commit that it is about, or that it asks to restore")
    revise: bool = Field(default=False, description="asks for a revision")
    restore: bool = Field(default=False, description="asks to restore `sha`")
    metrics: dict[str, float] = Field(default_factory=dict)
    state: Lifecycle | None = Field(default=None, description="of kind state: what the task is from then on")
    log: Log | None = Field(default=None, description="its log, as `api/files/<key>/<sha256>`")
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


class Result(Part):
    """What somebody measured: a message of kind result."""

    id: str = Field(description="the message's id")
    at: Moment
    role: str
    metrics: dict[str, float]
    sha: str = Field(description="the newest commit at that time; empty before there was one")
    build_id: str = Field(description="the build that made it; empty when somebody else pushed it")


class Averages(Part):
    """The means of what results say under these names; null when none says it."""

    accuracy: float | None = None
    loss: float | None = None
    runtime: float | None = None


class CommandRun(Part):
    """A command that somebody ran in the project."""

    job_id: str
    at: Moment
    command: str
    commit: str = Field(description="what it ran on; empty when it was not run")
    return_code: int | None = Field(description="null when it was not run")
    seconds: float
    timed_out: bool
    error: str = Field(description="why it was not run")
    run_url: Address
    stdout: KeptText | None = Field(description="what it wrote, as `api/files/<key>/<sha256>`")
    stderr: KeptText | None


class LogEntry(Part):
    """A text that can be downloaded as `api/files/<key>/<sha256>`."""

    name: str
    at: Moment
    size: int = Field(description="bytes")
    preview: str = Field(description="its end")
    sha256: str
    of: str = Field(description="the id of the message, or of the command, that it belongs to")


class LatestResult(Score):
    """The newest build in a few words, and the newest result that somebody sent."""

    build_id: str = Field(description="empty when no build is recorded yet")
    round: int
    status: Status
    state: State = Field(description=STATE)
    headline: str = Field(description=HEADLINE)
    tone: Tone = Field(description=TONE)
    commit_sha: str
    pages_url: Address
    at: Moment = Field(description="of the build; of the result when there is no build")
    result: Result | None = Field(default=None, description="null when nobody sent one")


class TaskDocument(TaskSummary):
    """`api/tasks/<key>.json`: everything about one task."""

    version: Literal[1] = 1
    latest: LatestResult | None = Field(description="null when there is neither a build nor a result")
    builds: list[Build] = Field(description="oldest first")
    messages: list[TimelineMessage] = Field(description="the timeline, oldest first")
    versions: list[CodeVersion] = Field(description="oldest first")
    results: list[Result] = Field(default_factory=list, description="what was measured, oldest first")
    averages: Averages = Averages()
    runs: list[CommandRun] = Field(default_factory=list, description="commands, oldest first")
    logs: list[LogEntry] = Field(default_factory=list, description="logs and what commands wrote, oldest first")
