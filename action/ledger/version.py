"""A version of a target repository: one commit of its default branch, and the files that it holds."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from action.ledger.parts import CommitId, Entry, MaybeCommitId, MaybeId, OpaqueId, Project

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
