"""Rules about the page as a whole: that it loads, its title and text, its links, its libraries, its source."""

import re

from action.contract.assertion import (
    Assertion,
    Element,
    Js,
    LinksResolve,
    NoConsoleErrors,
    PageLinks,
    PageLoads,
    PageText,
    PageTitle,
    PageWords,
    SourceText,
)
from action.contract.patterns import NAME, RANGE, file_name, words_range
from action.contract.rules import Reading, Rule
from action.contract.rules_elements import IT, is_name, shown_words

EVERYTHING = re.compile(
    r"(?:all|each|every)(?: of)?(?: these| other| required| above| listed| named)? ?(?:\d+ )?(?:other )?(?:required )?"
    r"(?:files?|pages?|deliverables)(?: above| listed| named)?",
    re.IGNORECASE,
)
TITLE_IS = re.compile(r"\b(?:is|be|of|equals|reads|says|matches)\s+(?:exactly\s+|set to\s+)?(.+)$", re.IGNORECASE)


def title(reading: Reading) -> list[Assertion]:
    """Return the title: anything in quotation marks or after a colon, otherwise only what is written as a name."""
    if text := reading.text():
        return [PageTitle(equals=text)]
    words = reading.check.original.rstrip(". ")
    _, _, after = words.partition(":")
    if after.strip():
        return [PageTitle(equals=after.strip())]
    found = TITLE_IS.search(words)
    return [PageTitle(equals=found[1])] if found and is_name(found[1]) else []


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


def known_call(reading: Reading) -> list[Assertion]:
    return [SourceText(text="fetch(" if reading.piece("call").lower().startswith("fetch") else reading.piece("call"))]


def text_of_page(reading: Reading) -> list[Assertion] | None:
    """Return a text without quotation marks. It is a guess, so it never gates."""
    words = shown_words(reading)
    return [PageText(contains=words, origin="inferred")] if words else None


def loads(_: Reading) -> list[Assertion]:
    return [PageLoads(), NoConsoleErrors()]


def library(reading: Reading) -> list[Assertion] | None:
    """Return a script or style sheet with each library of a list in its address."""
    found = [LIBRARY.fullmatch(name) for name in re.split(r",? and |, ", reading.piece("library"))]
    part = (reading.piece("part") or "").lower()
    return [loaded(match["name"].lower(), part) for match in found if match] if all(found) else None


def any_library(reading: Reading) -> list[Assertion] | None:
    """Return a library that nobody here knows, when it comes from a network of such."""
    name = reading.piece("library").lower()
    return None if NO_LIBRARY.fullmatch(name) else [loaded(name, (reading.piece("part") or "").lower())]


def loaded(written: str, part: str) -> Assertion:
    """Return that a library is loaded; one with ".js" in its name as a script with that in its address."""
    names = NEEDLES.get(written, (written.removesuffix(".js").removesuffix(".css"),))
    if written.endswith(".js"):
        (name,) = names
        exact, other = f"script[src*='{name}.js' i]", f"script[src*='{name}.' i][src*='.js' i]"  # chart.umd.min.js
        return Element(selector=f"{exact}, {other}")
    scripts, sheets = ([f"{tag}*='{name}' i]" for name in names] for tag in ("script[src", "link[href"))
    if part:
        return Element(selector=", ".join(sheets if part == "css" else scripts))
    return Js(expression=f'!!document.querySelector("{", ".join([*scripts, *sheets])}")')


