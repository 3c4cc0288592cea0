"""Every pattern that meets foreign text takes a time that grows with the text's length only.

The list of patterns is made by walking the source (inventory.py), the texts by looking at each pattern (attacks.py). A
new pattern is in the list by itself. One that is slow is written anew, or its text is cut, and then CUTS says by whom.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from action import installation
from action.contract import (
    kinds_files,
    kinds_steps,
    rules_absence,
    rules_attributes,
    rules_elements,
    rules_files,
    rules_page,
    rules_runs,
    rules_steps,
    statements,
    tables,
)
from action.contract import rules as plain_english
from action.contract.alternatives import SIGNS
from action.contract.deeds import DEEDS
from action.contract.effects import EFFECTS
from action.contract.rules import LONGEST_SENTENCE
from action.contract.things import LONGEST_SENTENCE as LONGEST_CLAUSE
from action.gates import known_values, secret_rules, secret_scan
from action.gates.text import readable
from action.model import fences as placeholders
from tests.unit.linear.attacks import attacks
from tests.unit.linear.inventory import Use, modules_with_patterns, uses, uses_in
from tests.unit.linear.stopwatch import TookTooLong, at_most, grows_with_its_length, timed

SIZE = 20_000  # characters: the longest JavaScript of a check, and long enough to tell a square from a line
SHORT = SIZE // 20
SECONDS_FOR_SHORT_TEXTS = 1.0  # a tenth of them is used; the rest is for a machine that is busy
SUSPICIOUS = 0.2  # seconds that a text would take in full length if the time were a square of it
STAND_INS: dict[tuple[str, str], list[Any]] = {
    ("action/contract/alternatives.py", "patterns"): [[r"(?<![A-Za-z])usd(?![A-Za-z])", *SIGNS.values()]],
    ("action/contract/html.py", "name"): ["script", "title"],
    ("action/contract/rules.py", "pattern"): [pattern for pattern, _ in plain_english.VARIATIONS],
    ("action/contract/touched.py", "before"): [re.compile(r"(?<![\w#.-])May 5(?![\w-])", re.IGNORECASE)],
    ("action/contract/touched.py", "named"): [r"tagName\s*===?\s*[\"'`](?:table|thead)[\"'`]"],
    ("action/contract/touched.py", "plain"): [re.compile(r"\#total(?![\w-])|[\"'`=]total[\"'`\]]")],
    ("action/contract/touched.py", "selector"): [r"[\"'`\s>](?:table|thead)(?=[\s>.:\[\"'`])"],
    ("action/contract/touched.py", "word"): ["data"],
    ("action/contract/rules.py", "sentence"): [
        rule.sentence
        for module in (
            rules_files,
            rules_page,
            rules_runs,
            rules_attributes,
            rules_absence,
            rules_elements,
            rules_steps,
        )
        for rule in module.RULES
    ],
    ("action/contract/rules_files.py", "words"): list(rules_files.TOPICS.values()),
    ("action/contract/tables.py", "words"): list(tables.AGGREGATES),
    ("action/contract/deeds.py", "sentence"): [
        sentence for table in (DEEDS, EFFECTS, rules_steps.USUAL) for sentence, _ in table
    ],
    ("action/contract/kinds_steps.py", "pattern"): list(kinds_steps.PATTERNS.values()),
    ("action/browser/steps.py", "names"): ["plus", r"\*|×"],
    ("action/contract/kinds_runs.py", "quoted"): ["ruff", "node"],
    ("action/contract/statements.py", "sentence"): [
        *statements.PAIRS,
        *(sentence for sentence, _ in statements.ENDS),
        *(value for name, value in vars(statements).items() if name.isupper() and isinstance(value, str)),
    ],
    ("action/contract/things.py", "longest_first"): [["prices.csv", "data.csv"]],
    ("action/gates/known_values.py", "after"): [
        needle.pattern for needle in known_values.needles(["someone@mail.internal", "12345678", "password", "00" * 9])
    ],
    ("action/gates/secret_scan.py", "before"): [
        *(
            secret_scan.seeker(beginning, secret_scan.NO_BLOB % re.escape(beginning), rule.pattern)
            for rule in secret_rules.RULES.values()
            for beginning in rule.beginnings[:1]
        ),
        *(secret_scan.seeker(each, b"", found.pattern) for each, found in secret_scan.ASSIGNMENTS.items()),
    ],
    ("action/gates/secret_scan.py", "name"): list(secret_scan.ASSIGNMENTS.values()),
    ("action/gates/secret_scan.py", "rule"): list(secret_scan.PATTERNS.values()),
    ("action/installation.py", "each"): list(installation.EXPLANATIONS),
    ("action/model/fences.py", "pattern"): placeholders.PATTERNS,
    ("receiver/task/project.py", "ending"): ["c0ffee"],
    ("action/gates/private_values.py", "alone"): [r"(?<!\w)12345(?!\w)"],
    ("action/site/files.py", "shown"): ["owner.github.io/name"],
    ("action/site/files.py", "name"): list(kinds_files.SECTIONS),
    ("action/contract/kinds_files.py", "usual"): list(kinds_files.SECTIONS.values()),
    ("api/messages.py", "build"): [re.compile("record-0123456789abcdef0123-[0-9]+")],
}


def a_sentence(text: str) -> str:
    """As `Rule.read` cuts it."""
    return text[:LONGEST_SENTENCE]


def a_clause(text: str) -> str:
    """As `Marked.sentences` cuts it."""
    return text[:LONGEST_CLAUSE]


def a_line(text: str) -> str:
    """As `placeholder_line` cuts it."""
    return text[: placeholders.LONGEST_LINE]


# Patterns whose text was cut before, by a function that other tests hold to it.
CUTS: dict[str, Callable[[str], str]] = {
    "action/contract/changes.py": a_clause,
    "action/contract/clause.py": a_clause,
    "action/contract/from_brief.py": readable,
    "action/contract/rules.py": a_sentence,
    "action/contract/rules_attributes.py": a_sentence,
    "action/contract/rules_files.py": a_sentence,
    "action/contract/rules_page.py": a_sentence,
    "action/contract/deeds.py": a_sentence,
    "action/contract/rules_steps.py": a_sentence,
    "action/contract/statements.py": a_clause,
    "action/contract/things.py": readable,
    "action/model/fences.py": a_line,
    "action/generate/named_files.py": readable,
}


@pytest.mark.parametrize("module", modules_with_patterns())
def test_the_patterns_of_a_module_are_linear(module: str) -> None:
    cut = CUTS.get(module, as_it_is)
    assert {str(use): text for use in uses_in(module, STAND_INS) if (text := slow_text(use, cut))} == {}


def as_it_is(text: str) -> str:
    return text


def slow_text(
    use: Use,
    cut: Callable[[Any], Any] = as_it_is,
    seconds_for_short_texts: float = SECONDS_FOR_SHORT_TEXTS,
    full: int = SIZE,
) -> str | None:
    """Return a text that is slow to read, None when there is none.

    All texts are tried while they are short. The one that took longest is tried in full length, and others that would
    take long if the time grew with the square.
    """
    ways, short = use.ways(), [(each, cut(each.text(SHORT, use.pattern))) for each in attacks(use.pattern)]
    pairs = [(way, attack, text) for way in range(len(ways)) for attack, text in short]
    try:
        with at_most(seconds_for_short_texts):
            tried = [(timed(ways[way], text), way, attack) for way, attack, text in pairs]
    except TookTooLong:
        return "short texts took too long"
    slowest = sorted(tried, key=lambda each: each[0], reverse=True)
    for took, way, attack in slowest[:20]:
        text, long = (attack.text(size, use.pattern) for size in (SHORT, full))
        if took < slowest[0][0] and took * (len(cut(long)) / len(cut(text))) ** 2 < SUSPICIOUS:
            break
        if not grows_with_its_length(ways[way], cut(long)):
            return f"{long!r:.200}"
    return None


def test_the_list_holds_what_meets_foreign_text() -> None:
    found = uses(STAND_INS)
    places = {use.place.partition(":")[0] for use in found}
    assert {"action/contract/hints.py", "action/model/lenient_reply.py", "receiver/task/execution.py"} <= places
    assert len(found) > 200


def test_a_pattern_with_a_name_that_nobody_explains_fails() -> None:
    with pytest.raises(LookupError, match="say in STAND_INS what"):
        uses({})


@pytest.mark.parametrize(
    "pattern",
    [r"(a|a)*b", r"\s+$", r"a.*b.*c", r"(?:\\.|(?!').)+'"],
)
def test_the_texts_find_what_is_slow(pattern: str) -> None:
    use = Use("here:1", re.compile(pattern, re.DOTALL), frozenset({"finditer", "match"}))
    assert slow_text(use, seconds_for_short_texts=0.3, full=2 * SIZE)  # beyond the limit at once


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s+x", r"a{1,50}b", r"[^;]*;", r"(?:\\.|[^\\'])*+'"])
def test_the_texts_accuse_nothing_that_is_linear(pattern: str) -> None:
    use = Use("here:1", re.compile(pattern), frozenset({"match"}))
    assert slow_text(use) is None
