"""What a template asks for when its seed is put in: nothing in it is variable any more."""

import hashlib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from receiver.task.check import Check
from receiver.task.template.attachments import Attachment


class Part(BaseModel):
    """A part of a template; unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AskedRound(Part):
    """One round: what is asked, what comes with it and how it is judged, in the shapes that senders use."""

    brief: str = Field(min_length=80)
    attachments: list[Attachment] = []
    checks: list[str | dict[Literal["js"], str]] = Field(min_length=3, max_length=12)

    def given(self) -> list[Check]:
        """Return the checks as the program reads them."""
        return [Check.model_validate(check) for check in self.checks]

    def as_sent(self) -> dict[str, Any]:
        """Return brief, checks and attachments as a request to the receiver carries them."""
        return {
            "brief": self.brief,
            "checks": list(self.checks),
            "attachments": [each.as_sent() for each in self.attachments],
        }


class SeededTask(Part):
    """A template with its seed put in. `variants` says for each round which of its variants was drawn, from 1."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,40}$")
    kind: str
    about: str = Field(min_length=20)
    seed: str
    values: dict[str, int | str] = Field(repr=False)
    rounds: tuple[AskedRound, ...] = Field(min_length=1)
    variants: tuple[int, ...]

    def attachments_until(self, number: int) -> dict[str, bytes]:
        """Return what has come along with the rounds 1 to `number`, by name."""
        return {each.name: each.content() for one in self.rounds[:number] for each in one.attachments}

    def fingerprint(self, number: int) -> str:
        """Return a short digest of everything that round `number` depends on."""
        text = "".join(one.model_dump_json() for one in self.rounds[:number])
        return hashlib.sha256(text.encode()).hexdigest()[:16]