LITERAL = r"(?:TEXT|ADDRESS|(?P<call>[\w.]+\())\)?(?: API| call)?"
APIS = {"github": "api.github.com", "openai": "api.openai.com", "openweathermap": "api.openweathermap.org"}
KNOWN_CALLS = (
    r"localStorage|sessionStorage|indexedDB|FileReader|XMLHttpRequest|URLSearchParams|Intl\.NumberFormat|fetch"
)
FOR = r"(?: (?:for|to|in|from) .+)?"
NEEDLES = {
    "font awesome": ("font-awesome", "fontawesome"),
    "tailwind css": ("tailwind",),
    "google fonts": ("fonts.googleapis",),
    "socket.io": ("socket.io",),
}
LIBRARY_NAMES = (
    r"(?:bootstrap|marked|highlight|chart|three|vue|d3|moment|leaflet|p5|day|mermaid|axios|plotly|alpine|math|anime"
    r"|katex|papaparse|jquery|react|tone|phaser|prism)(?:\.js)?|tailwind(?: css)?|font awesome|google fonts|bulma|htmx"
    r"|socket\.io|sheetjs|xlsx|lodash|mathjax|animate\.css|materialize|foundation"
)
LIBRARY = re.compile(rf"(?P<name>{LIBRARY_NAMES})(?: v?\d[\d.]*)?", re.IGNORECASE)
LIBRARIES = (
    rf"(?P<library>(?:{LIBRARY_NAMES})(?: v?\d[\d.]*)?(?:(?:,? and |, )(?:{LIBRARY_NAMES})(?: v?\d[\d.]*)?){{0,9}})"
)
NO_LIBRARY = re.compile(
    r"everything|data|all|it|page|images?|content|librar(?:y|ies)|assets|resources|styles?|stylesheets?|scripts?|css|js"
    r"|javascript|fonts?|dependencies|frameworks?|files?|code|html|they|this"
)
PART = r"(?: (?P<part>css|js)| (?:javascript|stylesheets?|framework|library|libraries|icons?|styles?|\(css\)))?"
LOADED = r"(?:loaded|included|imported|linked|used|referenced|available|integrated)"
FROM = r"(?: (?:from|via|through|using|over|for|in|with|by) .+)?"
NETWORK = r"(?:from|via|through) (?:public )?(?:cdn|jsdelivr|cdnjs|unpkg)\w*"
ANY_LIBRARY = r"(?P<library>[A-Za-z][\w.-]+)(?: v?\d[\d.]*)?(?: (?P<part>css|js))?"
TITLE = r"(?:document |page )?(?:'s )?<?title>?(?: element| tag| text)?"
RULES = [
    Rule(rf"(?:page )?(?:contains )?{TITLE} ?(?:is|of|says|matches|is set to)? ?:? ?TEXT", title),
    Rule(rf"{TITLE} contains (?:text |word |words )?TEXT", lambda r: [PageTitle(contains=r.text())]),
    Rule(rf"{TITLE} ?(?:is|:|matches|of|says)(?: set to)? ?:? ?[^«]+", title),
    Rule(rf"(?:page |document )?contains {TITLE}|{TITLE} (?:exists|is not empty)", lambda _: [PageTitle()]),
    Rule(rf"{IT} contains WORDS", element_words),
    Rule(r"(?:FILE|page) (?:links|contains links?) to LIST", links),
    Rule(
        r"page (?:links|contains links?) to (?:ADDRESS|TEXT)",
        lambda r: [PageLinks(targets=(r.piece("address") or r.text(),))],
    ),
    Rule(
        r"(?:page )?(?:(?:still|also|now|clearly|always) )?(?:shows|contains) "
        r"(?:(?:text|heading|words?|message|phrase|string) )?TEXT"
        r"(?: (?:text|somewhere|prominently|heading|message|on page|visibly|clearly|as text)){0,3}",
        lambda r: [PageText(contains=r.text())],
    ),
    Rule(
        r"(?:text|words?|phrase|string|heading) TEXT (?:appears|exists|is (?:shown|displayed|visible))"
        r"(?: (?:somewhere|prominently))?(?: on page| in page)?",
        lambda r: [PageText(contains=r.text())],
    ),
    Rule(rf"(?P<first>first (?:inline )?<?script>?(?: (?:element|tag))?) (?:contains|uses|calls) {LITERAL}", source),
    Rule(
        r"(?:source|script|page) (?:contains|uses|calls|references) "
        rf"(?:endpoint |url |literal |call to |text )?{LITERAL}",
        source,
    ),
    Rule(
        rf"(?:source |script |page )?(?:contains|uses|calls|references) (?:call to )?(?P<call>{KNOWN_CALLS})"
        rf"(?:\(\)?)?(?: (?:call|API))?{FOR}",
        known_call,
    ),
    Rule(
        rf"(?:source |script |page )?(?:uses|calls|fetches|contains call to) (?P<api>{'|'.join(APIS)}) API{FOR}",
        lambda r: [SourceText(text=APIS[r.piece("api").lower()])],
    ),
    Rule(
        r"(?:\w+ )?(?:page |github pages )?(?:loads?|is (?:live|reachable|deployed|online)|opens"
        r"|(?:returns|is) (?:HTTP )?200"
        r"|is (?:publicly )?accessible(?= (?:at|on|via|from)\b)|is publicly accessible)"
        r"(?: (?:ok|successfully|correctly|fine))?(?: within \d+ ?s\w*)?(?: (?:at|on|via|from) .+)?",
        loads,
    ),
    Rule(
        r"(?:(?:\w+ )?(?:loads?|contains|shows|runs|works|opens|there is) )?(?:without|with no|no|lacks) "
        r"(?:any )?(?:(?:console|javascript|js|browser) ){0,2}errors?(?: (?:in|on|to) (?:console|browser|load)){0,2}",
        loads,
    ),
    Rule(r"page lacks (?:(?:console|javascript|js|browser) ){1,2}errors?", loads),
    Rule(
        r"(?:all (?:internal )?links (?:work|resolve|is valid)|(?:there is )?no broken links|page lacks broken links)",
        lambda _: [LinksResolve()],
    ),
    Rule(
        rf"(?:page )?(?:loads|uses|contains|imports|links|(?:pulls|brings) in) {LIBRARIES}{PART}(?: loaded| included)?"
        rf"{FROM}",
        library,
    ),
    Rule(rf"{LIBRARIES}{PART}(?: is)? (?:all )?{LOADED}{FROM}", library),
    Rule(rf"(?:page )?(?:loads|uses|contains|(?:pulls|brings) in) {ANY_LIBRARY} {NETWORK}", any_library),
    Rule(rf"{ANY_LIBRARY} is {LOADED} {NETWORK}", any_library),
    Rule(r"(?:page )?(?:(?:still|also|now) )?(?:shows|contains text) [^«»]+", text_of_page),
]
