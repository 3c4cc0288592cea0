"""Feedback about a project: what an agent or a person found, and whether the page shall change because of it."""

import hashlib
import json
import math
import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from receiver.task.project import PROJECT

LONGEST_TEXT = 8_000  # characters
LARGEST_AS_JSON = 48_000  # what leaves room in GitHub's 64 KB when every sign that is not ASCII is written as \uXXXX
MOST_METRICS = 30
MESSAGE_ID = r"^[0-9a-f]{20}$"
ROLE = r"^[a-z][a-z0-9-]{0,29}$"
COMMIT = r"^([0-9a-f]{40})?$"
METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")


def clean_text(text: str) -> str:
    """Return a text without control characters. Raises ValueError for one that says nothing or does not fit."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    clean = "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign)[0] != "C").strip()
    if not clean:
        raise ValueError("must say something")
    if len(json.dumps(clean)) > LARGEST_AS_JSON:
        raise ValueError("is too long for GitHub's event when its signs are written as escapes; shorten it")
    return clean


def finite_metrics(metrics: dict[str, float]) -> dict[str, float]:
    """Return metrics whose names and values everybody can read. Raises ValueError."""
    for name, value in metrics.items():
        if not METRIC.fullmatch(name):
            raise ValueError("names begin with a letter and have letters, digits, '.', '-' and '_' only, at most 60")
        if not math.isfinite(value) or abs(value) > 1e15:
            raise ValueError("values must be numbers of a usual size")
    return metrics


Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT), AfterValidator(clean_text)]
Metrics = Annotated[dict[str, float], Field(max_length=MOST_METRICS), AfterValidator(finite_metrics)]


class Opinion(BaseModel):
    """What is said about a page: the text is public. `restore` is a commit of the project, or nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: str = Field(pattern=ROLE, description="who speaks, in one short word: evaluator, teacher, linter")
    text: Text = Field(description="public: everybody can read it on the dashboard and in the run")
    metrics: Metrics = Field(default_factory=dict, description="numbers that belong to the text")
    revise: bool = Field(default=False, description="ask for a revision of the page because of this text")
    restore: str = Field(default="", pattern=COMMIT, description="bring the files of this commit back")

    @model_validator(mode="after")
    def asks_for_one_thing(self) -> "Opinion":
        """Refuse what contradicts itself."""
        if self.revise and self.restore:
            raise ValueError("revise and restore exclude each other; send two messages")
        return self


class Feedback(Opinion):
    """The client payload of record-feedback."""

    message_id: str = Field(pattern=MESSAGE_ID)
    project: str = Field(pattern=PROJECT, description="owner/name")
    at: AwareDatetime

    @property
    def asks_for_a_build(self) -> bool:
        """Whether the page shall change."""
        return self.revise or bool(self.restore)

    @property
    def build_id(self) -> str:
        """The id of the build that this message asks for: always the same for one message, so that it is built once."""
        return hashlib.sha256(f"pagewright build of message {self.message_id}".encode()).hexdigest()[:20]
