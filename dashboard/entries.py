"""Messages and versions as the ledger holds them, read leniently; `action/ledger/` writes them."""

from abc import ABC, abstractmethod
from typing import Literal

from pydantic import Field

from dashboard.fields import CommitId, Digest, Lenient, MaybeCommitId, MaybeId, Moment, OpaqueId, Project
from dashboard.records import Run


class Named(Lenient, ABC):
    """A file that is named after what it holds."""

    version: Literal[1] = 1
    task_key: OpaqueId

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of its file, without the ending."""


class Message(Named):
    """A message on a task's timeline."""

    id: OpaqueId
    project: Project = ""
    role: str
    at: Moment
    text: str
    metrics: dict[str, float] = Field(default_factory=dict)
    revise: bool = False
    restore: MaybeCommitId = ""
    build_id: MaybeId = ""
    run: Run | None = None

    @property
    def name(self) -> str:
        """Messages are named by their id."""
        return self.id


class VersionFile(Lenient):
    """A file of a commit."""

    path: str
    size: int
    sha256: Digest
    is_kept: bool = Field(default=False, description="its contents are in `api/files/<key>/<sha256>`")
    is_text: bool = Field(default=False, description="it is UTF-8 text")


class Version(Named):
    """One commit of the target repository."""

    project: Project = ""
    sha: CommitId
    parent: MaybeCommitId = ""
    committed_at: Moment
    subject: str = ""
    build_id: MaybeId = ""
    round: int = 0
    is_ours: bool = False
    files: list[VersionFile] = Field(default_factory=list)
    omitted: int = 0

    @property
    def name(self) -> str:
        """Versions are named by their commit."""
        return self.sha
