"""What a brief names and a candidate should therefore have: files, ids, titles, keys. Guides, never gates."""

import re
from collections.abc import Iterator

from action.contract.assertion import (
    Assertion,
    Element,
    FileAbsent,
    FileExists,
    JsonAt,
    PageServesFile,
    PageTitle,
    SourceText,
    WordCount,
)
from action.contract.deeds import KEPT
from action.contract.kinds_steps import Expect, Steps
from action.contract.patterns import FILES, NAME, QUOTED, RANGE, TAGS, file_name, files_in, group, ids_in, words_range
from action.contract.rules_elements import LATER
from action.contract.rules_steps import read_told
from action.gates.workflow_policy import wants_workflow

SENTENCE_END = re.compile(r"(?<=[.;!?])\s+(?=[A-Z`\"#*-])|\n+")
TITLE = re.compile(
    rf"\btitled?\b(?:\s+(?:to|is|of|as|be|the page|should be|must be)|\s*[:=])?\s*{QUOTED.format('text')}", re.I
)
STORAGE = re.compile(
    rf"localStorage\b[^.\n]{{0,60}}?\b(?:under|key|as|named)\s+(?:the key\s+)?{QUOTED.format('text')}", re.I
)
KEYS = re.compile(
    r"(?P<file>[\w./-]+\.json)\b[^.\n]{0,40}?\b(?:with|containing|having|has)\s+(?:the\s+)?"
    r"(?:keys|fields|properties)\s*"
    r":?\s*(?P<list>(?:[`'\"]?[A-Za-z_]\w*[`'\"]?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)",
    re.I,
)
TAG_BEFORE = re.compile(
    rf"\b(?P<tag>{'|'.join(TAGS.split())})\s+(?:with\s+)?(?:id\s*=\s*[\"'“`]?|#)(?P<id>[A-Za-z][\w-]*)", re.I
)
LINE_BREAK = re.compile(r"(?<!\n)\n(?![\n*#-])")  # inside a paragraph
NOT_COMMITTED = re.compile(
    rf"(?:\b(?:not|never|without)|n't)\s+(?:to\s+)?commit(?:ting)?\s+(?:the\s+|a\s+|file\s+)*[`'\"]?(?P<file>{NAME})\b"
    rf"|(?P<file2>{NAME})[`'\"]?\s+(?:itself\s+)?(?:(?:must|should|shall|is|are|may|will)\s+)?"
    r"(?:not|never)\s+(?:be\s+)?committed\b",
    re.I,
)
FORBIDDEN = re.compile(
    rf"\b(?:no file|without (?:a |the )?file|lacks)\s+(?:named |called )?[`'\"]?(?P<file>{NAME})\b", re.I
)
EXAMPLE = re.compile(r"(?:for example|for instance|e\.g\.|such as|similar to|say)[\s,:(]*[`'\"“]?$", re.I)
DOWNLOAD = re.compile(
    r"\bdownload(?:s|ed|able|ing)?\b|\b(?:button|link|offers?|lets|users?|click\w*)\b[^.]{0,60}\b(?:exports?|saves?)\b",
    re.I,
)
COMMIT = re.compile(r"\b(?:commit\w*|repository|repo|publish\w*|root|write|create|include|provide|attached?)\b", re.I)
NOT_OFFERED = re.compile(r"\b(?:from|in|on|of|reads?|loads?|page)\s+[`'\"“]?$", re.I)
QUOTES = re.compile(r"\"[^\"]{0,1000}\"|“[^”]{0,1000}”|`[^`]{0,1000}`")
STILL_THERE = re.compile(r"\s*(?:it|its|there|this page|that page|on it|in it|on that page|on this page)\b", re.I)
CODE = re.compile(r"\b(?:errors?|codes?|invalid|bad|broken)\b", re.I)
HASH_BEFORE = re.compile(
    r"\b(?:hash(?:es)?|fragments?|routes?|(?:address|url)s? (?:\w+ )?(?:is|becomes?|ends?|with|has|changes))\b"
    r"[^#]{0,20}(?:#[\w-]+[`'\"]?(?:,? (?:and|or) |, )[`'\"]?){0,3}[`'\"]?$",
    re.I,
)
HASH_AFTER = re.compile(r"[`'\"]?(?:\s+\w+){0,2}\s+(?:in|to) (?:the )?(?:address|url|hash)\b", re.I)
APPEARS = re.compile(r"[`'\"]?\s+(?:appears|pops up|shows up|is (?:added|created|inserted))\b", re.I)
FAR_ENOUGH = 60  # characters before a name in which UNTIL_USED looks
MOST_STEPS = 4  # sentences of a brief that are tried
HERE = re.compile(r"^(?:on|in) (?:the page )?[`'\"]?index\.html[`'\"]?,? ", re.I)
FAULT = re.compile(r"\b(?:bugs?|broken|fix(?:e[sd])?|wrong(?:ly)?|currently|at the moment|no longer|fails?)\b", re.I)
FREE_TEXT = re.compile(r"\b(?:item|task|todo|to-do|note|entry|comment|message|reminder)s?\b", re.I)
WIDGET = re.compile(r"menu|nav|dialog|modal|panel|tab(?!le)|help|about|open|drawer|sidebar|faq|burger", re.I)
FIELD = re.compile(r"\b(?:inputs?|selects?|fields?|textareas?|dropdowns?)\b", re.I)
AFTER_A_VALUE = re.compile("text|contains|filled|stored|enabled|disabled|checked|unchecked|count|title")
NO_DATA = re.compile(r"search|filter|sort|theme|lang|currency", re.I)  # fields that need not be filled
UNTIL_USED = re.compile(r"\b(?:fetch(?:es)?|from|reads?|loads?|download(?:s|ed)?|given)\s*$", re.I)


