"""What the fields of the ledger may hold, so that pages can name files and link addresses without a second look."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


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
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Project = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100})?$")]
Address = Annotated[str, AfterValidator(web_address)]
Moment = Annotated[AwareDatetime, AfterValidator(as_utc)]


class Lenient(BaseModel):
    """Something from the ledger. Fields of later versions are passed over, those of earlier ones may be missing."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class Part(BaseModel):
    """Something that the JSON of the dashboard holds."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
