"""What the models of the ledger are made of: ids and texts that are safe to name a file after."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
