"""A message on a task's timeline: what an agent did, found or asked for, in its own words."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from action.ledger.parts import Entry, MaybeCommitId, MaybeId, MaybeProject, OpaqueId, Role
from action.record import Run

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
