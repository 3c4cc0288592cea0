"""What a brief names and a candidate should therefore have: files, ids, titles, keys. Guides, never gates."""

import re

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
from action.contract.patterns import FILES, NAME, QUOTED, RANGE, TAGS, file_name, files_in, group, ids_in, words_range
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
FAR_ENOUGH = 60  # characters before a name in which UNTIL_USED looks
UNTIL_USED = re.compile(r"\b(?:fetch(?:es)?|from|reads?|loads?|download(?:s|ed)?|given)\s*$", re.I)


def read_brief(brief: str, attachments: tuple[str, ...]) -> list[Assertion]:
    """Return what the words of a brief name."""
    return [
        *(FileExists(file=name) for name in named_files(brief) if name not in attachments),
        *elements(brief),
        *(PageTitle(equals=group(match, "text")) for match in list(TITLE.finditer(brief))[:1]),
        *(SourceText(text=group(match, "text")) for match in STORAGE.finditer(brief)),
        *json_keys(brief),
        *word_counts(brief),
        *made_by_runs(brief),
    ]


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
    return [file_name(name) for name in files_in(brief) if name not in read_only]


def elements(brief: str) -> list[Assertion]:
    """Return the elements with ids: on which page, and with their tags where the word before says it."""
    tags = {match["id"]: match["tag"].lower() for match in TAG_BEFORE.finditer(brief)}
    found: dict[str, Assertion] = {}
    for sentence in re.split(r"(?<=[.;!?])\s+|\n\s*\n", LINE_BREAK.sub(" ", brief)):
        pages = [name for name in files_in(sentence) if name.endswith((".html", ".htm"))]
        if len(pages) > 1:
            continue  # which of them is meant?
        path = pages[0] if pages and pages[0] != "index.html" else ""
        for name in ids_in(sentence):
            found.setdefault(name, Element(selector=f"#{name}", tag=tags.get(name), path=path))
    return list(found.values())


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
