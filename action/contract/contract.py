"""The contract of a build: its assertions, kept in the target repository and replayed in later rounds."""

import re

from pydantic import BaseModel, ConfigDict

from action.contract.assertion import Assertion, Js, PageTitle

PATH = ".pagewright/contract.json"
TITLE = re.compile(r"(?:window\.)?document\.title(?:\.trim\(\))?")
COMPARISON = re.compile(r"^(?P<left>[^=<>!?&|]+)(?:===?|>=?|<=?)(?!=)[^=<>?&|]+$")


class Contract(BaseModel):
    """`uncompiled` holds the checks in English that no rule could read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    assertions: tuple[Assertion, ...] = ()
    uncompiled: tuple[str, ...] = ()

    def plus(self, more: tuple[Assertion, ...] | list[Assertion], *, uncompiled: tuple[str, ...] = ()) -> "Contract":
        """Return a contract with more assertions; of two with one id, the stronger origin stays."""
        return Contract(assertions=without_duplicates([*self.assertions, *more]), uncompiled=uncompiled)

    def after(self, earlier: "Contract", *, may_change_given: bool = True) -> "Contract":
        """Return this contract with the earlier rounds' assertions, except those that this round changes.

        What somebody only says about a page may not change what its sender's checks demand.
        """
        fixed = set() if may_change_given else {subject_of(a) for a in earlier.assertions if a.origin != "inferred"}
        own = [a for a in self.assertions if a.origin != "inferred" or subject_of(a) not in fixed]
        subjects = {subject_of(assertion) for assertion in own}
        kept = [a for a in earlier.assertions if a.kind != "advice" and subject_of(a) not in subjects]
        return Contract(assertions=without_duplicates([*own, *kept]), uncompiled=self.uncompiled)

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
