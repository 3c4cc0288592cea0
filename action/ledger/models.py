"""What the ledger's entries are made of: ids and texts safe to name a file after, messages, versions."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from action.record import Run
from receiver.task.project import PROJECT

OpaqueId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}$")]
MaybeId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{20})?$")]
CommitId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
MaybeCommitId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}([0-9a-f]{24})?)?$")]
Project = Annotated[str, StringConstraints(pattern=PROJECT)]
MaybeProject = Annotated[str, StringConstraints(pattern=f"^$|{PROJECT}")]
Role = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$"),
    Field(description="who speaks: generator, coder, evaluator, or another short name"),
]


class Entry(BaseModel):
    """One file of the ledger; unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)


LONGEST_TEXT = 20_000
MOST_METRICS = 50
MetricName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$")]


class Message(Entry):
    """One message. Its text is public, so whoever writes it keeps email addresses and secrets out."""

    version: Literal[1] = 1
    id: OpaqueId
    task_key: OpaqueId
    project: MaybeProject = Field(default="", description='the target repository, "owner/name"; empty before it exists')
    role: Role
    at: AwareDatetime = Field(description="UTC")
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    metrics: dict[MetricName, float] = Field(default_factory=dict, max_length=MOST_METRICS)
    revise: bool = Field(default=False, description="asks for a revision of the page")
    restore: MaybeCommitId = Field(default="", description="asks for this commit's files again")
    build_id: MaybeId = Field(default="", description="the build that this message started, or is about")
    run: Run | None = Field(default=None, description="the run of the workflow that wrote this message")


Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class VersionFile(Entry):
    """A regular file of a commit."""

    path: str = Field(min_length=1, max_length=4096)
    size: int = Field(ge=0)
    sha256: Digest
    is_kept: bool = Field(description="the contents are in the task's folder files/, under this digest")
    is_text: bool = Field(description="UTF-8 without zero bytes")


class Version(Entry):
    """One commit. Those that others pushed are versions as well."""

    version: Literal[1] = 1
    task_key: OpaqueId
    project: Project
    sha: CommitId
    parent: MaybeCommitId = ""
    committed_at: AwareDatetime
    subject: str = Field(default="", description="first line of the commit's message")
    build_id: MaybeId = Field(default="", description="the build that made this commit")
    round: int = Field(default=0, ge=0, description="0 when no build made this commit")
    is_ours: bool = Field(description="a build made this commit, or it is the one that GitHub begins a repository with")
    files: list[VersionFile] = Field(default_factory=list)
    omitted: int = Field(default=0, ge=0, description="files that are not listed, because there are too many")