def read_brief(brief: str, attachments: tuple[str, ...]) -> list[Assertion]:
    """Return what the words of a brief name."""
    return [
        *(FileExists(file=name) for name in named_files(brief) if name not in attachments),
        *elements(brief),
        *titles(brief),
        *(SourceText(text=group(match, "text")) for match in STORAGE.finditer(brief)),
        *json_keys(brief),
        *word_counts(brief),
        *made_by_runs(brief),
    ]


def told_steps(brief: str) -> list[Assertion]:
    """Return what happens when somebody acts, as far as no page that does as it is told could fail it.

    A brief that speaks of faults may tell what is wrong today, so nothing of it is read.
    """
    if FAULT.search(brief):
        return []
    is_one_page = {name for name in files_in(brief) if name.endswith((".html", ".htm"))} <= {"index.html"}
    fields = {f"#{name}" for each in sentences(brief) if FIELD.search(each) for name in ids_in(each)}
    fields = {name for name in fields if not NO_DATA.search(name)}
    found = []
    for sentence, page in pages_of(brief):
        steps = None if page else read_told(HERE.sub("", sentence).rstrip(" ;!"))
        if steps is None or not (is_one_page or any(step.on for step in steps.steps)):
            continue
        is_whole = fields <= {*(step.on for step in steps.steps), *(expect.on for expect in steps.expect)}
        if is_sure(steps, sentence, is_whole=is_whole):
            expect = tuple(loosely(each) for each in steps.expect)
            found.append(steps.model_copy(update={"expect": expect, "origin": "inferred"}))
    return [*found[:MOST_STEPS]]


def loosely(expect: Expect) -> Expect:
    """Return what a page may write around a value too: "5.00", "5 items"."""
    return expect.model_copy(update={"to_be": "contains"}) if expect.to_be == "text" and expect.value else expect


def is_sure(steps: Steps, sentence: str, *, is_whole: bool) -> bool:
    """Whether all that must be so follows from what the sentence itself does, and from nothing that is there before.

    `is_whole`: the brief names no field besides those of the sentence.
    """
    goes = bool({step.do for step in steps.steps} & {"hash", "query", "reload"})
    is_filled = any(step.do == "fill" and step.value for step in steps.steps)
    is_anything = any(step.value == KEPT for step in steps.steps)
    is_left_empty = any(step.do == "fill" and not step.value for step in steps.steps)
    opens = any(WIDGET.search(step.on) for step in steps.steps)

    def follows(expect: Expect) -> bool:
        wish, is_root = expect.to_be, expect.on in {"", "html", "body"}
        if is_left_empty or wish == "error":
            return is_left_empty and wish == "error"
        if wish in {"class", "no_class", "changed"} and not goes:
            return is_root or opens
        if wish in {"visible", "hidden"}:
            return opens or any(step.do == "resize" for step in steps.steps)
        if wish == "more":
            return is_filled and is_whole and (not is_anything or bool(FREE_TEXT.search(sentence)))
        if wish == "focused" or (wish == "text" and expect.value in {"", "0"}):
            return bool(expect.value or wish == "focused")  # what is empty may say so
        is_given = goes or (is_filled and (is_whole or wish == "filled"))
        return is_given and bool(AFTER_A_VALUE.fullmatch(wish))

    return all(follows(expect) for expect in steps.expect)


