"""One clause of what people write: what it is about itself, what only as a place, and what it says of behaviour."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from action.contract.things import MARK, NOUNS, Marked, Thing
from action.contract.verbs import (
    BASE,
    BEHAVIOUR,
    DOING,
    GERUND,
    KEEP,
    LOOKS,
    NOT,
)

How = Literal["gone", "changed", "added to", "touched", "looks", "instead"]
LONGEST_WORDS = 160
M = r"‹[fitm]\d+›"
ANY = r"‹[fitmn]\d+›"
THE = r"(?:the |a |an |old |id |ids |file |element |text |texts |column |error code |code |word |label |button )*"
LIST = rf"{THE}{M}(?:(?:,? and |,? or |, | )(?:{THE}{M}|‹n\d+›))*"
PLACE = re.compile(
    r"\b(?:in|on|of|inside|within|at|under|below|above|from|for|near|to|using|into|onto|out of|'s)\s+"
    r"(?:(?!and\b|or\b)[\w-]+\s+){0,4}$",
    re.IGNORECASE,
)
OF_FILE = re.compile(
    r"\b(?:head(?:er|ers|ing|ings|line)?|rows?|lines?|cells?|columns?|contents?|text|title|end|first|last|beginning"
    r"|sections?|typos?|prices?|values?|spelling|grammar|mistakes?|errors?|bugs?|words?|entr(?:y|ies)|fields?|keys?|top|bottom|code|version|wording"
    r"|names?|separators?|delimiters?|encoding|order|structure|numbers?|dates?)"
    r"(?:\s+[\w-]+)?\s+(?:of|in|from|at|within|inside)\s+(?:[\w-]+\s+){0,3}$"
    r"|\b(?:from|out of)\s+(?:(?:the|attached|file)\s+)*$",
    re.IGNORECASE,
)
ENUMERATION = re.compile(r"\s*(?:,? and |,? or |, |& )\s*(?:the\s+)?")
SPELLING = re.compile(r"\b(?:typos?|spelling|grammar|misspell\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One thing that the words change. `by` is the kind of verb, `words` the clause.

    `on_page` and `off_page` say where: only what is said of that page ends, or of all others. "instead" is for a format
    that takes the place of others; `about` are the clause's other words, which say which of them.
    """

    thing: Thing
    how: How
    by: str
    words: str
    on_page: str = ""
    off_page: str = ""
    is_order: bool = True
    about: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clause:
    """One clause of a sentence. `before` are the files and elements that were spoken of last: "it" may be one."""

    found: Marked
    text: str
    sentence: str
    before: Sequence[Thing]
    previous: str = ""

    def things(self, part: str) -> list[Thing]:
        """Return what a part names."""
        return self.found.things_in(part)

    def sides(self, part: str) -> tuple[list[Thing], list[Thing]]:
        """Return what a part is about itself, and what it only speaks of as the place or owner of that."""
        direct: list[Thing] = []
        owners: list[Thing] = []
        is_place, last = False, 0
        for mark in MARK.finditer(part):
            if mark[1] == "n":
                continue
            before, between = MARK.sub("‹›", part[: mark.start()]), part[last : mark.start()]
            if not ENUMERATION.fullmatch(between):  # in "in A and B", both are places
                is_place = bool(PLACE.search(before))
            last, thing = mark.end(), self.found.thing(mark)
            is_part = thing.kind != "file" or thing.is_page or direct or OF_FILE.search(before)
            if is_place and is_part:
                owners.append(thing)
            elif not is_place:
                direct.append(thing)
        return direct, owners

    def owned(self, owners: Iterable[Thing], *, has_direct: bool, group: str, words: str) -> Iterator[Change]:
        """Return what becomes of a file or an element of which only a part is changed."""
        for it in owners:
            if it.kind == "file" and not it.is_page:
                is_small = has_direct or SPELLING.search(words)
                yield Change(it, "touched" if is_small else "changed", group, "")
            elif it.kind in {"id", "file"} and not has_direct and not it.is_page:
                yield Change(it, self.weaker(it, words), group, "")

    def weaker(self, thing: Thing, words: str) -> How:
        """Return "looks" where only the looks of an element are spoken of, "touched" where only spelling is."""
        if thing.kind == "file":
            return "touched" if SPELLING.search(words) else "changed"
        return "looks" if LOOKS.search(words) else "changed"

    def nouns(self, part: str, how: How, by: str, on_page: str = "", off_page: str = "") -> Iterator[Change]:
        """Return the elements that are spoken of by what they are: "the footer text". The first such word counts."""
        names = [self.found.thing(mark) for mark in MARK.finditer(part) if mark[1] == "n"]
        if names and names[0].name in NOUNS:
            level: How = "looks" if LOOKS.search(part) and how == "changed" else how
            yield Change(names[0], level, by, "", on_page=on_page, off_page=off_page)

    def is_behaviour(self, place: int) -> bool:
        """Whether the words before a place say what the page does for its users, rather than what is to be done."""
        start = max(0, self.sentence.find(self.text))
        before = self.sentence[: start + place]
        return bool(BEHAVIOUR.search(MARK.sub("#", before)))

    def about(self) -> frozenset[str]:
        """Return the ordinary words of this sentence and the one before, and the names of the clause's files."""
        stems = [it.name.rpartition(".")[0] for it in self.things(self.text) if it.kind == "file"]
        return frozenset(
            re.findall(r"[a-z]{4,}", " ".join([MARK.sub(" ", f"{self.previous} {self.sentence}"), *stems]).lower())
        )

    def kept(self) -> set[Thing]:
        """Return what the clause says shall stay, or shall not be changed."""
        negated = any(
            NOT.search(self.text[: match.start()])
            for match in re.finditer(rf"\b(?:{BASE}|{GERUND})\b", self.text, re.I)
        )
        return set(self.found.things_in(self.text)) if negated or KEEP.search(self.text) else set()

    def until_next_order(self, start: int) -> str:
        """Return what follows a verb, up to the next one that gives an order."""
        rest = self.text[start:]
        following = DOING.search(rest)
        return rest[: following.start()] if following else rest
