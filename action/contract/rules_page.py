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
    TextContains,
)
from action.contract.patterns import NAME, RANGE, file_name, is_library, words_range
from action.contract.rules import Reading, Rule
from action.contract.rules_elements import IT, is_name, shown_words

EVERYTHING = re.compile(
    r"(?:all|each|every)(?: of)?(?: these| other| required| above| listed| named)? ?(?:\d+ )?(?:other )?(?:required )?"
    r"(?:files?|pages?|deliverables)(?: above| listed| named)?",
    re.IGNORECASE,
)
TITLE_IS = re.compile(r"\b(?:is|be|equals|reads|says|matches)\s+(?:exactly\s+|set to\s+)?(.+)$", re.IGNORECASE)
TITLE_OF = re.compile(r"\btitle of\s+(.+)$", re.IGNORECASE)


def title(reading: Reading) -> list[Assertion]:
    """Return the title: anything in quotation marks or after a colon, otherwise only what is written as a name."""
    if text := reading.text():
        return [PageTitle(equals=text)]
    words = reading.check.original.rstrip(". ")
    _, _, after = words.partition(":")
    if after.strip():
        return [PageTitle(equals=after.strip())]
    found = TITLE_IS.search(words) or TITLE_OF.search(words)
    return [PageTitle(equals=found[1])] if found and is_name(found[1]) else []


def element_words(reading: Reading) -> list[Assertion] | None:
    limits = RANGE.search(reading.piece("range"))
    low, high = words_range(limits) if limits else (0, None)
    selector = reading.piece("selector") or "body"
    return [PageWords(selector=selector, minimum=low, maximum=high)] if limits else None


def links(reading: Reading) -> list[Assertion] | None:
    """Return links to each file of a list; style sheets and scripts are loaded instead."""
    page = "" if reading.file in {"", "index.html"} else reading.file
    wanted = reading.piece("list")
    named = tuple(file_name(name) for name in re.findall(rf"{NAME}|\bLICENSE\b", wanted))
    rest = re.sub(r"[,]|\b(?:and|files?|pages?)\b|\s", "", wanted)
    loads_only = reading.piece("loads") and not all(LOADED_FILE.search(name) for name in named)
    if loads_only or any(is_library(name) for name in named):
        return None
    if named and rest == "".join(named):
        targets = tuple(name for name in named if not LOADED_FILE.search(name))
        loaders = [Element(path=page, selector=loader(name)) for name in named if LOADED_FILE.search(name)]
        return [*loaders, *([PageLinks(path=page, targets=targets)] if targets else [])]
    others = tuple(name for name in reading.names.files if name not in {"index.html", page})
    return [PageLinks(path=page, targets=others)] if others and EVERYTHING.fullmatch(wanted) else None


def loader(name: str) -> str:
    """Return a selector for what loads a style sheet or a script."""
    return f"link[href$='{name}']" if name.lower().endswith(".css") else f"script[src$='{name}']"


def title_of(reading: Reading) -> list[Assertion]:
    """Return the title of a page of the site."""
    return [PageTitle(path="" if reading.file == "index.html" else reading.file, equals=reading.text())]


def source(reading: Reading) -> list[Assertion]:
    wanted = reading.text() or reading.piece("address") or reading.piece("call")
    return [SourceText(text=wanted, where="first_script" if reading.piece("first") else "site")]


def function(reading: Reading) -> list[Assertion]:
    """Return that the name of a function is written in a file, or anywhere in the site."""
    name = (reading.text() or reading.piece("call")).removesuffix("()")
    return [TextContains(file=reading.file, text=name) if reading.file else SourceText(text=name)]


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


LOADED_FILE = re.compile(r"\.(?:css|m?js)$", re.IGNORECASE)
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
    Rule(
        rf"(?:{IT}|(?:(?:visible )?(?:text|body) of )?page|(?:page )?body)(?: text)?"
        r" (?:contains|is) WORDS(?: of text| long)?",
        element_words,
    ),
    Rule(r"(?:FILE|page) (?:(?:links|contains links?) to|links|(?P<loads>loads|imports)) LIST", links),
    Rule(
        r"LIST is (?:linked|(?P<loads>loaded|imported|included))(?: (?:from|in|by|on|into) (?:page|index\.html))?",
        links,
    ),
    Rule(r"(?P<file>[\w/-]{1,80}\.html?) (?:contains )?title (?:is )?TEXT", title_of),
    Rule(r"title of (?P<file>[\w/-]{1,80}\.html?) is TEXT", title_of),
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
    Rule(
        r"(?:FILE|source|script|page) (?:contains function (?:named|called)|(?:defines|declares) function)"
        r" (?:TEXT|(?P<call>[A-Za-z_$][\w$]{0,80}))(?:\([^()]{0,80}\))?",
        function,
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
        r"(?:(?:\w+ )?(?:page |github pages )|it |everything )?(?:loads?|is (?:live|reachable|deployed|online)|opens"
        r"|(?:returns|is) (?:HTTP )?(?:status )?(?:code )?200"
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
