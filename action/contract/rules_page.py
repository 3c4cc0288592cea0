"""Rules about the page: what it shows, its title, its elements, its links, its source."""

import re

from action.contract.assertion import (
    Assertion,
    Element,
    Js,
    NoConsoleErrors,
    PageLinks,
    PageLoads,
    PageText,
    PageTitle,
    PageWords,
    SourceText,
)
from action.contract.patterns import NAME, RANGE, TAGS, file_name, words_range
from action.contract.rules import Reading, Rule

EVERYTHING = re.compile(
    r"(?:all|each|every)(?: of)?(?: these| other| required| above| listed| named)? ?(?:\d+ )?(?:other )?(?:required )?"
    r"(?:files?|pages?|deliverables)(?: above| listed| named)?",
    re.IGNORECASE,
)


def title(reading: Reading) -> list[Assertion]:
    return [PageTitle(equals=reading.text() or reading.piece("words"))]


def element(reading: Reading) -> list[Assertion]:
    """Return an element: an id with a tag, or a tag alone, and the text that it is or contains."""
    selector, tag = reading.piece("selector"), (reading.piece("tag") or reading.piece("as")).lower()
    text, part = reading.text() or None, reading.text("part") or None
    return [Element(selector=selector or tag, tag=(tag or None) if selector else None, text=text, contains=part)]


def element_words(reading: Reading) -> list[Assertion] | None:
    limits = RANGE.search(reading.piece("range"))
    low, high = words_range(limits) if limits else (0, None)
    return [PageWords(selector=reading.piece("selector"), minimum=low, maximum=high)] if limits else None


def links(reading: Reading) -> list[Assertion] | None:
    page = "" if reading.file in {"", "index.html"} else reading.file
    wanted = reading.piece("list")
    named = tuple(file_name(name) for name in re.findall(rf"{NAME}|\bLICENSE\b", wanted))
    rest = re.sub(r"[,]|\b(?:and|files?|pages?)\b|\s", "", wanted)
    if named and rest == "".join(named):
        return [PageLinks(path=page, targets=named)]
    others = tuple(name for name in reading.names.files if name not in {"index.html", page})
    return [PageLinks(path=page, targets=others)] if others and EVERYTHING.fullmatch(wanted) else None


def source(reading: Reading) -> list[Assertion]:
    wanted = reading.text() or reading.piece("address") or reading.piece("call")
    return [SourceText(text=wanted, where="first_script" if reading.piece("first") else "site")]


def no_errors(reading: Reading) -> list[Assertion]:
    return [PageLoads(), NoConsoleErrors()]


def library(reading: Reading) -> list[Assertion]:
    name = reading.piece("library").lower().removesuffix(".js")
    return [Js(expression=f"!!document.querySelector(\"script[src*='{name}' i], link[href*='{name}' i]\")")]


IT = r"(?:page |document )?(?:shows |contains |there is )?(?:element |TAG )?(?:element )?(?:with id ?=? ?|id ?=? ?)?ID"
LITERAL = r"(?:TEXT|ADDRESS|(?P<call>[\w.]+\())\)?(?: API| call)?"
LIBRARIES = (
    r"(?P<library>bootstrap|marked|highlight\.js|chart\.js|d3|leaflet|three|papaparse|katex|jquery|tailwind|vue|react)"
)
RULES = [
    Rule(
        r"(?:document |page )?(?:'s )?(?:contains )?<?title>?(?: element| tag| text)? ?(?:is|of|contains)? ?TEXT", title
    ),
    Rule(r"(?:document |page )?<?title>? is (?P<words>[^«]+)", title),
    Rule(r"page contains TAG (?:element )?(?:with (?:exact )?text |that is |is |saying )TEXT", element),
    Rule(r"TAG (?:element |text )?(?:contains text |is |with text )TEXT", element),
    Rule(rf"{IT}(?: exists)?(?: on page| in page)?", element),
    Rule(rf"{IT} is <?(?P<as>{'|'.join(TAGS.split())})>?(?: element)?", element),
    Rule(rf"{IT}(?:'s)? (?:contains (?:exact )?text |text is |is |with (?:exact )?text |text )TEXT", element),
    Rule(rf"{IT} (?:contains|shows) (?:text |word |string )?PART", element),
    Rule(rf"{IT} contains WORDS", element_words),
    Rule(r"(?:FILE|page) (?:links|contains links?) to LIST", links),
    Rule(
        r"page (?:links|contains links?) to (?:ADDRESS|TEXT)",
        lambda r: [PageLinks(targets=(r.piece("address") or r.text(),))],
    ),
    Rule(
        r"page (?:shows|contains) (?:text |heading |word |words |message |phrase |string )?TEXT(?: somewhere)?",
        lambda r: [PageText(contains=r.text())],
    ),
    Rule(rf"(?P<first>first (?:inline )?<?script>?(?: (?:element|tag))?) (?:contains|uses|calls) {LITERAL}", source),
    Rule(
        r"(?:source|script|page) (?:contains|uses|calls|references) "
        rf"(?:endpoint |url |literal |call to |text )?{LITERAL}",
        source,
    ),
    Rule(
        r"(?:source|script|page) (?:uses|calls) (?P<call>fetch\(?)\)?(?: API)?", lambda r: [SourceText(text="fetch(")]
    ),
    Rule(
        r"page (?:loads?|is live|is reachable|opens|returns (?:HTTP )?200)(?: (?:ok|successfully|correctly|fine))?"
        r"(?: within \d+ ?s\w*)?",
        lambda r: [PageLoads()],
    ),
    Rule(
        r"(?:page (?:loads?|contains|shows|runs|works) )?(?:without|with no|no|lacks) "
        r"(?:(?:console|javascript|js) )+errors?(?: in console)?",
        no_errors,
    ),
    Rule(r"page lacks (?:(?:console|javascript|js) )+errors?", no_errors),
    Rule(rf"page (?:loads|uses|contains) {LIBRARIES}(?:\.js)?(?: v?\d[\d.]*)?(?: (?:from|via|through) .+)?", library),
]
