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


def shows(reading: Reading) -> list[Assertion]:
    return [PageText(contains=reading.text())]


def title(reading: Reading) -> list[Assertion]:
    return [PageTitle(equals=reading.text() or reading.piece("words"))]


def heading(reading: Reading) -> list[Assertion]:
    return [Element(selector=reading.piece("tag").lower(), text=reading.text())]


def element(reading: Reading) -> list[Assertion]:
    tag = (reading.piece("tag") or reading.piece("as")).lower() or None
    return [Element(selector=reading.piece("selector"), tag=tag)]


def element_text(reading: Reading) -> list[Assertion]:
    tag = reading.piece("tag").lower() or None
    return [Element(selector=reading.piece("selector"), tag=tag, text=reading.text())]


def element_contains(reading: Reading) -> list[Assertion]:
    tag = reading.piece("tag").lower() or None
    return [Element(selector=reading.piece("selector"), tag=tag, contains=reading.text())]


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


def address(reading: Reading) -> list[Assertion]:
    return [PageLinks(targets=(reading.piece("address") or reading.text(),))]


def source(reading: Reading) -> list[Assertion]:
    wanted = reading.text() or reading.piece("address") or reading.piece("call")
    return [SourceText(text=wanted, where="first_script" if reading.piece("first") else "site")]


def loads(reading: Reading) -> list[Assertion]:
    return [PageLoads()]


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
    Rule(r"page contains TAG (?:element )?(?:with (?:exact )?text |that is |is |saying )TEXT", heading),
    Rule(r"TAG (?:element |text )?(?:contains text |is |with text )TEXT", heading),
    Rule(rf"{IT}(?: exists)?(?: on page| in page)?", element),
    Rule(rf"{IT} is <?(?P<as>{'|'.join(TAGS.split())})>?(?: element)?", element),
    Rule(rf"{IT}(?:'s)? (?:contains (?:exact )?text |text is |is |with (?:exact )?text |text )TEXT", element_text),
    Rule(rf"{IT} (?:contains|shows) (?:text |word |string )?TEXT", element_contains),
    Rule(rf"{IT} contains WORDS", element_words),
    Rule(r"(?:FILE|page) (?:links|contains links?) to LIST", links),
    Rule(r"page (?:links|contains links?) to (?:ADDRESS|TEXT)", address),
    Rule(
        r"page (?:shows|contains) (?:text |heading |word |words |message |phrase |string )?TEXT(?: somewhere)?", shows
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
        loads,
    ),
    Rule(
        r"(?:page (?:loads?|contains|shows|runs|works) )?(?:without|with no|no|lacks) "
        r"(?:(?:console|javascript|js) )+errors?(?: in console)?",
        no_errors,
    ),
    Rule(r"page lacks (?:(?:console|javascript|js) )+errors?", no_errors),
    Rule(rf"page (?:loads|uses|contains) {LIBRARIES}(?:\.js)?(?: v?\d[\d.]*)?(?: (?:from|via|through) .+)?", library),
]
