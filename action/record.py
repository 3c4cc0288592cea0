"""What happened to one build, in a form that anybody may read: no email, nonce, callback address or secret."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from action.errors import UserError

PAGES_WORKFLOW = ".github/workflows/pages.yml"
MARKER = "pagewright-commit.txt"  # pages.yml writes the commit into it when it deploys
MOST_LOG_LINES = 200  # of a step
Outcome = Literal["done", "degraded", "failed"]


def as_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC, so that times compare as texts too."""
    return moment.astimezone(UTC)


def web_address(text: str) -> str:
    """Return an address that is safe behind a link, else nothing: a record cannot make a link run a script."""
    return text if text.startswith(("https://", "http://")) and text.isprintable() and " " not in text else ""


OpaqueId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}$")]
MaybeId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{20})?$")]
CommitId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
MaybeCommitId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}([0-9a-f]{24})?)?$")]
KeyName = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9._-]{0,39})?$")]
Address = Annotated[str, AfterValidator(web_address)]
Moment = Annotated[AwareDatetime, AfterValidator(as_utc)]


class Part(BaseModel):
    """A part of the record. Fields of later versions are passed over, those of earlier ones may be missing."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True, allow_inf_nan=False, defer_build=True)


class Run(Part):
    """The run of the workflow that did this."""

    repository: str = ""
    run_id: int = 0
    attempt: int = 1
    url: Address = ""


class Subject(Part):
    """What the build is about, as far as the public repository says it anyway."""

    task: str = Field(default="", description="the task's name, as in the name of its repository")
    recipient: str = Field(default="", description="stands for the email address; nobody can trace it back")
    title: str = Field(default="", description="the repository's description: the beginning of the brief")


class PhaseRecord(Part):
    """One phase: when, how long, and its one-line verdict."""

    name: str
    started_at: Moment
    seconds: float = 0.0
    outcome: Outcome = "done"
    verdict: str = ""
    log: list[str] = Field(default_factory=list, description="what the program said; the run's log has more")


class Failure(Part):
    """A message in the three parts that people see everywhere."""

    phase: str = ""
    code: str = ""
    what: str = ""
    cause: str = ""
    next_step: str = ""


class ModelCall(Part):
    """One question to a model: what it cost and how it ended."""

    model: str = ""
    purpose: str = "write"
    outcome: str = ""
    seconds: float = 0.0
    input_tokens: int | None = None
    output_tokens: int | None = None


class Generation(Part):
    """What the generating job did."""

    calls: list[ModelCall] = Field(default_factory=list)
    files: int = 0
    bytes: int = 0
    notes: list[str] = Field(default_factory=list, description="what was left out or changed, and why")
    fallback: str = Field(default="", description="why code wrote the page instead of a model; empty when a model did")


class AttemptRecord(Part):
    """One candidate and how it did. `seconds` are those of the browser and the checks, without the model."""

    number: int
    headline: str = ""
    seconds: float = 0.0
    is_kept: bool = False


class AssertionRecord(Part):
    """One assertion of the contract: its state in each attempt, and what was found in the one that is kept."""

    id: str
    kind: str = ""
    origin: str = ""
    round: int = Field(default=1, description="the round that brought it")
    sentence: str = ""
    states: list[str] = Field(default_factory=list, description="pass, fail or unclear, one for each attempt")
    state: str = Field(default="unclear", description="the state in the attempt that is kept")
    found: str = Field(default="", description="what was found in the attempt that is kept")
    checks: list[int] = Field(default_factory=list, description="numbers of the sender's checks that it decides")
    objection: str = Field(
        default="",
        description="why it can never be true as sent, or what the attachments say instead; it does not gate",
    )


class RetiredRecord(Part):
    """An assertion of an earlier round that is not demanded any more."""

    id: str
    origin: str = ""
    round: int = Field(default=1, description="the round that brought it")
    sentence: str = ""
    words: str = Field(default="", description="the words of the new round that took its place")
    by: str = Field(
        default="rules", description="who reads the words so: rules, or the model that had to write the page"
    )


class ContractRecord(Part):
    """What must be true of the page, and what was. `kept`, `gained` and `lost` compare with the round before."""

    attempts: list[AttemptRecord] = Field(default_factory=list)
    assertions: list[AssertionRecord] = Field(default_factory=list)
    kept: list[str] = Field(default_factory=list)
    gained: list[str] = Field(default_factory=list)
    lost: list[str] = Field(default_factory=list)
    retired: list[RetiredRecord] = Field(
        default_factory=list, description="what earlier rounds demanded and this one replaces"
    )
    is_held_back: bool = Field(
        default=False, description="every candidate broke what worked, so the page stays as it was"
    )


class Publication(Part):
    """The repository and the commit. `commit_sha` is the last one of this build."""

    repository: str = ""
    repo_url: Address = ""
    branch: str = ""
    pages_url: Address = ""
    commit_sha: MaybeCommitId = ""
    is_new_repository: bool = False
    is_fallback: bool = Field(default=False, description="the plain page stands in for files that could not be made")
    was_published_before: bool = Field(default=False, description="the commit was found, so nothing was pushed")
    superseded_by: str | None = Field(default=None, description="a later commit is at the tip of the branch")
    workflows: list[str] = Field(default_factory=list, description="workflow files of the site's own")
    deploying_workflow: str = Field(default=PAGES_WORKFLOW, description="which workflow publishes the page")
    files: int = 0
    bytes: int = 0
    notes: list[str] = Field(default_factory=list)


class Deployment(Part):
    """How the commit went live; each entry of `commits` was one try."""

    is_live: bool = False
    refused: str = Field(default="", description="GitHub's words when it started no job")
    commits: list[str] = Field(default_factory=list)
    seconds: float = 0.0
    run_url: Address | None = None
    detail: str = ""


class WorkflowRunRecord(Part):
    """The run of a workflow of the site's own, for the published commit. `log_end` is there when it failed."""

    workflow: str = ""
    conclusion: str = ""
    url: Address = ""
    seconds: float = 0.0
    steps: list[str] = Field(default_factory=list, description="steps that ran, in their order")
    log_end: str = ""


