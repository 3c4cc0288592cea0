"""What the routes about a project's versions answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from receiver.task.project import PROJECT

COMMIT = r"^[0-9a-f]{40}$"


class VersionSummary(BaseModel):
    """One commit."""

    sha: str = Field(pattern=COMMIT)
    parents: list[str]
    committed_at: datetime
    subject: str = Field(description="first line of the commit's message")
    build_id: str | None = Field(description="the build that made it; null when no build says so")
    task_key: str | None = Field(description="the task that it belongs to, as it says itself")
    url: str = Field(description="the commit's page on GitHub")
    is_hidden: bool = Field(default=False, description="a message that is collected asks lists to leave it out")


class VersionFile(BaseModel):
    """What a commit has at a path."""

    path: str
    kind: Literal["file", "link", "submodule"]
    size: int | None = Field(description="bytes; null for what has no content of its own")
    sha: str = Field(description="git's id")


class ProjectVersions(BaseModel):
    """Commits of the default branch, newest first."""

    project: str = Field(pattern=PROJECT)
    page: int
    next: str | None = Field(description="the address of the next page; null on the last one")
    versions: list[VersionSummary]


class ProjectVersion(VersionSummary):
    """One commit with its files."""

    project: str = Field(pattern=PROJECT)
    zip_url: str = Field(description="the files as a zip")
    files: list[VersionFile]
    is_cut: bool = Field(description="whether there are more files than are listed here")
