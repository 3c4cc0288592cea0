"""The contract of a build: its assertions, kept in the target repository and replayed in later rounds."""

import re

from pydantic import BaseModel, ConfigDict, Field

from action.contract.assertion import Assertion, Js, PageTitle

PATH = ".pagewright/contract.json"
TITLE = re.compile(r"(?:window\.)?document\.title(?:\.trim\(\))?")
COMPARISON = re.compile(r"^(?P<left>[^=<>!?&|]+)(?:===?|>=?|<=?)(?!=)[^=<>?&|]+$")


class Retired(BaseModel):
    """An assertion of an earlier round that is not demanded any more, and the words of the new round that say so."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    assertion: Assertion
    words: str


class Contract(BaseModel):
    """`uncompiled` holds the checks in English that no rule could read; `retired` is of this build, and not stored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    assertions: tuple[Assertion, ...] = ()
    uncompiled: tuple[str, ...] = ()
    retired: tuple[Retired, ...] = Field(default=(), exclude=True)

    def plus(self, more: tuple[Assertion, ...] | list[Assertion], *, uncompiled: tuple[str, ...] = ()) -> "Contract":
        """Return a contract with more assertions; of two with one id, the stronger origin stays."""
        assertions = without_duplicates([*self.assertions, *more])
        return Contract(assertions=assertions, uncompiled=uncompiled, retired=self.retired)

    def for_storage(self) -> bytes:
        """Return the file that is committed. Checks that no rule could read are part of it."""
        return self.model_dump_json(indent=1, exclude_defaults=False).encode() + b"\n"

    @classmethod
    def from_storage(cls, content: bytes) -> "Contract":
        """Read a committed contract. Entries of kinds that this version does not know raise ValueError."""
        return cls.model_validate_json(content)


def subject_of(assertion: Assertion) -> tuple[str, ...]:
    """Return what an assertion is about; of `left === right` in the page, that is the left side."""
    if isinstance(assertion, Js) and (match := COMPARISON.match(assertion.expression.strip().rstrip(";"))):
        left = "".join(match["left"].split())
        if TITLE.fullmatch(left):
            return PageTitle(path=assertion.path, query=assertion.query, equals="any").subject()
        return ("js", assertion.path, assertion.query, left)
    return assertion.subject()


def without_duplicates(assertions: list[Assertion]) -> tuple[Assertion, ...]:
    """Keep one assertion of each id: given before base before inferred, otherwise the first."""
    rank = {"given": 0, "base": 1, "inferred": 2}
    kept: dict[str, Assertion] = {}
    for assertion in assertions:
        known = kept.get(assertion.id)
        if known is None or rank[assertion.origin] < rank[known.origin]:
            kept[assertion.id] = assertion
    return tuple(kept.values())
