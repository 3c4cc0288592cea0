"""Texts that are made to be slow for one pattern: what it repeats, pumped, after what leads there, before what fails.

A regular expression is slow where two parts of it can read the same text, or where each place of a text begins a try
that goes on for long. Both need a repetition. So each repetition is pumped with every text that its body can read (one
for each alternative, and one sign for each class), after a shortest text that leads to it; and the beginnings of the
whole pattern are pumped as well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

parser: Any = getattr(re, "_parser")  # noqa: B009 - typeshed does not know it
constants: Any = getattr(re, "_constants")  # noqa: B009
SIGNS = [chr(code) for code in (32, 9, 10, 13, 97, 101, 65, 48, 95, 45, 46, 47, 92, 34, 39, 96, *range(33, 127), 0xE9)]
SUFFIXES = ("", "!x\n\0")
REPEATS = {constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT}
MANY = 30  # a repetition up to here counts as one that can be pumped
MOST_TEXTS = 6  # for one part
MOST_ATTACKS = 24  # for one pattern


@dataclass(frozen=True)
class Attack:
    """What leads to a repetition, what it can repeat, and what fails afterwards."""

    lead: str
    pump: str
    suffix: str

    def text(self, size: int, pattern: re.Pattern[Any]) -> Any:
        """Return a text of about `size` characters, of the kind (str or bytes) that the pattern reads."""
        text = (self.lead + self.pump * (size // len(self.pump)))[:size] + self.suffix
        return text if isinstance(pattern.pattern, str) else text.encode("latin-1", errors="replace")


def attacks(pattern: re.Pattern[Any]) -> list[Attack]:
    """Return what to try against a pattern."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    seen: set[tuple[str, str]] = set()
    for lead, pump in [*pumps(tree, ""), *beginnings(tree)]:
        seen.add((lead, pump))
        seen.add(("", lead + pump))
    chosen = islice(sorted(seen), MOST_ATTACKS)
    return [Attack(lead, pump, suffix) for lead, pump in chosen if pump for suffix in SUFFIXES]


def beginnings(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield each beginning of the pattern as a text to pump: every one of them may start a try."""
    for found in growing(tree):
        yield from (("", text) for text in few(found))


def pumps(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    """Yield what leads to each repetition, and what it can repeat."""
    before = lead
    for index, (kind, value) in enumerate(tree):
        if kind in REPEATS:
            _, high, body = value
            if high >= MANY:
                yield from ((before, text) for text in texts(body))
                after = tree[index + 1 :]
                yield from ((before, text) for text in texts(after[:1]) if text)
            yield from pumps(body, before)
        for inner in inside(kind, value):
            yield from pumps(inner, before)
        before += texts_of(kind, value)[0]


def inside(kind: Any, value: Any) -> list[Any]:
    """Return the patterns that a part is made of."""
    if kind == constants.SUBPATTERN:
        return [value[-1]]
    if kind == constants.BRANCH:
        return list(value[1])
    if kind == constants.ATOMIC_GROUP:
        return [value]
    return [value[1]] if kind in {constants.ASSERT, constants.ASSERT_NOT} else []


def texts(tree: Any) -> list[str]:
    """Return a few short texts that a sequence reads."""
    found = [""]
    for longer in growing(tree):
        found = longer
    return few(found)


def growing(tree: Any) -> Iterator[list[str]]:
    """Yield texts that the first part of a sequence reads, then the first two, and so on."""
    found = [""]
    for part in tree:
        found = [f"{text}{other}" for text, other in combined(found, texts_of(*part))]
        yield found


def few(found: list[str]) -> list[str]:
    return list(dict.fromkeys(found))[:MOST_TEXTS]


def combined(found: list[str], more: list[str]) -> list[tuple[str, str]]:
    """Return pairs in which each text of both lists occurs, without multiplying them."""
    longest = max(len(found), len(more))
    return [(found[i % len(found)], more[i % len(more)]) for i in range(longest)]


def texts_of(kind: Any, value: Any) -> list[str]:
    """Return a few short texts that one part reads."""
    if kind == constants.LITERAL:
        return [chr(value)]
    if kind in {constants.IN, constants.ANY, constants.NOT_LITERAL}:
        return list(signs_in(kind, tuple(value) if isinstance(value, list) else value))
    if kind in REPEATS:
        low, _, body = value
        return [text * max(low, 1) for text in texts(body)]
    if kind in {constants.ASSERT, constants.ASSERT_NOT, constants.AT}:
        return [""]
    if kind == constants.BRANCH:
        return [text for branch in value[1] for text in texts(branch)[:2]][: 2 * MOST_TEXTS] or [""]
    nested = inside(kind, value)
    return texts(nested[0]) if nested else ['"']  # a reference to a group: quotation marks, mostly


@cache
def signs_in(kind: Any, value: Any) -> tuple[str, ...]:
    """Return a few signs that a class holds."""
    return tuple(sign for sign in SIGNS if is_in(sign, kind, value))[:MOST_TEXTS] or ("\u2026",)


def is_in(sign: str, kind: Any, value: Any) -> bool:
    """Whether a class holds a sign."""
    if kind == constants.ANY:
        return sign != "\n"
    if kind == constants.NOT_LITERAL:
        return bool(ord(sign) != value)
    negated = bool(value) and value[0][0] == constants.NEGATE
    return bool(negated != any(member_holds(sign, *member) for member in value if member[0] != constants.NEGATE))


def member_holds(sign: str, kind: Any, value: Any) -> bool:
    """Whether a member of a class holds a sign."""
    if kind == constants.LITERAL:
        return bool(ord(sign) == value)
    if kind == constants.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    categories = {"SPACE": sign.isspace(), "WORD": sign.isalnum() or sign == "_", "DIGIT": sign.isdigit()}
    name = str(value).removeprefix("CATEGORY_")
    return not categories[name.removeprefix("NOT_")] if name.startswith("NOT_") else categories[name]
