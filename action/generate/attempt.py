"""One attempt: a candidate with its report, whether it is better than another, and its line in the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from action.contract.verdict import Report, Result, Score
from action.contract.visit import Screenshots
from action.generate.candidate import Draft
from action.record import ModelCall
from action.site.files import is_blank

Rank = tuple[bool, bool, int, Score, int]


@dataclass(frozen=True)
class Attempt:
    """`files` are all files as they would be committed. `problems` are what the file policy and the parser say.

    `lost` is what the page of the round before fulfilled and this candidate does not: all of it is told and repaired.
    `is_public` says that no file holds what nobody may see.
    """

    number: int
    draft: Draft
    files: Mapping[str, bytes]
    report: Report
    problems: tuple[str, ...] = ()
    lost: tuple[Result, ...] = ()
    screenshots: Screenshots | None = field(default=None, repr=False)
    is_public: bool = True

    @property
    def has_page(self) -> bool:
        """Whether there is anything to open, with something on it."""
        return not is_blank(self.files.get("index.html", b""))

    @property
    def breaks(self) -> tuple[Result, ...]:
        """What of the lost is a reason to hold a revision back: given checks, and a page that is broken in itself."""
        return tuple(result for result in self.lost if result.weight == "given" or result.verdict.is_broken)

    @property
    def is_good(self) -> bool:
        """Whether it can be published without a second thought."""
        return self.has_page and self.report.is_good and not self.lost and not self.problems

    @property
    def rank(self) -> Rank:
        """What attempts are compared by: a page, no secret, nothing broken, the contract, and no complaints."""
        return self.has_page, self.is_public, -len(self.breaks), self.report.score(), -len(self.problems)

    def is_better_than(self, other: "Attempt") -> bool:
        """Whether this one shall take the other's place. Only a real improvement counts."""
        return self.rank > other.rank

    def headline(self) -> str:
        """Return the attempt in one line."""
        lost = f"; {len(self.lost)} that worked before are lost" if self.lost else ""
        return f"{self.report.headline()}{lost}"


@dataclass
class Progress:
    """`calls` grows while the model is asked; `most` is how many attempts the budget allows."""

    calls: Sequence[ModelCall] = ()
    most: int = 1
    told: int = 0

    def line(self, attempt: Attempt) -> str:
        """Return the line, with what this attempt cost: its calls since the last one, and the look at it."""
        new, self.told = self.calls[self.told :], len(self.calls)
        seconds = sum(call.seconds for call in new) + attempt.report.seconds
        tokens = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in new)
        states = [result.verdict.state for result in attempt.report.results]
        lost = f" ({len(attempt.lost)} that worked before are lost)" if attempt.lost else ""
        checks = f"{states.count('pass')} of {len(states)} checks{lost}"
        return f"attempt {attempt.number}/{self.most}: {checks}, {seconds:.0f} s, {in_thousands(tokens)} tokens"


def in_thousands(number: int) -> str:
    """Return a number for people: 18k rather than 18,204."""
    return f"{number / 1000:.0f}k" if number >= 1000 else str(number)
