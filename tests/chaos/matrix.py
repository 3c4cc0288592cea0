"""The matrix of docs/results.md, made of the outcomes."""

from collections import Counter
from collections.abc import Iterable

from tests.chaos.outside import Json

MEANING = (
    "✓ ended well by itself, a number: after so many re-runs (by reconcile or by hand), ✗ did not, "
    "– the fault or the kill did not happen in this build, empty: not played."
)


def matrix(outcomes: Iterable[Json]) -> str:
    """Return totals, and a table of rows and columns for the boundaries and for the faults."""
    played = list(outcomes)
    faults = [each for each in played if not each["row"].startswith("round ")]
    edges = [each for each in played if each["row"].startswith("round ")]
    return "\n\n".join([totals(played), MEANING, "**Each request**", table(edges), "**Each fault**", table(faults)])


def totals(played: list[Json]) -> str:
    """Return the numbers in a sentence."""
    counts = Counter(mark(each) if mark(each) in "✓✗–" else "again" for each in played)
    seconds = sum(each["seconds"] for each in played)
    return (
        f"**{len(played)} cells, {sum(1 for each in played if not each['problems'])} converge**: {counts['✓']} by "
        f"themselves, {counts['again']} after being run again; in {counts['–']} the planned fault or kill did not "
        f"happen, because such a build does not get there; {counts['✗']} did not end well. {seconds / 60:.0f} minutes "
        "of cells."
    )


def mark(outcome: Json) -> str:
    """Return the sign of one cell."""
    if outcome["problems"]:
        return "✗"
    if not outcome["happened"]:
        return "–"
    return str(len(outcome["recoveries"])) if outcome["recoveries"] else "✓"


def table(played: list[Json]) -> str:
    """Return rows and columns in the order in which they were first played."""
    columns = list(dict.fromkeys(each["column"] for each in played))
    marks = {(each["row"], each["column"]): mark(each) for each in played}
    rows = list(dict.fromkeys(each["row"] for each in played))
    head = f"| | {' | '.join(columns)} |\n|---{'|:-:' * len(columns)}|"
    return "\n".join(
        [head, *(f"| `{row}` | {' | '.join(marks.get((row, each), '') for each in columns)} |" for row in rows)]
    )
