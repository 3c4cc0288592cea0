"""What the ledger's entries are made of: ids and texts safe to name a file after, messages, commands, versions."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from action.record import CommitId, MaybeCommitId, MaybeId, Moment, OpaqueId, Part, Run

# The rule of receiver.task.project; to import it from there would bring its cryptography into the dashboard.
PROJECT = r"^[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100}$"
Project = Annotated[str, StringConstraints(pattern=PROJECT)]
MaybeProject = Annotated[str, StringConstraints(pattern=f"^$|{PROJECT}")]
Role = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$"),
    Field(description="who speaks: generator, coder, evaluator, or another short name"),
]


class Entry(Part, ABC):
    """One file of the ledger, named after what it holds."""

    version: Literal[1] = 1
    task_key: OpaqueId

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of its file, without the ending."""


LONGEST_TEXT = 20_000
MOST_METRICS = 50
LONGEST_PREVIEW = 400
MetricName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Kind = Literal["message", "feedback", "result", "state"]  # as in receiver.task.feedback, which needs cryptography
Lifecycle = Literal["open", "closed", "archived"]


class KeptText(Part):
    """A long text without what must not be public. It is in the task's folder files/, under its digest."""

    sha256: Digest
    size: int = Field(ge=0, description="bytes")
    preview: str = Field(default="", max_length=LONGEST_PREVIEW, description="its end")

    @classmethod
    def of(cls, body: bytes) -> "KeptText":
        """Describe a text."""
        end = body[-4 * LONGEST_PREVIEW :].decode(errors="replace").strip()
        clean = "".join(sign for sign in end if sign.isprintable() or sign in "\n\t")
        return cls(sha256=hashlib.sha256(body).hexdigest(), size=len(body), preview=clean[-LONGEST_PREVIEW:])


class Log(KeptText):
    """The log of a message."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")]


class Message(Entry):
    """One message. Its text is public, so whoever writes it keeps email addresses and secrets out."""

    id: OpaqueId
    project: MaybeProject = Field(default="", description='the target repository, "owner/name"; empty before it exists')
    kind: Kind = Field(default="message", description="words, feedback, a result with numbers, or the task's state")
    role: Role
    at: Moment = Field(description="UTC")
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    metrics: dict[MetricName, float] = Field(default_factory=dict, max_length=MOST_METRICS)
    revise: bool = Field(default=False, description="asks for a revision of the page")
    restore: MaybeCommitId = Field(default="", description="asks for this commit's files again")
    state: Lifecycle | None = Field(default=None, description="of kind state: what the task is from now on")
    hides: MaybeCommitId = Field(default="", description="of kind state: lists of versions leave this commit out")
    title: str = Field(default="", max_length=200, description="what the task is called from then on")
    log: Log | None = None
    build_id: MaybeId = Field(default="", description="the build that this message started, or is about")
    run: Run | None = Field(default=None, description="the run of the workflow that wrote this message")

    @property
    def name(self) -> str:
        """Messages are named by their id."""
        return self.id


def lifecycle_of(messages: Iterable[Message]) -> Lifecycle:
    """Return what a task is: the newest message about its state says it, else it is open."""
    said = [message for message in messages if message.kind == "state" and message.state]
    return (max(said, key=lambda message: (message.at, message.id)).state if said else None) or "open"


class Command(Entry):
    """A command that somebody ran in the task's project. What looks like a secret is left out of all its texts."""

    job_id: OpaqueId
    project: Project
    at: Moment = Field(description="when it began")
    command: str = Field(default="", max_length=4_000)
    commit: MaybeCommitId = Field(default="", description="what it ran on; empty when it was not run")
    return_code: int | None = Field(default=None, description="null when it was not run")
    seconds: float = Field(default=0.0, ge=0)
    timed_out: bool = False
    error: str = Field(default="", max_length=2_000, description="why it was not run")
    stdout: KeptText | None = None
    stderr: KeptText | None = None
    run: Run

    @property
    def name(self) -> str:
        """Commands are named by their job."""
        return self.job_id


class VersionFile(Part):
    """A regular file of a commit."""

    path: str = Field(min_length=1, max_length=4096)
    size: int = Field(ge=0)
    sha256: Digest
    is_kept: bool = Field(default=False, description="the contents are in the task's folder files/, under this digest")
    is_text: bool = Field(default=False, description="UTF-8 without zero bytes")


class Version(Entry):
    """One commit. Those that others pushed are versions as well."""

    project: MaybeProject = ""
    sha: CommitId
    parent: MaybeCommitId = ""
    committed_at: Moment
    subject: str = Field(default="", description="first line of the commit's message")
    build_id: MaybeId = Field(default="", description="the build that made this commit")
    round: int = Field(default=0, ge=0, description="0 when no build made this commit")
    is_ours: bool = Field(
        default=False, description="a build made this commit, or it is the one that GitHub begins a repository with"
    )
    files: list[VersionFile] = Field(default_factory=list)
    omitted: int = Field(default=0, ge=0, description="files that are not listed, because there are too many")

    @property
    def name(self) -> str:
        """Versions are named by their commit."""
        return self.sha
