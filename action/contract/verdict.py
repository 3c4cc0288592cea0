"""A candidate, and what came out of it: a verdict for one assertion, and the report that the loop compares by."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from action.contract.assertion import Assertion, Origin

HTML = (".html", ".htm")


@dataclass(frozen=True)
class Candidate:
    """`files` are all files that would be committed. `site_path` is where Pages serves them ("/repository/").

    `asked` is the text of all that was asked for, in lower case; empty where that is not known.
    """

    files: Mapping[str, bytes]
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    site_path: str = "/"
    generated: frozenset[str] = frozenset()  # files that the run of a workflow makes: nothing is known of them yet
    asked: str = ""

    def text(self, name: str) -> str | None:
        """Return a file as text, None when there is no such file."""
        content = self.files.get(name)
        return None if content is None else content.decode("utf-8-sig", errors="replace")

    @cached_property
    def html(self) -> dict[str, str]:
        """The HTML files by name."""
        return {name: self.text(name) or "" for name in self.files if name.lower().endswith(HTML)}

    @cached_property
    def sources(self) -> dict[str, str]:
        """The files that a browser runs or shows, by name."""
        endings = (*HTML, ".js", ".mjs", ".css")
        return {name: self.text(name) or "" for name in self.files if name.lower().endswith(endings)}

    def near(self, name: str) -> str:
        """Say what is there instead of a missing file: one with the same letters, or all names."""
        base = name.rsplit("/", 1)[-1].lower()
        alike = [other for other in self.files if other.rsplit("/", 1)[-1].lower() == base and other != name]
        if alike:
            return f"there is {', '.join(sorted(alike))}, but the name must match exactly"
        names = sorted(name for name in self.files if not name.startswith("."))
        return f"the files are {', '.join(names[:30])}" if names else "there are no files"


State = Literal["pass", "fail", "unclear"]
Weight = Literal["given", "base", "guide"]
WEIGHTS: tuple[Weight, ...] = ("given", "base", "guide")  # the heaviest first
Score = tuple[int, ...]


class Verdict(BaseModel):
    """`actual` is what was found instead, `detail` is evidence in words. "unclear" is neither good nor bad.

    `is_excused`: it would be a failure if the network of this machine were not perhaps the reason. `is_broken`: the
    page itself is of no use, because it does not load, is blank, or throws.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: State
    actual: str = ""
    detail: str = ""
    is_excused: bool = False
    is_broken: bool = False


PASS = Verdict(state="pass")


def failed(actual: str, detail: str = "", *, is_broken: bool = False) -> Verdict:
    """Return the verdict "fail" with what was found."""
    return Verdict(state="fail", actual=clipped(actual), detail=clipped(detail, 2_000), is_broken=is_broken)


def unclear(detail: str) -> Verdict:
    """Return the verdict "unclear" with the reason."""
    return Verdict(state="unclear", detail=clipped(detail, 2_000))


def failed_with_excuse(actual: str, detail: str) -> Verdict:
    """Return the verdict "unclear" for what failed, perhaps because of the network here."""
    return Verdict(state="unclear", actual=clipped(actual), detail=clipped(detail, 2_000), is_excused=True)


def clipped(text: str, limit: int = 600) -> str:
    """Return evidence in a length that a prompt can hold."""
    return text if len(text) <= limit else f"{text[: limit - 20]} ... ({len(text)} characters)"


class Result(BaseModel):
    """One assertion and its verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assertion: Assertion
    verdict: Verdict

    @property
    def weight(self) -> Weight:
        """What it counts as when candidates are compared. Advice never gates."""
        if self.assertion.kind == "advice" or self.assertion.origin == "inferred":
            return "guide"
        return self.assertion.origin

    @property
    def gates(self) -> bool:
        """Whether a candidate without this is not good enough."""
        return self.weight != "guide"

    def __str__(self) -> str:
        found = f" Found: {self.verdict.actual}" if self.verdict.actual else ""
        detail = f" ({self.verdict.detail})" if self.verdict.detail else ""
        return f"[{self.verdict.state}] {self.assertion.sentence}{found}{detail}"


@dataclass(frozen=True)
class Change:
    """How a report differs from an earlier one, in ids of assertions that both contain."""

    kept: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class Report(BaseModel):
    """All results of one candidate, in the contract's order, and what the browser saw besides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()  # console lines, failed requests: evidence for a repair
    seconds: float = 0.0

    def failures(self) -> list[Result]:
        """Return what failed, gating ones first."""
        return sorted((r for r in self.results if r.verdict.state == "fail"), key=lambda result: not result.gates)

    def unclear(self) -> list[Result]:
        """Return what could not be decided, advice included."""
        return [result for result in self.results if result.verdict.state == "unclear"]

    def excused(self) -> list[Result]:
        """Return what gates and failed, perhaps because of the network here."""
        return [result for result in self.results if result.verdict.is_excused and result.gates]

    @property
    def is_good(self) -> bool:
        """Whether no gating assertion failed. One that could not be decided does not stand in the way."""
        return not any(result.gates for result in self.failures())

    @property
    def is_perfect(self) -> bool:
        """Whether nothing failed at all, with or without an excuse."""
        return not self.failures() and not self.excused()

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
        return tuple(count for weight in WEIGHTS for count in (tally[weight, "pass"], -tally[weight, "fail"]))

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
        """Return the one line of a log: "7 of 9 checks (given 3/4, base 6/6, inferred 2/3)"."""
        parts = [(origin, states["pass"], sum(states.values())) for origin, states in self.counts().items()]
        total = f"{sum(passed for _, passed, _ in parts)} of {sum(count for *_, count in parts)} assertions"
        return f"{total} ({', '.join(f'{origin} {passed}/{count}' for origin, passed, count in parts if count)})"
