"""What every kind of assertion has: one thing that must be true of a candidate, with its origin and parameters.

A new kind is one class in kinds_page.py, kinds_files.py, kinds_data.py or kinds_runs.py, and its name in assertion.py.
"""

import hashlib
import json
from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from action.contract.verdict import Candidate, Verdict, failed

Origin = Literal["given", "inferred", "base"]
Short = Annotated[str, Field(min_length=1, max_length=2_000)]
Hint = tuple[str, str]  # a code, and words for the model


def inside(path: str) -> str:
    """Return a path that stays inside the repository. Raises ValueError."""
    if path.startswith("/") or "\\" in path or any(part in {"..", "."} for part in path.split("/")):
        raise ValueError("must be a relative path without '..'")
    if any(character < " " for character in path):
        raise ValueError("must not contain control characters")
    return path


FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(inside)]
PagePath = Annotated[str, Field(max_length=200, pattern=r"^[^?#]*$"), AfterValidator(inside)]
DESCRIPTIVE = {"origin", "sentence", "source", "round", "objection"}  # everything else is a parameter


class Kind(BaseModel):
    """What every kind has. `source` is the words it was compiled from, `round` the round that brought it.

    `objection` says why it can never be true, or that the attachments say otherwise; then it does not gate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: str
    subject_fields: ClassVar[tuple[str, ...]] = ()  # when given: two assertions that differ elsewhere contradict
    words: ClassVar[str] = ""  # what must be true, as a clause that can begin a sentence
    examples: ClassVar[tuple[str, ...]] = ()  # how a model may write it, after {"kind": ...; without one it may not
    origin: Origin = "given"
    sentence: str = ""
    source: str = ""
    round: int = Field(default=1, ge=1)
    objection: str = ""

    @property
    def id(self) -> str:
        """The same for the same kind and parameters, in every round and whatever its origin."""
        # Without defaults, so that a parameter that a later version adds leaves the ids of old assertions alone.
        values = self.model_dump(mode="json", exclude=DESCRIPTIVE | {"kind"}, exclude_defaults=True)
        return f"{self.kind.replace('_', '-')}-{digest_of(values)}"

    def parameters(self) -> dict[str, Any]:
        """Return what makes this assertion different from others of its kind."""
        return self.model_dump(mode="json", exclude=DESCRIPTIVE | {"kind"})

    def subject(self) -> tuple[str, ...]:
        """Return what it is about: a later assertion about the same subject takes this one's place."""
        values = self.parameters()
        names = self.subject_fields or tuple(values)
        return (self.kind, *(json.dumps(values[name], sort_keys=True) for name in names))

    def describe(self) -> str:
        """Say in English what must be true."""
        return self.words.format(self=self)

    def place(self) -> str:
        """Say on which page, when it is not the first one."""
        return ""

    def in_words(self) -> str:
        """Return the plain sentence that stands for this in logs, prompts and summaries."""
        text = self.describe()
        return f"{text[:1].upper()}{text[1:]}{self.place()}."

    def hints(self) -> list[Hint]:
        """Return what this really measures, where that is easily missed."""
        return []


class OfFiles(Kind):
    """A kind that is decided by the files alone."""

    @abstractmethod
    def verdict(self, candidate: Candidate) -> Verdict:
        """Return the verdict on a candidate."""


def missing(name: str, candidate: Candidate) -> Verdict:
    """Return the verdict on a file that is not there."""
    return failed(f"{name} does not exist", candidate.near(name))


def word_range(what: str, minimum: int, maximum: int | None) -> str:
    """Say how many words something has."""
    return f"{what} has {minimum} to {maximum} words" if maximum is not None else f"{what} has at least {minimum} words"


def digest_of(value: object) -> str:
    """Return ten hex digits that stand for a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
