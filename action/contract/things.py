"""The things that a text names (files, elements, quoted texts, formats), put aside so that its grammar can be read.

`Rename "#sum" to #grand-total` becomes `Rename <i0> to <i1>` (in pointed marks that no text has): what stands in a name
or in quotation marks is no verb.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from action.contract.alternatives import NAME_OF, NAMES
from action.contract.patterns import ADDRESS, COLOUR, EXTENSIONS, FILES, IDENTIFIER, is_library
from action.contract.verdict import HTML
from action.gates.text import readable

ThingKind = Literal["file", "id", "text", "format", "noun"]
LETTERS: dict[str, ThingKind] = {"f": "file", "i": "id", "t": "text", "m": "format", "n": "noun"}
MARK = re.compile(r"‹([fitmn])(\d+)›")
M = r"‹[fitm]\d+›"
LONGEST_SENTENCE = 600  # characters; nobody writes longer ones, and patterns are slow on what nobody wrote
MOST_SENTENCES = 400
MOST_TEXTS = 200
COPULA = re.compile(r" (?:is|are|must|should|becomes?|was|were|has|no longer)\b")
SENTENCE = re.compile(r"(?<=[.!?;])[\"”'’)]*\s+|\n+|\s[–—]\s|\s-\s|[()]")
IN_BRACKETS = re.compile(rf"\(\s*({M})\s*\)")
LINE_BREAK = re.compile(r"(?<!\n)\n(?![\n*-]|#+\s)")  # inside a paragraph
SPACES = re.compile(r"[ \t]+")
# Words for what a page has mostly one of, and the tags that they mean.
NOUNS: dict[str, tuple[str, ...]] = {
    **{each: (each,) for each in ("title", "footer", "header", "table", "form", "button", "video")},
    "heading": ("h1", "h2", "h3"),
    "headline": ("h1",),
    "navigation": ("nav",),
    "menu": ("nav",),
    "list": ("ul", "ol"),
    "chart": ("canvas",),
    "dropdown": ("select",),
    "picture": ("img", "picture"),
    "image": ("img", "picture"),
    "paragraph": ("p",),
}
QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|“([^”\n]{1,300})”|`([^`\n]{1,300})`|(?<!\w)['‘]([^'’\n]{1,300})['’](?!\w)")
ID_ATTRIBUTE = re.compile(r"\bid\s*[=:]\s*[\"'“`]?#?([A-Za-z][\w:-]*)[\"'”`]?")
BARE_ID = re.compile(
    r"\b[Ii][Dd] (?!(?:of|is|to|and|for|in|on|from|must|should|that|with|as|at|so|was|stays|remains|becomes?|changes?"
    r"|now)\b)"
    r"(?P<name>[A-Za-z][\w-]*)"
)
ID_BEFORE = re.compile(r"\bids? (?:of )?$", re.IGNORECASE)
LONGEST_ID_BEFORE = 9  # characters
PLAIN_ID = re.compile(r"[A-Za-z][\w-]*")
CLASS = re.compile(r"(?<![\w/.)\]])\.([a-z][\w-]+)(?![\w(])")
SELECTOR = re.compile(r"[#.][A-Za-z][\w-]*")
FORMAT = re.compile(
    rf"\b(?<![.\w-])({'|'.join(map(re.escape, sorted(NAME_OF, key=len, reverse=True)))})\b(?!\.\w|-)", re.IGNORECASE
)
README = re.compile(r"\breadme\b(?!\.)", re.IGNORECASE)
NOUN = re.compile(rf"\b({'|'.join(NOUNS)})\b", re.IGNORECASE)
# Words for values of a page that are meant wherever they stand.
VALUES = {
    "temperatures": r"temperatures?|degrees",
    "dates": r"(?<!to )(?<!to-)dates?(?: formats?)?",
    "numbers": r"amounts|numbers|prices|money|totals|sums|values|figures|thousands? separators?|decimals?(?: places)?"
    r"|(?:number|currency) formats?",
}
VALUE_WORDS = re.compile(
    rf"\b(?:(?P<dates>{VALUES['dates']})|(?P<numbers>{VALUES['numbers']})"
    rf"|(?P<temperatures>{VALUES['temperatures']}))\b(?! ‹n)",
    re.IGNORECASE,
)
THEME = re.compile(r"\b(dark|light) (?:one|version|theme|mode|design|colou?r scheme)\b", re.IGNORECASE)
THE_ONE = (
    r"\b(?:the|our|its|this|that) (?P<name>{})(?=\s+(?:is|are|should|must|shall|will|can|may|has|now|goes|becomes?"
    r"|no longer|any ?more|and|or|to|in|on|at|as|with|from|by|below|above|beside|under|away|out|instead|too)\b"
    r"|\s*[.,;:!?)]|\s*$)"
)
ONLY_AN_ID = r"(?<![\w#./-])(?P<name>{})(?![\w(-])"
SNAKE_CASE = re.compile(r"(?<![\w#./-])[A-Za-z]+(?:_[A-Za-z0-9]+)+(?![\w.(-])")
NO_NAMES = (
    "first|last|second|third|new|old|whole|same|other|left|right|next|previous|extra|each|every|this|that|these|those"
    "|top|bottom|main|a|an|the|of|is|are|to|and|for|in|on|from|must|should|that|with|as|at|by|it|its|one|two|three|all"
    "|now|also|called|named|titled|labelled|so|because|when|where|or|was|be|no|not|instead|entire|empty|existing"
    "|should|must|will|shall|can|may|goes|browser|names?|headers?|has|have|shows?|stays?|remains?|becomes?|additional|more|another|only|single|long|short|sticky"
)
PARTS = "column|field|key|property|section|attribute|parameter|class|label|word|option|sheet|tab|heading|header"
NAMED_PART = re.compile(
    rf"\b(?:{PARTS}) (?!(?:{NO_NAMES})\b)(?P<name>[A-Za-z_][\w-]*)"
    r"(?=\s+(?:to|as|into|of|is|becomes|now|with|by|out|from|in|and|must|should|goes)\b|[,.;:]|\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
PART_NAMED = re.compile(rf"\b[Tt]he (?!(?:{NO_NAMES})\b)(?P<name>[A-Za-z_][\w-]*) (?=(?:{PARTS})\b)")
TYPO = re.compile(
    rf"\b(?:typo|misspelling|misspelt|misspelled|word) "
    rf"(?!(?:{NO_NAMES}|error|mistake|fixed|corrected|removed|repaired|counts?)\b)(?P<name>[A-Za-z]+)\b"
)


@dataclass(frozen=True)
class Thing:
    """Something that a text names: a file, a selector, a text, a format, or a word for an element."""

    kind: ThingKind
    name: str

    @property
    def is_page(self) -> bool:
        """Whether it is a page of the site."""
        return self.kind == "file" and self.name.lower().endswith(HTML)


@dataclass
class Marked:
    """A text with marks, what they stand for, and how that was written."""

    text: str
    things: list[Thing] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def thing(self, mark: re.Match[str]) -> Thing:
        """Return what a mark stands for."""
        return self.things[int(mark[2])]

    def things_in(self, part: str) -> list[Thing]:
        """Return the things whose marks stand in a part of the text, words for elements left out."""
        return [self.thing(mark) for mark in MARK.finditer(part) if mark[1] != "n"]

    def sentences(self) -> list[str]:
        """Return the sentences, each cut to a length that people write."""
        found = SENTENCE.split(IN_BRACKETS.sub(r"\1", self.text))
        return [sentence[:LONGEST_SENTENCE] for sentence in found[:MOST_SENTENCES]]

    def words(self, part: str) -> str:
        """Return a part of the text as it was written."""
        while MARK.search(part):
            part = MARK.sub(lambda mark: self.written[int(mark[2])], part)
        return " ".join(part.split()).strip(" ,;:")

    def put(self, pattern: re.Pattern[str], thing_of: Callable[[re.Match[str]], tuple[str, str] | None]) -> None:
        """Replace what a pattern finds by marks; `thing_of` returns letter and name, or None to leave it.

        Of a pattern with a group `name`, only that group is replaced.
        """

        def mark(match: re.Match[str]) -> str:
            found = thing_of(match)
            if found is None:
                return match[0]
            letter, name = found
            self.things.append(Thing(LETTERS[letter], name))
            first, last = match.span("name") if "name" in pattern.groupindex else match.span()
            before, after = match[0][: first - match.start()], match[0][last - match.start() :]
            self.written.append(match.string[first:last])
            return f"{before}‹{letter}{len(self.things) - 1}›{after}"

        self.text = pattern.sub(mark, self.text)


def marked(
    text: str, known: Iterable[str] = (), texts: Iterable[str] = (), spoken: Mapping[str, str] = MappingProxyType({})
) -> Marked:
    """Put the things of a text aside. `known` are names of files that no pattern may see, `texts` those of a page.

    `spoken` has ids by how people speak of them: "the reset button". At the beginning of a sentence, where all words
    have a capital, one word alone is no text.
    """
    names = {name.casefold(): name for name in known}
    one_line = SPACES.sub(" ", LINE_BREAK.sub(" ", readable(text)))
    found = Marked(ADDRESS.sub("an address", one_line.replace("‹", "<").replace("›", ">")))
    found.put(ID_ATTRIBUTE, lambda match: ("i", f"#{match[1]}"))
    found.put(QUOTED, lambda match: quoted(match, names))
    if names:
        longest_first = sorted(names.values(), key=len, reverse=True)
        pattern = re.compile(rf"(?<![\w/.-])({'|'.join(map(re.escape, longest_first))})(?![\w/-]|\.\w)", re.IGNORECASE)
        found.put(pattern, lambda match: ("f", names[match[1].casefold()]))
    found.put(FILES, lambda match: None if is_library(match[1]) else ("f", match[1].rstrip(".")))
    found.put(IDENTIFIER, lambda match: None if COLOUR.match(match["id"]) else ("i", f"#{match['id']}"))
    found.put(CLASS, lambda match: ("i", f".{match[1]}"))
    found.put(BARE_ID, lambda match: ("i", f"#{match['name']}"))
    found.put(README, lambda match: ("f", "README.md"))
    if longest_first := sorted(unmistakable(spoken), key=len, reverse=True)[:MOST_TEXTS]:
        pattern = re.compile(ONLY_AN_ID.format("|".join(map(re.escape, longest_first))), re.IGNORECASE)
        found.put(pattern, lambda match: ("i", spoken[match["name"].lower()]))
    if longest_first := sorted(spoken.keys() - unmistakable(spoken), key=len, reverse=True)[:MOST_TEXTS]:
        pattern = re.compile(THE_ONE.format("|".join(map(re.escape, longest_first))), re.IGNORECASE)
        found.put(pattern, lambda match: ("i", spoken[match["name"].lower()]))
    if longest_first := sorted(texts, key=len, reverse=True)[:MOST_TEXTS]:
        pattern = re.compile(rf"(?<![\w‹.-])({'|'.join(map(re.escape, longest_first))})(?![\w›-])")
        found.put(pattern, lambda match: None if is_first_word(match) else ("t", match[1]))
    for pattern in (TYPO, NAMED_PART, PART_NAMED):
        found.put(pattern, lambda match: ("t", match["name"]))
    found.put(SNAKE_CASE, lambda match: ("t", match[0]))
    found.put(THEME, lambda match: ("m", f"{match[1].lower()} theme"))
    found.put(FORMAT, named_alternative)
    found.put(NOUN, lambda match: ("n", match[1].lower()))
    found.put(VALUE_WORDS, lambda match: ("n", match.lastgroup or ""))
    return found


def unmistakable(spoken: Mapping[str, str]) -> set[str]:
    """Return the ids that no word looks like: `region-filter`."""
    return {name for name in spoken if re.search(r"\w[-_]\w", name) and " " not in name}


def is_first_word(match: re.Match[str]) -> bool:
    """Whether a match is one word that begins a sentence and is not what that sentence is about."""
    before, after = match.string[: match.start()].rstrip(" -*"), match.string[match.end() :]
    return " " not in match[1] and (not before or before[-1] in ".!?:;\n") and not COPULA.match(after)


def named_alternative(match: re.Match[str]) -> tuple[str, str] | None:
    """Say what a format, a unit or a library is called here. "marked" is a word, "Marked" may be one of them."""
    word = match[1].lower()
    return None if word in NAMES and match[1] == word else ("m", NAME_OF[word])


def quoted(match: re.Match[str], names: dict[str, str]) -> tuple[str, str]:
    """Say what a quoted text is: a file, a selector, an id, or words."""
    inner = next(filter(None, match.groups()))
    if inner.casefold() in names:
        return "f", names[inner.casefold()]
    if FILES.fullmatch(inner) and not is_library(inner):
        return "f", inner
    if SELECTOR.fullmatch(inner) and inner.removeprefix(".").lower() not in EXTENSIONS.split("|"):
        return "i", inner
    if ID_BEFORE.search(match.string[: match.start()][-LONGEST_ID_BEFORE:]) and PLAIN_ID.fullmatch(inner):
        return "i", f"#{inner}"
    return "t", inner
