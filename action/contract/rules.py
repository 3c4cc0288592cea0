"""Rules that read a whole check in English and return what it means as assertions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from action.contract.assertion import Assertion
from action.contract.patterns import BARE_NAMES, BOUND, HEADINGS, NAME, TAGS, bounds, files_in
from action.contract.rephrase import rephrased

QUOTED = re.compile(r"\"([^\"]{1,1000})\"|“([^”]{1,1000})”|`([^`]{1,1000})`|(?<!\w)'([^']{1,1000})'(?!\w)")
BARE = re.compile(rf"(?:{NAME}|[#.][A-Za-z][\w-]*|<?/?[a-z][a-z0-9]*>|LICENSE|README)", re.IGNORECASE)
FILE = re.compile(rf"(?<![\w/.#-])(?!index\.html){NAME}(?![\w-]|\.\w|/)", re.IGNORECASE)
HIDDEN = "\ue000"
WORD_BEGINS = r"(?<![\w#./-])"  # the first \b of each pattern: "#a" and "list.json" hold no words
# What stands before an entry of a list, and what it is worth.
MARK = r"(?:[-*•–—✓✔☐☑]|\[[ xX]?\]|\(?(?:\d{1,3}|[a-z])[.)]|\d{1,2}(?:\.\d{1,2}){1,2}\.?)"
POINTS = r"[(\[]\d{1,3}(?:\.\d)? ?(?:%|points?|pts?|marks?)[)\]]"
VARIATIONS = [
    (re.compile(pattern.replace(r"\b", WORD_BEGINS, 1), re.IGNORECASE), replacement)
    for pattern, replacement in [
        (rf"^(?:{MARK}\s+){{1,3}}", ""),
        (rf"^{POINTS}\s*|\s*{POINTS}$", ""),
        (r"\*\*([^*]{1,300})\*\*", r"\1"),
        (r"^(?:please )?(?:check|verify|ensure|make sure|confirm)(?: that)? ", ""),
        (r"\b(?:the|an?)\b ", ""),
        (r"\bdocument\.title\b", "title"),
        (r"\b(?:must|should|shall|needs? to|has to|have to|will) not (?:have|contain|include) ", "lacks "),
        (
            r"\b(?:(?:does not|doesn't|do not|must not|should not) exist|no longer exists?|(?:is|has|are) gone"
            r"|(?:is|are|has been|have been|was|were) removed|is no longer (?:there|(?:on|in|part of) page))\b",
            "is absent",
        ),
        (r"^nothing (?:on|in) page has (?=(?:id|class) )", "there is no element with "),
        (r"\btitle of page\b", "page title"),
        (r"(?<=rows) in (?:its|table's) body$", ""),
        (r"^(?:opening|loading|visiting) page (?=shows?|contains?|displays?)", "page "),
        (r"\b(?:must|should|shall|may|will) not be\b", "is not"),
        (r"\b(?:must|should|shall|needs? to|has to|have to|will) be\b", "is"),
        (r"\b(?:must|should|shall|needs? to|has to|have to|will) (?!not\b|never\b)(\w+?)s?\b", r"\1s"),
        (r"\b(?:are|was)\b", "is"),
        (r"\bthere's\b", "there is"),
        (r"\b(?:has no|does not (?:have|contain|include)|contains no)(?! (?:more|fewer|less)\b) ", "lacks "),
        (r"\b(?:has|have|haves|contain|includes?|lists|provides?|mentions?|holds?)\b", "contains"),
        (r"\b(?:displays?|renders?|show)\b", "shows"),
        (r"\b(?:equals|reads|matches exactly|==|===|is exactly|is equal to)(?: |$|(?=:))", "is "),
        (r"\b(?:exist|exists|is present|is there|is committed|is available)\b", "exists"),
        (r"\bexists and (?:is )?(?:not empty|non-empty)$", "exists"),
        (r"\b(?:text(?: ?content)?|inner ?text) of (?=#[A-Za-z])", ""),
        (r"(?<=[\w-])(?:'s)? (?:text ?content|inner ?text)(?= (?:is|contains|shows) )", ""),
        (r"^(?:text|content|label) (?:in|inside) (?=#[\w-]+ (?:is|contains|shows) )", ""),
        (r"\b(h[1-6]) headings?\b", r"\1"),
        (r"\b(?:repository|project)\b", "repo"),
        (r"\blicence", "license"),
        (r"\b(?:web ?page|web ?site|site|app|live page|github page|pages url)\b", "page"),
        (r"\bindex\.html (?=shows|links|loads)", "page "),
        (
            r"\b(?:(?:page )?source(?: code)?|(?:javascript )?code|javascript|js|html)\b(?= (?:contains|uses|calls))",
            "source",
        ),
        (r"\bREADME\b(?!\.)", "README.md"),
        (r"\bfield|\bpropert(?:y|ies)\b", "key"),
        (r"\b(?:in|at) (?:repo root|root(?: of repo| directory)?|repo)$", ""),
    ]
]


@dataclass(frozen=True)
class PlainCheck:
    """`text` refers to `quoted` as «0», «1»; `original` is what was written."""

    text: str
    quoted: tuple[str, ...]
    original: str

    def in_full(self, part: str) -> str:
        """Return a part of the text with what stood in quotation marks."""
        return re.sub(r"«(\d+)»", lambda match: self.quoted[int(match[1])], part)


def plain(sentence: str) -> PlainCheck:
    """Take the variations out of a sentence. Texts in quotation marks stay as they are."""
    quoted: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        inner = next(text for text in match.groups() if text is not None)
        if BARE.fullmatch(inner):
            return BARE_NAMES.get(inner.lower(), inner)
        quoted.append(inner)
        return f"«{len(quoted) - 1}»"

    text = QUOTED.sub(put_aside, " ".join(sentence.split()))
    names = iter(FILE.findall(text))  # out of reach of the variations: the "app" in "app.js" is no word
    text = FILE.sub(HIDDEN, text)
    for pattern, replacement in VARIATIONS:
        text = pattern.sub(replacement, text)
    text = re.sub(HIDDEN, lambda _: next(names, ""), text)
    return PlainCheck(" ".join(text.split()).rstrip(".;! "), tuple(quoted), sentence)


NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NUMBER = rf"\d{{1,6}}|{'|'.join(NUMBERS)}"
PIECES = {
    "FILE": rf"(?P<file>{NAME}|LICENSE|Makefile|Dockerfile)",
    "SOURCE": rf"(?P<source>{NAME})",
    "TEXT": r"«(?P<text>\d+)»",
    "PART": r"«(?P<part>\d+)»",
    "ID": r"(?P<selector>#[A-Za-z][\w-]*|\.[A-Za-z][\w-]*)",
    "TAG": rf"<?(?P<tag>{'|'.join((TAGS + ' ' + HEADINGS).split())})>?",
    "TYPE": r"(?P<type>string|text|number|numeric|integer|boolean|array|list|object|null)",
    "FORMAT": r"(?P<format>SVG|JSON|YAML|YML|CSV|XML)",
    "WORDS": rf"(?P<range>(?:(?:between|{BOUND}) ?)?[\d,]+\+?[^.]*?words?(?: {BOUND})?)",
    "NUMBERS": r"(?P<range>(?:between |exactly |at least |at most )?[\d,]+(?: ?(?:-|–|to|and) ?[\d,]+)?)",
    "LIST": r"(?P<list>.+?)",
    "AT": r"(?:«(?P<quoted>\d+)»|(?P<at>[A-Za-z_][\w.\[\]*]*))",
    "ADDRESS": r"(?P<address>https?://\S+)",
    "ELEMENT": r"(?P<element>[^«»]*?(?:«\d+»[^«»]*?)?)",
    "COUNT": rf"(?:(?P<bound>{BOUND}) ?|between (?P<least>{NUMBER}) and |(?P<low>\d{{1,6}}) ?(?:-|–|to) ?)?"
    rf"(?P<count>{NUMBER})(?P<after>\+| {BOUND})?",
}
LONGEST_SENTENCE = 300  # characters, without what is in quotation marks; rules read no more
PIECE = re.compile(r"\b(?:" + "|".join(PIECES) + r")\b")


def number_of(words: str) -> int:
    """Return what a number in words or digits is."""
    return int(words) if words.isdecimal() else NUMBERS.index(words.lower()) + 1


@dataclass(frozen=True)
class Names:
    """What a rule may need of the task: the files that it names, its attachments, and its words."""

    files: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    brief: str = ""


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
        mark = self.pieces.get(name)
        return self.check.quoted[int(mark)] if mark else ""

    def with_quoted(self, name: str) -> str:
        """Return a piece with what stood in quotation marks."""
        return self.check.in_full(self.piece(name))

    def count(self) -> tuple[int | None, int | None]:
        """Return least and most of a COUNT, both included."""
        amount = number_of(self.piece("count"))
        if least := self.piece("least") or self.piece("low"):
            return number_of(least), amount
        return bounds(self.piece("bound") or self.piece("after"), amount)

    @property
    def file(self) -> str:
        """The file that the check is about."""
        return self.piece("file")

    @property
    def workflow(self) -> str | None:
        """The workflow file that the check names."""
        return next((name for name in files_in(self.check.original) if name.startswith(".github/workflows/")), None)


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
    """Return what a check means, as it is written or in other words; nothing when no rule reads all of it."""
    found = read_as_written(sentence, names)
    if found and not any(getattr(each, "is_filled", False) for each in found):  # that says the least of all
        return found
    statements = [read_as_written(statement, names) for statement in rephrased(sentence)]
    return [each for part in statements for each in part] if statements and all(statements) else found


def read_as_written(sentence: str, names: Names) -> list[Assertion]:
    """Return what the first rule that reads all of a sentence makes of it."""
    from action.contract import (
        rules_absence,
        rules_attributes,
        rules_elements,
        rules_files,
        rules_page,
        rules_runs,
        rules_steps,
    )

    check = plain(sentence)
    page = (*rules_page.RULES, *rules_attributes.RULES, *rules_absence.RULES, *rules_elements.RULES)
    rules = (*rules_steps.RULES, *rules_runs.RULES, *rules_files.RULES, *page)
    readings = (rule.read(check, names) for rule in rules)
    return next((found for found in readings if found), [])
