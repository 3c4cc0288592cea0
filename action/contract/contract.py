"""The contract of a build, kept in the target repository and replayed later; and the report on a candidate."""

import re
from collections import Counter
from collections.abc import Collection, Container
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from action.contract.assertion import Assertion, Js, Origin, PageTitle
from action.contract.probes import COMPARISON
from action.contract.verdict import State, Verdict

PATH = ".pagewright/contract.json"
TITLE = re.compile(r"(?:window\.)?document\.title(?:\.trim\(\))?")
LONGEST_SOURCE = 2_000
Weight = Literal["given", "base", "guide"]
WEIGHTS: tuple[Weight, ...] = ("given", "base", "guide")  # the heaviest first
Score = tuple[int, ...]


class Retired(BaseModel):
    """An assertion of an earlier round that is not demanded any more, and the words of the new round that say so.

    `by` is who read them so: our rules, or the model that had to write the page.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    assertion: Assertion
    words: str
    by: Literal["rules", "model"] = "rules"


class Contract(BaseModel):
    """`uncompiled` holds the checks in English that no rule could read; `retired` is of this build, and not stored."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    version: int = 1
    assertions: tuple[Assertion, ...] = ()
    uncompiled: tuple[str, ...] = ()
    retired: tuple[Retired, ...] = Field(default=(), exclude=True)

    def plus(self, more: tuple[Assertion, ...] | list[Assertion], *, uncompiled: tuple[str, ...] = ()) -> "Contract":
        """Return a contract with more assertions; of two with one id, the stronger origin stays."""
        assertions = without_duplicates([*self.assertions, *more])
        return Contract(assertions=assertions, uncompiled=uncompiled, retired=self.retired)

    def without(self, retired: Collection[Retired]) -> "Contract":
        """Return a contract that does not demand some assertions any more."""
        ids = {it.assertion.id for it in retired}
        kept = tuple(assertion for assertion in self.assertions if assertion.id not in ids)
        return self.model_copy(update={"assertions": kept, "retired": (*self.retired, *retired)})

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


def labelled(found: list[Assertion], origin: Origin, round_number: int, source: str = "") -> list[Assertion]:
    """Return assertions with their origin, round, source and sentence."""
    return [
        assertion.model_copy(
            update={
                "origin": assertion.origin if assertion.origin == "inferred" else origin,
                "round": round_number,
                "source": source[:LONGEST_SOURCE],
                "sentence": assertion.sentence or assertion.in_words(),
            }
        )
        for assertion in found
    ]


class Result(BaseModel):
    """One assertion and its verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    assertion: Assertion
    verdict: Verdict

    @property
    def weight(self) -> Weight:
        """What it counts as when candidates are compared. Advice never gates, nor does what cannot be met as sent."""
        if self.assertion.kind == "advice" or self.assertion.origin == "inferred" or self.assertion.objection:
            return "guide"
        return self.assertion.origin

    @property
    def gates(self) -> bool:
        """Whether a candidate without this is not good enough."""
        return self.weight != "guide"

    def __str__(self) -> str:
        found = f" Found: {self.verdict.actual}" if self.verdict.actual else ""
        detail = f" ({self.verdict.detail})" if self.verdict.detail else ""
        state = "warning" if self.verdict.is_warned else self.verdict.state
        return f"[{state}] {self.assertion.sentence}{found}{detail}"


@dataclass(frozen=True)
class Change:
    """How a report differs from an earlier one, in ids of assertions that both contain."""

    kept: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class Report(BaseModel):
    """All results of one candidate, in the contract's order, and what the browser saw besides."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()  # console lines, failed requests: evidence for a repair
    seconds: float = 0.0

    def without(self, ids: Container[str]) -> "Report":
        """Return the report without what is not demanded any more."""
        return self.model_copy(update={"results": tuple(it for it in self.results if it.assertion.id not in ids)})

    def failures(self) -> list[Result]:
        """Return what failed, gating ones first."""
        return sorted((r for r in self.results if r.verdict.state == "fail"), key=lambda result: not result.gates)

    def unclear(self) -> list[Result]:
        """Return what could not be decided, advice included."""
        return [result for result in self.results if result.verdict.state == "unclear"]

    def excused(self) -> list[Result]:
        """Return what gates and failed, perhaps because of the network here."""
        return [result for result in self.results if result.verdict.is_excused and result.gates]

    def warned(self) -> list[Result]:
        """Return what holds, but only late or not as who asks once sees it."""
        return [result for result in self.results if result.verdict.is_warned]

    @property
    def is_good(self) -> bool:
        """Whether no gating assertion failed. One that could not be decided does not stand in the way."""
        return not any(result.gates for result in self.failures())

    @property
    def is_perfect(self) -> bool:
        """Whether nothing failed, and nothing holds with a warning. What the network excuses, no files could mend."""
        return not self.failures() and not self.warned()

    def counts(self) -> dict[Origin, dict[State, int]]:
        """Return how many passed, failed and are unclear, by origin."""
        tally = Counter((result.assertion.origin, result.verdict.state) for result in self.results)
        origins: tuple[Origin, ...] = ("given", "base", "inferred")
        states: tuple[State, ...] = ("pass", "fail", "unclear")
        return {origin: {state: tally[origin, state] for state in states} for origin in origins}

    def score(self) -> Score:
        """Return what candidates of one contract are compared by: what the caller gave, what gates besides, the rest.

        The given checks come first because they are what the page is judged by.
        """
        tally = Counter((result.weight, result.verdict.state) for result in self.results)
        counts = [count for weight in WEIGHTS for count in (tally[weight, "pass"], -tally[weight, "fail"])]
        return *counts, -len(self.warned())

    def change_since(self, earlier: "Report") -> Change:
        """Compare with the report of another candidate or round. Unclear counts as neither."""
        before = {result.assertion.id: result.verdict.state for result in earlier.results}
        now = {result.assertion.id: result.verdict.state for result in self.results if result.assertion.id in before}
        return Change(
            kept=tuple(i for i, state in now.items() if before[i] == "pass" and state == "pass"),
            gained=tuple(i for i, state in now.items() if before[i] != "pass" and state == "pass"),
            lost=tuple(i for i, state in now.items() if before[i] == "pass" and state == "fail"),
        )

    def headline(self) -> str:
        """Return the one line of a log: "7 of 9 assertions (given 3/4, base 6/6, inferred 2/3)"."""
        parts = [(origin, states["pass"], sum(states.values())) for origin, states in self.counts().items()]
        total = f"{sum(passed for _, passed, _ in parts)} of {sum(count for *_, count in parts)} assertions"
        return f"{total} ({', '.join(f'{origin} {passed}/{count}' for origin, passed, count in parts if count)})"
