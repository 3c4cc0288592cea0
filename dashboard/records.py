"""Build records as the ledger holds them, read leniently; `action/record.py` writes them."""

from typing import Literal

from pydantic import Field

from dashboard.fields import Address, Lenient, MaybeCommitId, MaybeId, Moment, OpaqueId


class Run(Lenient):
    """The run of the workflow that did this."""

    repository: str = ""
    run_id: int = 0
    attempt: int = 1
    url: Address = Field(default="", description="where its log is")


class Subject(Lenient):
    """What the build is about, as far as the public repository says it anyway."""

    task: str = Field(default="", description="the task's name, as in the name of its repository")
    recipient: str = Field(default="", description="stands for the email address; nobody can trace it back")
    title: str = Field(default="", description="the repository's description: the beginning of the brief")


class Phase(Lenient):
    """One phase: when, how long, and its one-line verdict."""

    name: str
    started_at: Moment
    seconds: float = 0.0
    outcome: str = Field(default="done", description="done, degraded or failed")
    verdict: str = ""
    log: list[str] = Field(default_factory=list, description="what the program said; the run's log has more")


class Failure(Lenient):
    """A message in the three parts that people see everywhere."""

    phase: str = ""
    code: str = ""
    what: str = ""
    cause: str = ""
    next_step: str = ""


class ModelCall(Lenient):
    """One question to a model: what it cost and how it ended."""

    model: str = ""
    purpose: str = "write"
    outcome: str = ""
    seconds: float = 0.0
    input_tokens: int | None = None
    output_tokens: int | None = None


class Generation(Lenient):
    """What the generating job did."""

    calls: list[ModelCall] = Field(default_factory=list)
    files: int = 0
    bytes: int = 0
    notes: list[str] = Field(default_factory=list, description="what was left out or changed, and why")
    fallback: str = Field(default="", description="why code wrote the page instead of a model; empty when a model did")


class Attempt(Lenient):
    """One candidate and how it did."""

    number: int
    headline: str = ""
    seconds: float = Field(default=0.0, description="of the browser and the checks, without the model")
    is_kept: bool = False


class Assertion(Lenient):
    """One assertion of the contract."""

    id: str
    kind: str = ""
    origin: str = Field(default="", description="given (by the caller), inferred (from the brief) or base")
    round: int = Field(default=1, description="the round that brought it")
    sentence: str = ""
    states: list[str] = Field(default_factory=list, description="pass, fail or unclear, one for each attempt")
    state: str = Field(default="unclear", description="the state in the attempt that is kept")
    found: str = Field(default="", description="what was found in the attempt that is kept")
    checks: list[int] = Field(default_factory=list, description="numbers of the sender's checks that it decides")


class Retired(Lenient):
    """An assertion of an earlier round that a later one replaced."""

    id: str = ""
    origin: str = ""
    round: int = Field(default=1, description="the round that brought it")
    sentence: str = ""
    words: str = Field(default="", description="the words of the later round that took its place")


class Contract(Lenient):
    """What must be true of the page, and what was."""

    attempts: list[Attempt] = Field(default_factory=list)
    assertions: list[Assertion] = Field(default_factory=list)
    kept: list[str] = Field(default_factory=list, description="ids that held in the round before and still do")
    gained: list[str] = Field(default_factory=list, description="ids that hold now and did not in the round before")
    lost: list[str] = Field(default_factory=list, description="ids that held in the round before and fail now")
    retired: list[Retired] = Field(default_factory=list, description="what earlier rounds demanded and this replaces")
    is_held_back: bool = Field(
        default=False, description="every candidate broke what worked, so the page stays as it was"
    )


class Publication(Lenient):
    """The repository and the commit."""

    repository: str = Field(default="", description="owner/name")
    repo_url: Address = ""
    branch: str = ""
    pages_url: Address = ""
    commit_sha: MaybeCommitId = Field(default="", description="the last commit of this build")
    is_new_repository: bool = False
    is_fallback: bool = Field(default=False, description="the plain page stands in for files that could not be made")
    was_published_before: bool = Field(default=False, description="the commit was found, so nothing was pushed")
    superseded_by: str | None = Field(default=None, description="a later commit is at the tip of the branch")
    workflows: list[str] = Field(default_factory=list, description="workflow files of the site's own")
    deploying_workflow: str = Field(default="", description="which workflow publishes the page")
    files: int = 0
    bytes: int = 0
    notes: list[str] = Field(default_factory=list)


class Deployment(Lenient):
    """How the commit went live."""

    is_live: bool = False
    commits: list[str] = Field(default_factory=list, description="one for each try")
    seconds: float = 0.0
    run_url: Address | None = None
    detail: str = ""


class WorkflowRun(Lenient):
    """The run of a workflow of the site's own, for the published commit."""

    workflow: str = ""
    conclusion: str = ""
    url: Address = ""
    seconds: float = 0.0
    steps: list[str] = Field(default_factory=list, description="steps that ran, in their order")
    log_end: str = Field(default="", description="the last lines of the log, when the run failed")


class Parity(Lenient):
    """The served bytes compared with the committed ones."""

    compared: int = 0
    identical: int = 0
    different: dict[str, str] = Field(default_factory=dict, description="path: what was wrong at the last look")
    marker_is_current: bool = False
    not_published: list[str] = Field(default_factory=list, description="left out by the site's own workflow")


class LiveDifference(Lenient):
    """An assertion whose state on the live page is not the one that it had before publishing."""

    id: str
    sentence: str = ""
    before: str = ""
    live: str = ""
    found: str = ""


class LiveCheck(Lenient):
    """The contract once more, on the live page."""

    headline: str = ""
    compared: int = 0
    differences: list[LiveDifference] = Field(default_factory=list)
    failing: int = Field(default=0, description="assertions that fail on the live page")
    seconds: float = 0.0


class CallbackAttempt(Lenient):
    """One POST to the evaluation server."""

    at: Moment
    status: int | None = None
    detail: str = ""
    delivered: bool = False
    said: str = Field(default="", description="the last refusal in the server's own words: masked, and cut")


class Record(Lenient):
    """One attempt at one build, as it was recorded."""

    version: Literal[1] = 1
    build_id: OpaqueId
    task_key: OpaqueId
    round: int
    received_at: Moment
    subject: Subject | None = None
    revision: MaybeId = Field(default="", description="id of the message that asked for this build")
    restored: MaybeCommitId = Field(default="", description="the commit whose files this build brought back")
    wants_callback: bool = Field(default=True, description="a sender waits to be told")
    brief: str = Field(default="", description="what was asked for, as it was sent; private values are masked")
    checks: list[str] | None = Field(
        default=None, description="the sender's checks as they were sent; null in records of an earlier version"
    )
    run: Run | None = None
    phases: list[Phase] = Field(default_factory=list)
    generation: Generation | None = None
    contract: Contract | None = None
    publication: Publication | None = None
    deployment: Deployment | None = None
    runs: list[WorkflowRun] = Field(default_factory=list)
    parity: Parity | None = None
    live: LiveCheck | None = None
    checked_attempt: int = Field(default=0, description="attempt of the run whose job looked at the live page")
    screenshots: list[str] = Field(default_factory=list, description="names of the pictures of the live page")
    callbacks: list[CallbackAttempt] = Field(default_factory=list)
    failures: list[Failure] = Field(default_factory=list)
