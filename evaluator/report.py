"""The class as one HTML page that needs nothing else: totals, hard checks, and each student down to the evidence."""

import base64
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import mean

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluator.callback_rules import is_address
from evaluator.deadlines import shown_moment
from evaluator.marks import Mark
from evaluator.outcomes import Outcome
from evaluator.reasons import cut

HERE = Path(__file__).parent
LONGEST_CHECK, LONGEST_EVIDENCE = 300, 600  # results.csv has all of it
FIRST_CHECKS = 15
OF_THE_TASK = {"given", "kept"}
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Round:
    """What a round brought to the whole class."""

    number: int
    asked: int
    scored: int
    mean: float | None
    mean_given: float | None
    states: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class HardCheck:
    """One check of all who had it, whatever numbers were drawn for each of them."""

    round: int
    origin: str
    template: str
    example: str
    passed: int
    decided: int


def write_report(path: Path, name: str, outcomes: Sequence[Outcome], now: float) -> None:
    """Write the page, completely or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(page(name, outcomes, now))
    new.replace(path)


def page(name: str, outcomes: Sequence[Outcome], now: float) -> Iterator[str]:
    """Yield the HTML. Every text of a stranger is escaped, and nothing but our own style and script is obeyed."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "link": link,
        "commit": commit_address,
        "short": partial(cut, longest=LONGEST_CHECK),
        "evidence": partial(cut, longest=LONGEST_EVIDENCE),
        "colour": colour,
        "mean_score": mean_score,
        "unpassed": unpassed,
    }
    style, script = ((HERE / f"report.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    yield from environment.get_template("report.html").generate(
        name=name,
        made_at=shown_moment(now),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'",
        rounds=rounds_of(outcomes),
        people=[list(rounds) for _, rounds in groupby(outcomes, key=lambda each: each.student)],
        checks=hard_checks(outcomes),
        first_checks=FIRST_CHECKS,
    )


def digest(text: str) -> str:
    """Return what a Content Security Policy calls a text by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def rounds_of(outcomes: Sequence[Outcome]) -> list[Round]:
    """Return the totals of each round."""
    found = []
    for number in sorted({each.round for each in outcomes}):
        mine = [each for each in outcomes if each.round == number]
        totals = [each.score.total for each in mine if each.score.total is not None]
        given = [each.score.given for each in mine if each.score.given is not None]
        states = Counter(each.state for each in mine).most_common()
        found.append(Round(number, len(mine), len(totals), average(totals), average(given), states))
    return found


def average(numbers: Sequence[float]) -> float | None:
    """Return the mean, None of nothing."""
    return mean(numbers) if numbers else None


def mean_score(rounds: Sequence[Outcome]) -> float:
    """Return what students are sorted by: the mean, in which a round without a score is 0."""
    return mean(each.score.total or 0.0 for each in rounds)


def hard_checks(outcomes: Iterable[Outcome]) -> list[HardCheck]:
    """Return every check that was decided for somebody, the hardest first."""
    found = defaultdict[tuple[object, ...], list[tuple[Outcome, Mark]]](list)
    for outcome in outcomes:
        for key, mark in named_checks(outcome):
            if mark.state in {"pass", "fail"}:
                found[key].append((outcome, mark))
    checks = [hard_check([mark for _, mark in seen], seen[0][0]) for seen in found.values()]
    return sorted(checks, key=lambda each: (each.passed / each.decided, -each.decided, each.round, each.example))


def hard_check(marks: Sequence[Mark], first: Outcome) -> HardCheck:
    """Count the marks of one check."""
    origin, passed = marks[0].origin, sum(mark.state == "pass" for mark in marks)
    template = first.template if origin in OF_THE_TASK else ""
    return HardCheck(first.round, origin, template, marks[0].check, passed, len(marks))


def named_checks(outcome: Outcome) -> Iterator[tuple[tuple[object, ...], Mark]]:
    """Yield the marks with what is the same for all students who have this check."""
    places = Counter[str]()
    seed = outcome.task.removeprefix(f"{outcome.template}-")
    for mark in outcome.marks:
        places[mark.origin] += 1
        if mark.origin in OF_THE_TASK:
            text = WORD.sub(undrawn, mark.check.replace(seed, "#"))
            yield (outcome.round, mark.origin, outcome.template, places[mark.origin], text), mark
        else:
            yield (outcome.round, mark.origin, mark.check), mark


def undrawn(word: re.Match[str]) -> str:
    """Return a word of a check; "#" for what a seed puts into one: numbers, and names with numbers."""
    return "#" if any(map(str.isdecimal, word[0])) else word[0]


def link(address: str) -> str:
    """Return an address that may be clicked, empty for every other one."""
    return address if is_address(address) else ""


def commit_address(outcome: Outcome) -> str:
    """Return where the commit is shown."""
    return f"{link(outcome.repo_url).rstrip('/').removesuffix('.git')}/commit/{outcome.commit_sha}"


def colour(outcome: Outcome) -> str:
    """Return the class of an outcome's sign: all, a part, nothing, or not yet known."""
    has_part = outcome.score.total is not None and not outcome.is_fine
    return "part" if has_part else outcome.verdict.replace(" ", "-")


def unpassed(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks to be looked at: what fails first, and the task's own before the rules."""
    left = [mark for mark in marks if mark.state != "pass"]
    return sorted(left, key=lambda mark: (mark.state != "fail", mark.state != "unclear", mark.origin != "given"))