@dataclass(frozen=True)
class RunSeen:
    """The run of one workflow. `log` is None when it could not be had; it lacks the jobs that are `lost`."""

    workflow: str
    conclusion: str
    url: str = ""
    steps: tuple[str, ...] = ()
    log: str | None = field(default=None, repr=False)
    lost: tuple[str, ...] = ()


class Parity(Part):
    """The served bytes compared with the committed ones."""

    compared: int = 0
    identical: int = 0
    different: dict[str, str] = Field(default_factory=dict, description="path: what was wrong at the last look")
    marker_is_current: bool = False
    not_published: list[str] = Field(default_factory=list, description="left out by the site's own workflow")

    @property
    def is_complete(self) -> bool:
        """Whether the page is exactly the commit."""
        return self.marker_is_current and self.compared == self.identical


class LiveDifference(Part):
    """An assertion whose state on the live page is not the one it had before publishing."""

    id: str
    sentence: str = ""
    before: str = ""
    live: str = ""
    found: str = ""


class LiveCheck(Part):
    """The contract once more, on the live page. Only what was decided both times is compared."""

    headline: str = ""
    compared: int = 0
    differences: list[LiveDifference] = Field(default_factory=list)
    failing: int = Field(default=0, description="assertions that fail on the live page")
    seconds: float = 0.0

    @property
    def worse(self) -> list[LiveDifference]:
        """What held before publishing and does not hold now."""
        return [difference for difference in self.differences if difference.live == "fail"]


class CallbackAttempt(Part):
    """One POST to the evaluation server."""

    at: Moment
    status: int | None = None
    detail: str = ""
    delivered: bool = False
    said: str = Field(default="", description="the last refusal in the server's own words: masked, and cut")


class BuildRecord(Part):
    """One build. Each phase loads it, adds its part and saves it."""

    version: Literal[1] = 1
    build_id: OpaqueId
    task_key: OpaqueId
    round: int
    received_at: Moment
    subject: Subject | None = Field(default=None, description="unset in records of an earlier version")
    revision: MaybeId = Field(default="", description="id of the message that asked for this build; empty for a round")
    restored: MaybeCommitId = Field(default="", description="the commit whose files this build brought back")
    sent_by: KeyName = Field(default="", description="name of the sender's key; empty for STUDENT_SECRET")
    brought: str = Field(default="", description="who or what brought the files; empty when a model wrote them")
    dry_run: bool = Field(default=False, description="the page was written and checked, and nothing was published")
    wants_callback: bool = Field(default=True, description="a sender waits to be told; nobody does of what we began")
    brief: str = Field(default="", description="what was asked for, as it was sent; private values are masked")
    checks: list[str] | None = Field(
        default=None, description="the sender's checks as they were sent; unset in records of an earlier version"
    )
    run: Run | None = None
    token_expires_at: Moment | None = Field(
        default=None, description="when the publishing token expires, as GitHub said; unset for one without an end"
    )
    phases: list[PhaseRecord] = Field(default_factory=list)
    generation: Generation | None = None
    contract: ContractRecord | None = None
    publication: Publication | None = None
    deployment: Deployment | None = None
    runs: list[WorkflowRunRecord] = Field(default_factory=list)
    parity: Parity | None = None
    live: LiveCheck | None = None
    checked_attempt: int = Field(default=0, description="attempt of the run whose job looked at the live page")
    screenshots: list[str] = Field(default_factory=list, description="pictures of the live page, beside this record")
    callbacks: list[CallbackAttempt] = Field(default_factory=list)
    failures: list[Failure] = Field(default_factory=list)

    @property
    def is_delivered(self) -> bool:
        """Whether the evaluation server accepted the callback."""
        return any(attempt.delivered for attempt in self.callbacks)

    def add_failure(self, phase: str, error: UserError) -> None:
        """Keep an error in the words that the annotation has."""
        failure = Failure(phase=phase, code=error.code, what=error.what, cause=error.cause, next_step=error.next_step)
        if failure not in self.failures:
            self.failures.append(failure)

    @contextmanager
    def phase(
        self, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC), log: Sequence[str] = ()
    ) -> Iterator[PhaseRecord]:
        """Time a step. A UserError is kept among the failures and goes on. `log` grows meanwhile; its end is kept."""
        entry, before = PhaseRecord(name=name, started_at=now()), len(log)
        self.phases.append(entry)
        try:
            yield entry
        except UserError as error:
            entry.outcome, entry.verdict = "failed", f"{error.code}: {error.what}"
            self.add_failure(name, error)
            raise
        except BaseException as error:
            entry.outcome, entry.verdict = "failed", f"a defect: {type(error).__name__}"
            raise
        finally:
            entry.seconds = round((now() - entry.started_at).total_seconds(), 3)
            entry.log = list(log[before:][-MOST_LOG_LINES:])

    def save(self, path: Path) -> None:
        """Write the record as JSON; a reader never sees half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(self.model_dump_json(indent=2) + "\n")
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> "BuildRecord":
        """Read a record. Raises OSError or ValueError."""
        return cls.model_validate_json(path.read_bytes())


def schema() -> dict[str, Any]:
    """Return the JSON schema of a record."""
    return BuildRecord.model_json_schema()


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))  # noqa: T201 - `python -m action.record` prints the schema
