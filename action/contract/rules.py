"""Rules that read a whole check in English and return what it means as assertions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from action.contract.assertion import Assertion
from action.contract.plain_english import PlainCheck, plain
from action.contract.wording import HEADINGS, NAME, TAGS

PIECES = {
    "FILE": rf"(?P<file>{NAME}|LICENSE|Makefile|Dockerfile)",
    "SOURCE": rf"(?P<source>{NAME})",
    "TEXT": r"«(?P<text>\d+)»",
    "ID": r"(?P<selector>#[A-Za-z][\w-]*|\.[A-Za-z][\w-]*)",
    "TAG": rf"<?(?P<tag>{'|'.join((TAGS + ' ' + HEADINGS).split())})>?",
    "TYPE": r"(?P<type>string|text|number|numeric|integer|boolean|array|list|object|null)",
    "FORMAT": r"(?P<format>SVG|JSON|YAML|YML|CSV|XML)",
    "WORDS": r"(?P<range>(?:between |exactly |at least |at most |no more than |no fewer than )?[\d,]+[^.]*?words?)",
    "NUMBERS": r"(?P<range>(?:between |exactly |at least |at most )?[\d,]+(?: ?(?:-|–|to|and) ?[\d,]+)?)",
    "LIST": r"(?P<list>.+?)",
    "AT": r"(?:«(?P<quoted>\d+)»|(?P<at>[A-Za-z_][\w.\[\]*]*))",
    "ADDRESS": r"(?P<address>https?://\S+)",
}
LONGEST_SENTENCE = 500  # characters, without what is in quotation marks; rules read no more
PIECE = re.compile(r"\b(?:" + "|".join(PIECES) + r")\b")


@dataclass(frozen=True)
class Names:
    """The names that a rule may need: files that the task names, and attachments."""

    files: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A check that a rule reads: its pieces by name, and the names of the task."""

    check: PlainCheck
    pieces: dict[str, str | None]
    names: Names

    def piece(self, name: str) -> str:
        """Return a piece, "" when the rule has none of that name."""
        return self.pieces.get(name) or ""

    def text(self, name: str = "text") -> str:
        """Return a quoted text."""
        return self.check.literal(self.pieces.get(name))

    @property
    def file(self) -> str:
        """The file that the check is about."""
        return self.piece("file")


Build = Callable[[Reading], "list[Assertion] | None"]


@dataclass(frozen=True)
class Rule:
    """`sentence` is a pattern in which capital words stand for pieces (FILE, TEXT, LIST ...)."""

    sentence: str
    build: Build

    def read(self, check: PlainCheck, names: Names) -> "list[Assertion]":
        """Return what the check means, nothing when this rule does not read all of it."""
        match = pattern_of(self.sentence).fullmatch(check.text) if len(check.text) <= LONGEST_SENTENCE else None
        return (self.build(Reading(check, match.groupdict(), names)) or []) if match else []


@cache
def pattern_of(sentence: str) -> re.Pattern[str]:
    """Put the pieces into a rule's sentence."""
    return re.compile(PIECE.sub(lambda match: PIECES[match[0]], sentence), re.IGNORECASE)


def read_check(sentence: str, names: Names) -> list[Assertion]:
    """Return what a check means; nothing when no rule reads all of it."""
    from action.contract import rules_files, rules_page, rules_runs

    check = plain(sentence)
    readings = (rule.read(check, names) for rule in (*rules_runs.RULES, *rules_files.RULES, *rules_page.RULES))
    return next((found for found in readings if found), [])
