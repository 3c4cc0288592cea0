"""From the marks of a submission to its score: each origin counts by its weight, however many checks it has."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.marks import Mark
from evaluator.settings import Weights

DIGITS = 3


@dataclass(frozen=True)
class Score:
    """`total` is weighted, from 0 to 1; `given` is that of the given checks alone. Empty: nothing was decided."""

    total: float | None = None
    given: float | None = None
    given_passed: int = 0
    given_total: int = 0


def score_of(marks: Sequence[Mark], weights: Weights) -> Score:
    """Return the score. Without one decided given check, where there are any, there is none: rules are not the task."""
    by_origin = {origin: of_origin(marks, origin) for origin in type(weights).model_fields}
    given = by_origin["given"]
    rates = {origin: rate for origin in by_origin if (rate := share(by_origin[origin])) is not None}
    weighed = {origin: float(getattr(weights, origin)) for origin in rates}
    together = sum(weighed.values())
    is_decided = together > 0 and not (given and "given" not in rates)
    total = sum(weighed[origin] * rate for origin, rate in rates.items()) / together if is_decided else None
    return Score(
        total=None if total is None else round(total, DIGITS),
        given=None if "given" not in rates else round(rates["given"], DIGITS),
        given_passed=sum(mark.state == "pass" for mark in given),
        given_total=len(given),
    )


def of_origin(marks: Sequence[Mark], origin: str) -> list[Mark]:
    """Return the marks of one origin."""
    return [mark for mark in marks if mark.origin == origin]


def share(marks: Sequence[Mark]) -> float | None:
    """Return the share of passed ones among those that were decided, None when none was."""
    decided = [mark for mark in marks if mark.state in {"pass", "fail"}]
    return sum(mark.state == "pass" for mark in decided) / len(decided) if decided else None
