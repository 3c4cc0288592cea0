"""Every pattern that meets foreign text takes a time that grows with the text's length only.

The list of patterns is made by walking the source (inventory.py), the texts by looking at each pattern (attacks.py). A
new pattern is in the list by itself. One that is slow is written anew, or its text is cut, and then CUTS says by whom.
"""

from collections.abc import Callable
from typing import Any

import pytest

from action import site
from action.brief_text import readable
from action.contract import plain_english, rules_files, rules_page, rules_runs
from action.contract.rules import LONGEST_SENTENCE
from action.gates import secret_scan
from action.model import placeholders
from tests.unit.linear.attacks import attacks
from tests.unit.linear.inventory import Use, uses
from tests.unit.linear.stopwatch import grows_with_its_length, seconds

SIZE = 20_000  # characters: the longest JavaScript of a check, and long enough to tell a square from a line
STAND_INS: dict[tuple[str, str], list[Any]] = {
    ("action/contract/html_tokens.py", "name"): ["script", "title"],
    ("action/contract/plain_english.py", "pattern"): [pattern for pattern, _ in plain_english.VARIATIONS],
    ("action/contract/rules.py", "sentence"): [
        rule.sentence for module in (rules_files, rules_page, rules_runs) for rule in module.RULES
    ],
    ("action/contract/run_verdicts.py", "quoted"): ["ruff", "node"],
    ("action/gates/secret_scan.py", "pattern"): [pattern for _, pattern in secret_scan.PATTERNS.values()],
    ("action/loop/keeping.py", "value"): ["someone@example.org"],
    ("action/model/placeholders.py", "pattern"): placeholders.PATTERNS,
    ("action/naming.py", "ending"): ["c0ffee"],
    ("action/site.py", "name"): list(site.SECTIONS),
    ("action/site.py", "words"): list(site.SECTIONS.values()),
}


def a_sentence(text: str) -> str:
    """As `Rule.read` cuts it."""
    return text[:LONGEST_SENTENCE]


def a_line(text: str) -> str:
    """As `placeholder_line` cuts it."""
    return text[: placeholders.LONGEST_LINE]


# Patterns whose text was cut before, by a function that other tests hold to it.
CUTS: dict[str, Callable[[str], str]] = {
    "action/contract/from_brief.py": readable,
    "action/contract/rules.py": a_sentence,
    "action/contract/rules_files.py": a_sentence,
    "action/contract/rules_page.py": a_sentence,
    "action/model/placeholders.py": a_line,
    "action/named_files.py": readable,
}
USES = uses(STAND_INS)


@pytest.mark.parametrize("use", USES, ids=str)
def test_a_pattern_is_linear(use: Use) -> None:
    cut = CUTS.get(use.place.partition(":")[0], lambda text: text)
    for read, text in worst(use):
        assert grows_with_its_length(read, cut(text)), f"{use} is slow: {text[:200]!r} ..."


def worst(use: Use) -> list[tuple[Callable[[Any], object], Any]]:
    """Return the texts that take longest when they are short, and all that take longer than a line's share."""
    long, short = list(attacks(use.pattern, SIZE)), list(attacks(use.pattern, SIZE // 10))
    pairs = [(way, number) for way in range(len(use.ways())) for number in range(len(short))]
    tried = sorted(((seconds(use.ways()[way], short[number]), way, number) for way, number in pairs), reverse=True)
    chosen = [*tried[:6], *(each for each in tried[6:40] if each[0] > 0.001)]
    return [(use.ways()[way], long[number]) for _, way, number in chosen]


def test_the_list_holds_what_meets_foreign_text() -> None:
    places = {use.place.partition(":")[0] for use in USES}
    assert {"action/contract/traps.py", "action/model/loose_reply.py", "receiver/task/execution.py"} <= places
    assert len(USES) > 200


def test_a_pattern_with_a_name_that_nobody_explains_fails() -> None:
    with pytest.raises(LookupError, match="say in STAND_INS what"):
        uses({})


@pytest.mark.parametrize(
    "pattern",
    [r"(a|a)*b", r"\s+$", r"a.*b.*c", r"(?:\\.|(?!').)+'", r"<!--.*?-->", r"^(\w+\s?)*$", r"“[^”]+”", r" *x"],
)
def test_the_texts_find_what_is_slow(pattern: str) -> None:
    import re

    use = Use("here:1", re.compile(pattern, re.DOTALL), frozenset({"finditer", "match"}))
    assert not all(grows_with_its_length(read, text) for read, text in worst(use))


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s+x", r"a{1,50}b", r"[^;]*;", r"(?:\\.|[^\\'])*+'"])
def test_the_texts_accuse_nothing_that_is_linear(pattern: str) -> None:
    import re

    use = Use("here:1", re.compile(pattern), frozenset({"match"}))
    assert all(grows_with_its_length(read, text) for read, text in worst(use))