def made_by_runs(brief: str) -> list[Assertion]:
    """Return the files that a workflow makes for the page and that must not be committed."""
    if not wants_workflow(brief):
        return []
    names = dict.fromkeys(match["file"] or match["file2"] for match in NOT_COMMITTED.finditer(brief))
    return [assertion for name in names for assertion in (FileAbsent(file=name), PageServesFile(file=name))]


def named_files(brief: str) -> list[str]:
    """Return the files that a brief wants; data that it only reads from somewhere is none of them."""
    before = ((match, brief[max(0, match.start() - FAR_ENOUGH) : match.start()]) for match in FILES.finditer(brief))
    read_only = {match[1] for match, words in before if UNTIL_USED.search(words)}
    read_only |= not_to_commit(brief)
    return [file_name(name) for name in files_in(brief) if name not in read_only]


def not_to_commit(text: str) -> set[str]:
    """Return the files that a text names and does not want in the repository: forbidden ones, examples, downloads."""
    found = {match["file"] or match["file2"] for match in NOT_COMMITTED.finditer(text)}
    found |= {match["file"] for match in FORBIDDEN.finditer(text)}
    for sentence in sentences(text):
        is_offered = DOWNLOAD.search(sentence) and not COMMIT.search(sentence)
        for match in FILES.finditer(sentence):
            before = sentence[max(0, match.start() - FAR_ENOUGH) : match.start()]
            if EXAMPLE.search(before) or (is_offered and not NOT_OFFERED.search(before)):
                found.add(match[1])
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return re.split(r"(?<=[.;!?])\s+|\n\s*\n", LINE_BREAK.sub(" ", text))


def page_of(sentence: str, before: str | None) -> str | None:
    """Return the page that a sentence is about ("" is the first one), None where it names several."""
    pages = [name for name in files_in(sentence) if name.endswith((".html", ".htm"))]
    if len(pages) > 1:
        return None
    if pages:
        return "" if pages[0] == "index.html" else pages[0]
    return before if STILL_THERE.match(sentence) else ""


def pages_of(brief: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences that are about one page, each with it."""
    page: str | None = ""
    for sentence in sentences(brief):
        page = page_of(sentence, page)
        if page is not None:
            yield sentence, page


def titles(brief: str) -> list[Assertion]:
    """Return the title of each page, as it is at first: one that follows an event belongs to a later state."""
    found: dict[str, Assertion] = {}
    for sentence, page in pages_of(brief):
        match = TITLE.search(sentence)
        if match and not LATER.search(QUOTES.sub("", sentence)):
            found.setdefault(page, PageTitle(equals=group(match, "text"), path=page))
    return list(found.values())


def elements(brief: str) -> list[Assertion]:
    """Return the elements with ids: on which page, and with their tags where the word before says it."""
    tags = {match["id"]: match["tag"].lower() for match in TAG_BEFORE.finditer(brief)}
    found: dict[str, Assertion] = {}
    for sentence, page in pages_of(brief):
        for name in ids_in(sentence):
            if is_element(name, sentence):
                found.setdefault(name, Element(selector=f"#{name}", tag=tags.get(name), path=page))
    return list(found.values())


def is_element(name: str, sentence: str) -> bool:
    """Whether `#name` in a sentence is an element that is there at first: no hash of the address, no error code."""
    place = sentence.find(f"#{name}")
    if place < 0:
        return True  # id="name"
    before, after = sentence[max(0, place - FAR_ENOUGH) : place], sentence[place + len(name) + 1 :][:FAR_ENOUGH]
    is_code = name.isupper() and bool(CODE.search(sentence))
    return not (is_code or HASH_BEFORE.search(before) or HASH_AFTER.match(after) or APPEARS.match(after))


def json_keys(brief: str) -> list[Assertion]:
    """Return the keys of JSON files."""
    found = [(match["file"], re.findall(r"[A-Za-z_]\w*", match["list"])) for match in KEYS.finditer(brief)]
    return [JsonAt(file=file, keys=tuple(k for k in keys if k != "and")) for file, keys in found]


def word_counts(brief: str) -> list[Assertion]:
    """Return word counts where one sentence names one text file and one range."""
    found: list[Assertion] = []
    for sentence in SENTENCE_END.split(brief):
        limits = list(RANGE.finditer(sentence))
        files = [name for name in files_in(sentence) if name.endswith((".txt", ".md", ".html"))]
        if len(limits) == 1 and len(files) == 1:
            low, high = words_range(limits[0])
            found.append(WordCount(file=file_name(files[0]), minimum=low, maximum=high))
    return found
