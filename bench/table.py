"""How results are shown: one line for each finished round, a table at the end, and the comparison of the modes."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.prices import Prices
from bench.results import RoundResult, count_passed, write_whole
from dashboard.builds import cost_of


@dataclass(frozen=True)
class Sum:
    """Several rounds taken together."""

    passed: int
    total: int
    kept: int
    asked_again: int
    calls: int
    input_tokens: int
    output_tokens: int
    seconds: float
    cost: float | None
    assertions: int  # that passed, of those that the round's checks were compiled into

    @classmethod
    def of(cls, rounds: Sequence[RoundResult], prices: Prices) -> "Sum":
        """Add rounds up."""
        calls = [call for each in rounds for call in each.calls]
        kept = [check for each in rounds for check in each.kept]
        return cls(
            passed=sum(each.passed for each in rounds),
            total=sum(each.total for each in rounds),
            kept=count_passed(kept),
            asked_again=len(kept),
            calls=len(calls),
            input_tokens=sum(call.input_tokens or 0 for call in calls),
            output_tokens=sum(call.output_tokens or 0 for call in calls),
            seconds=sum(each.seconds for each in rounds),
            cost=cost_of(calls, prices, datetime.now(UTC).date()),
            assertions=sum(
                part.state == "pass" for each in rounds for check in each.checks for part in check.assertions
            ),
        )

    @property
    def share(self) -> float:
        """How much of what was asked passed, in percent."""
        return 100 * self.passed / self.total if self.total else 0.0

    @property
    def cost_of_a_pass(self) -> float | None:
        """What one assertion that passed cost: None when the cost is not known, or none passed."""
        return None if self.cost is None or not self.assertions else self.cost / self.assertions

    def cells(self, *, with_cost: bool) -> list[str]:
        """Return the numbers as a row of the table shows them."""
        kept = f"{self.kept}/{self.asked_again}" if self.asked_again else ""
        cost = (dollars(self.cost), dollars(self.cost_of_a_pass)) if with_cost else ()
        tokens = (f"{self.input_tokens:,}", f"{self.output_tokens:,}")
        return [f"{self.passed}/{self.total}", kept, str(self.calls), *tokens, f"{self.seconds:.0f}", *cost]


def dollars(amount: float | None) -> str:
    """Return an amount as the table shows it."""
    return "?" if amount is None else f"{amount:.4f}"


def line_of(result: RoundResult, *, is_known: bool) -> str:
    """Return one finished round in words."""
    end = f": {result.failure}" if result.failure else ""
    note = " (finished before)" if is_known else " (plain fallback page)" if result.degraded else ""
    numbers = f"{result.passed} of {result.total} checks, {len(result.calls)} calls, {result.seconds:.0f} s"
    return f"{result.task} round {result.round} {result.mode}: {numbers}{note}{end}"


def empty_table(title: str, names: Sequence[str], numbers: Sequence[str]) -> Table:
    """Return a table with headings for names and, at the right, for numbers."""
    table = Table(title=title, title_justify="left")
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def table_of(results: Sequence[RoundResult], prices: Prices) -> Table:
    """Return all rounds, with totals for each mode: of each round by itself, and of all. Costs where one is known."""
    with_cost = bool(prices) or any(each.calls and Sum.of([each], prices).cost is not None for each in results)
    costs = ("USD", "per pass") if with_cost else ()
    numbers = ("passed", "kept", "calls", "tokens in", "tokens out", "seconds", *costs)
    table = empty_table("Given checks passed on the live pages", ("task", "round", "mode"), numbers)
    for result in results:
        cells = Sum.of([result], prices).cells(with_cost=with_cost)
        table.add_row(result.task, str(result.round), result.mode, *cells)
    for mode, rounds in by_mode(results).items():
        table.add_section()
        numbered = {each.round: [other for other in rounds if other.round == each.round] for each in rounds}
        for number, same in sorted(numbered.items()) if len(numbered) > 1 else ():
            table.add_row("all", str(number), mode, *Sum.of(same, prices).cells(with_cost=with_cost))
        table.add_row("all", "", mode, *Sum.of(rounds, prices).cells(with_cost=with_cost), style="bold")
    return table


def comparison_of(results: Sequence[RoundResult]) -> str:
    """Return the modes' shares in one line for each, with the difference from the first mode.

    Only rounds that are finished in all modes count: an interrupted run has one that is not.
    """
    modes = by_mode(results)
    times = Counter((each.task, each.round) for each in results)
    common = [each for each in results if times[each.task, each.round] == len(modes)]
    sums = {mode: Sum.of(rounds, {}) for mode, rounds in by_mode(common).items()}
    lines = [
        f"{mode}: {each.passed} of {each.total} given checks passed ({each.share:.1f} %)" for mode, each in sums.items()
    ]
    if len(sums) > 1:
        lines.append(difference_of(*list(by_mode(common).items())[:2]))
    lines += [line for mode, rounds in by_mode(results).items() if (line := improvement_in(mode, rounds))]
    return "\n".join(lines)


def improvement_in(mode: str, rounds: Sequence[RoundResult]) -> str:
    """Say what the loop made of its own first answers: luck between two builds of one task plays no part in that."""
    found = [each.improvement for each in rounds if each.improvement]
    total, first, kept = (sum(getattr(each, name) for each in found) for name in ("assertions", "first", "kept"))
    return (
        f"{mode}, within the same {len(found)} builds: {first} of {total} given assertions passed in the first attempt,"
        f" {kept} in the one that was kept"
        if found
        else ""
    )


def difference_of(first: tuple[str, list[RoundResult]], second: tuple[str, list[RoundResult]]) -> str:
    """Compare two modes that built the same rounds, in the same order."""
    points = Sum.of(first[1], {}).share - Sum.of(second[1], {}).share
    steps = [one.passed - other.passed for one, other in zip(first[1], second[1], strict=True)]
    better, worse = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    return (
        f"{first[0]} against {second[0]}: {points:+.1f} percentage points on the same {len(steps)} rounds; "
        f"better in {better}, worse in {worse}, equal in {len(steps) - better - worse}"
    )


def tell_numbers(console: Console, path: Path, document: dict[str, object]) -> None:
    """Write numbers as JSON, and say where."""
    write_whole(path, json.dumps(document, indent=1))
    console.print(f"All numbers are in {path}", highlight=False, soft_wrap=True)


def wide_console() -> Console:
    """Return a console; where nobody sees how wide it is, it is wide enough for a table."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def by_mode(results: Sequence[RoundResult]) -> dict[str, list[RoundResult]]:
    """Return the rounds of each mode, in the order in which the modes first occur."""
    return {
        mode: [each for each in results if each.mode == mode] for mode in dict.fromkeys(each.mode for each in results)
    }
