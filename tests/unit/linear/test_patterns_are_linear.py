"""Every pattern that meets foreign text takes a time that grows with the text's length only.

The list of patterns is made by walking the source (inventory.py), the texts by looking at each pattern (attacks.py). A
new pattern is in the list by itself. One that is slow is written anew, or its text is cut, and then CUTS says by whom.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from action import installation
from action.contract import rules as plain_english
from action.contract import rules_files, rules_page, rules_runs, statements
from action.contract.changes import LONGEST_SENTENCE as LONGEST_CLAUSE
from action.contract.rules import LONGEST_SENTENCE
from action.deadline import at_most
from action.errors import StepHung
from action.gates import secret_scan
from action.gates.text import readable
from action.model import fences as placeholders
from action.site import files as site
from tests.unit.linear.attacks import attacks
from tests.unit.linear.inventory import Use, uses
from tests.unit.linear.stopwatch import grows_with_its_length, timed

SIZE = 20_000  # characters: the longest JavaScript of a check, and long enough to tell a square from a line
SECONDS_FOR_SHORT_TEXTS = 1.0
LINES_SHARE = 0.002  # seconds for a tenth of SIZE
STAND_INS: dict[tuple[str, str], list[Any]] = {
    ("action/contract/html.py", "name"): ["script", "title"],
    ("action/contract/rules.py", "pattern"): [pattern for pattern, _ in plain_english.VARIATIONS],
    ("action/contract/touched.py", "before"): [re.compile(r"(?<![\w#.-])May 5(?![\w-])", re.IGNORECASE)],
    ("action/contract/touched.py", "named"): [r"tagName\s*===?\s*[\"'`](?:table|thead)[\"'`]"],
    ("action/contract/touched.py", "plain"): [re.compile(r"\#total(?![\w-])|[\"'`=]total[\"'`\]]")],
    ("action/contract/touched.py", "selector"): [r"[\"'`\s>](?:table|thead)(?=[\s>.:\[\"'`])"],
    ("action/contract/touched.py", "word"): ["data"],
    ("action/contract/rules.py", "sentence"): [
        rule.sentence for module in (rules_files, rules_page, rules_runs) for rule in module.RULES
    ],
    ("action/contract/run_verdicts.py", "quoted"): ["ruff", "node"],
    ("action/contract/statements.py", "sentence"): [
        *statements.PAIRS,
        *(sentence for sentence, _ in statements.ENDS),
        *(value for name, value in vars(statements).items() if name.isupper() and isinstance(value, str)),
    ],
    ("action/contract/things.py", "longest_first"): [["prices.csv", "data.csv"]],
    ("action/gates/secret_scan.py", "pattern"): [pattern for _, pattern in secret_scan.PATTERNS.values()],
    ("action/installation.py", "each"): list(installation.EXPLANATIONS),
    ("action/model/fences.py", "pattern"): placeholders.PATTERNS,
    ("action/github/naming.py", "ending"): ["c0ffee"],
    ("action/gates/private_values.py", "alone"): [r"(?<!\w)12345(?!\w)"],
    ("action/site/files.py", "shown"): ["owner.github.io/name"],
    ("action/site/files.py", "name"): list(site.SECTIONS),
    ("action/site/files.py", "words"): list(site.SECTIONS.values()),
    ("receiver/runner_repository.py", "build"): [re.compile("record-0123456789abcdef0123-[0-9]+")],
}


def a_sentence(text: str) -> str:
    """As `Rule.read` cuts it."""
    return text[:LONGEST_SENTENCE]


def a_clause(text: str) -> str:
    """As `clauses_of` cuts it."""
    return text[:LONGEST_CLAUSE]


def a_line(text: str) -> str:
    """As `placeholder_line` cuts it."""
    return text[: placeholders.LONGEST_LINE]


# Patterns whose text was cut before, by a function that other tests hold to it.
CUTS: dict[str, Callable[[str], str]] = {
    "action/contract/changes.py": readable,
    "action/contract/clause.py": a_clause,
    "action/contract/from_brief.py": readable,
    "action/contract/orders.py": a_clause,
    "action/contract/rules.py": a_sentence,
    "action/contract/rules_files.py": a_sentence,
    "action/contract/rules_page.py": a_sentence,
    "action/contract/statements.py": a_clause,
    "action/contract/things.py": readable,
    "action/contract/verbs.py": a_clause,
    "action/model/fences.py": a_line,
    "action/generate/named_files.py": readable,
}
USES = uses(STAND_INS)


@pytest.mark.parametrize("use", USES, ids=str)
def test_a_pattern_is_linear(use: Use) -> None:
    assert slow_text(use, CUTS.get(use.place.partition(":")[0], as_it_is)) is None


def as_it_is(text: str) -> str:
    return text


def slow_text(use: Use, cut: Callable[[Any], Any] = as_it_is) -> str | None:
    """Return a text that is slow to read, None when there is none.

    All texts are tried while they are short. Those that took longest, and all that took more than a line's share, are
    tried in full length.
    """
    long, short, ways = list(attacks(use.pattern, SIZE)), list(attacks(use.pattern, SIZE // 10)), use.ways()
    pairs = [(way, number) for way in range(len(ways)) for number in range(len(short))]
    try:
        with at_most(SECONDS_FOR_SHORT_TEXTS, "Trying short texts"):
            tried = sorted(((timed(ways[way], cut(short[number])), way, number) for way, number in pairs), reverse=True)
    except StepHung as error:
        return str(error)
    for _, way, number in [*tried[:3], *(each for each in tried[3:20] if each[0] > LINES_SHARE)]:
        if not grows_with_its_length(ways[way], cut(long[number])):
            return f"{long[number]!r:.200}"
    return None


def test_the_list_holds_what_meets_foreign_text() -> None:
    places = {use.place.partition(":")[0] for use in USES}
    assert {"action/contract/hints.py", "action/model/lenient_reply.py", "receiver/task/execution.py"} <= places
    assert len(USES) > 200


def test_a_pattern_with_a_name_that_nobody_explains_fails() -> None:
    with pytest.raises(LookupError, match="say in STAND_INS what"):
        uses({})


@pytest.mark.parametrize(
    "pattern",
    [r"(a|a)*b", r"\s+$", r"a.*b.*c", r"(?:\\.|(?!').)+'"],
)
def test_the_texts_find_what_is_slow(pattern: str) -> None:
    use = Use("here:1", re.compile(pattern, re.DOTALL), frozenset({"finditer", "match"}))
    assert slow_text(use)


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s+x", r"a{1,50}b", r"[^;]*;", r"(?:\\.|[^\\'])*+'"])
def test_the_texts_accuse_nothing_that_is_linear(pattern: str) -> None:
    use = Use("here:1", re.compile(pattern), frozenset({"match"}))
    assert slow_text(use) is None
