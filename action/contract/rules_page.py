"""Rules about the page: what it shows, its title, its elements, its links, its source."""

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
from action.contract.patterns import HEADINGS, NAME, RANGE, TAGS, file_name, words_range
from action.contract.rules import Reading, Rule, number_of

EVERYTHING = re.compile(
    r"(?:all|each|every)(?: of)?(?: these| other| required| above| listed| named)? ?(?:\d+ )?(?:other )?(?:required )?"
    r"(?:files?|pages?|deliverables)(?: above| listed| named)?",
    re.IGNORECASE,
)


TAG_OF = {  # what people call elements: a tag where it can be no other, otherwise a selector
    **{name: name for name in (TAGS + " " + HEADINGS).split() if name not in {"button", "input", "section", "header", "footer", "nav"}},
    **{name: name for name in ("body", "thead", "tbody", "img", "svg", "iframe", "audio", "label", "article", "aside")},
    "image": "img", "dropdown": "select", "textarea": "textarea", "text area": "textarea", "paragraph": "p",
}  # fmt: skip
SELECTOR_OF = {
    **TAG_OF,
    **{name: name for name in ("section", "header", "footer", "nav", "option", "legend", "fieldset", "a")},
    "button": "button, [role=button], input[type=button], input[type=submit], input[type=reset]",
    "input": "input, textarea, select",
    "text input": "input:not([type]), input[type=text], textarea",
    "link": "a[href]",
    "checkbox": "input[type=checkbox]",
    "radio button": "input[type=radio]",
    "slider": "input[type=range]",
    "file input": "input[type=file]",
    "list item": "li",
    "row": "tr:has(td)",
    "table row": "tr:has(td)",
    "data row": "tr:has(td)",
    "column": "th",
    "cell": "td",
    "heading": "h1, h2, h3, h4, h5, h6",
    "card": ".card",
    "navigation": "nav",
    "meta viewport": 'meta[name="viewport"]',
    "viewport meta": 'meta[name="viewport"]',
    "meta description": 'meta[name="description"]',
    "favicon": "link[rel~=icon]",
}
PLURAL = {f"{name}{'es' if name.endswith(('x', 's')) else 's'}": name for name in SELECTOR_OF} | {"entries": "li"}
NOUN = "|".join(sorted({*SELECTOR_OF, *PLURAL, "element", "elements", "field"}, key=len, reverse=True))
KIND_OF_ELEMENT = rf"(?:(?:[\w-]+ ){{0,3}}?<?(?P<noun>{NOUN})>?(?: (?:element|tag|field|box|list|menu))? )?"
VALUE = r"(?:«(?P<value>\d+)»|(?P<bare>[^\s«»]+))"
WITH_ID = re.compile(
    rf"{KIND_OF_ELEMENT}(?:with |whose |that contains |containing |having )?\(?(?P<what>id|class)(?: ?= ?| is | of | named | called | )"
    rf"{VALUE}\)?(?: (?:element|attribute))?",
    re.IGNORECASE,
)
WITH_SIGN = re.compile(
    rf"{KIND_OF_ELEMENT}(?P<tag>[a-z][a-z0-9]*)?(?P<selector>[#.][^\s«»#.,;()]+)(?: (?:{NOUN})(?: element)?)?",
    re.IGNORECASE,
)
ONLY_NOUN = re.compile(rf"<?(?P<noun>{NOUN})>?(?: (?:element|tag)s?)?", re.IGNORECASE)
NO_ID = {"that", "which", "and", "or", "to", "in", "for", "on", "with"}
JUDGED = re.compile(
    r"\b(?:correct\w*|right|proper\w*|expected|accurate\w*|appropriate\w*|valid|descriptive|updated?|dynamic\w*|clear\w*"
    r"|meaningful|relevant|suitable|good|nice|displayed|visible|present|set|changed|unique|required|professional"
    r"|responsive|same|different|formatted|working|shown|bold|centered|styled)\b",
    re.IGNORECASE,
)
SHOWS = re.compile(
    r"\b(?:displays?|shows?|displaying|showing|contains?|says|saying|reads|has the text|with (?:the )?text|(?:title|heading)(?: is|:| of)?(?: now)?)"
    r"\s*:?\s+(?:the (?:text|words|message|heading|phrase|title) )?(?P<words>.+?)(?: (?:text|heading|message))?[.\s]*$",
    re.IGNORECASE,
)
SMALL = {
    "a",
    "an",
    "the",
    "and",
    "or",
    "of",
    "to",
    "in",
    "on",
    "at",
    "for",
    "from",
    "by",
    "with",
    "is",
    "my",
    "your",
    "our",
}


def title(reading: Reading) -> list[Assertion]:
    """Return the title: in quotation marks or after a colon anything, otherwise only words that are written as a name."""
    if text := reading.text():
        return [PageTitle(equals=text)]
    words = reading.check.original.rstrip(". ")
    _, colon, after = words.partition(":")
    if colon and after.strip():
        return [PageTitle(equals=after.strip())]
    found = re.search(
        r"\b(?:is|be|of|equals|reads|says|matches)\s+(?:exactly\s+|set to\s+)?(.+)$", words, re.IGNORECASE
    )
    return [PageTitle(equals=found[1])] if found and is_name(found[1]) else []


def is_name(words: str) -> bool:
    """Whether words are written as a text of the page rather than said about it: "Hello from Render"."""
    parts = re.findall(r"[^\W\d_][\w'’]*", words)
    has_capitals = bool(parts) and all(part[0].isupper() or part.lower() in SMALL for part in parts)
    return has_capitals and parts[0][0].isupper() and not JUDGED.search(words) and not words.isupper()


def shown_words(reading: Reading) -> str:
    """Return the text that a check names without quotation marks; nothing when it only says what kind of text."""
    found = SHOWS.search(reading.check.original)
    words = found["words"].strip() if found else ""
    is_quoted_in_brief = f'"{words.lower()}"' in reading.names.brief.lower()
    is_greeting = re.fullmatch(r"hello,? world!?", words, re.IGNORECASE)
    return words if words and (is_name(words) or is_quoted_in_brief or is_greeting) else ""


def found_element(words: str, reading: Reading) -> Element | None:
    """Return the element that words are about: by its id or class, or by nothing but its kind."""
    words = re.sub(r"^(?:page |it )?(?:contains |shows |there is )?|(?: on| in) page$", "", words.strip())
    if match := WITH_ID.fullmatch(words):
        value = reading.check.quoted[int(match["value"])] if match["value"] else match["bare"]
        if value.lower() in NO_ID:
            return None
        sign = "#" if match["what"].lower() == "id" else "."
        return Element(selector=f"{sign}{value.lstrip('#.')}", tag=TAG_OF.get((match["noun"] or "").lower()))
    if match := WITH_SIGN.fullmatch(words):
        noun = TAG_OF.get((match["noun"] or "").lower())
        return Element(selector=f"{match['tag'] or ''}{match['selector']}", tag=None if match["tag"] else noun)
    if match := ONLY_NOUN.fullmatch(words):
        selector = selector_of(match["noun"])
        return Element(selector=selector) if selector else None
    return None


def selector_of(noun: str) -> str:
    """Return the selector of what an element is called; nothing for "element"."""
    plain = noun.lower().strip("<>")
    return SELECTOR_OF.get(PLURAL.get(plain, plain), "")


def within(outer: str, inner: str) -> str:
    """Return a selector for what lies inside an element, when the inner one is a list, too."""
    return ", ".join(f"{outer} {part}" for part in inner.split(", "))


def element(reading: Reading) -> list[Assertion]:
    """Return an element: an id with a tag, or a tag alone, and the text that it is or contains."""
    selector, tag = reading.piece("selector"), (reading.piece("tag") or reading.piece("as")).lower()
    text, part = reading.text() or None, reading.text("part") or None
    return [Element(selector=selector or tag, tag=(tag or None) if selector else None, text=text, contains=part)]


def there(reading: Reading) -> list[Assertion] | None:
    """Return each element of a list."""
    parts = re.split(r",? and |, ", re.sub(r"^.*?\b\w+: ", "", reading.piece("element")))
    found = [found_element(part, reading) for part in parts]
    return [each for each in found if each] if all(found) else None


def filled(reading: Reading) -> list[Assertion] | None:
    """Return an element that shows something: the text that is named, or anything."""
    found = found_element(reading.piece("element"), reading)
    if found is None or (JUDGED.search(reading.piece("something")) and not shown_words(reading)):
        return None
    if words := reading.text("part") or shown_words(reading):
        return [found.model_copy(update={"contains": words})]
    is_named = found.selector[:1] in "#." or found.selector.partition("#")[1]
    return [found.model_copy(update={"is_filled": True})] if is_named else None


def counted(reading: Reading) -> list[Assertion] | None:
    """Return how many of something an element or the page has."""
    outer = found_element(reading.piece("element"), reading) if reading.piece("element") else None
    inner = reading.check.quoted[int(reading.piece("quotedclass"))] if reading.piece("quotedclass") else ""
    selector = f".{inner}" if inner else reading.piece("exact") or selector_of(reading.piece("what"))
    if not selector or (reading.piece("element") and not outer):
        return None
    count = number_of(reading.piece("count"))
    words = reading.piece("least").strip().lower()
    low = None if words in {"at most", "no more than"} else count
    high = count if words in {"at most", "no more than", "exactly"} else None
    inside = within(outer.selector, selector) if outer else selector
    return [Element(selector=inside, minimum=low, maximum=high), *([outer] if outer and outer.tag else [])]


def inside(reading: Reading) -> list[Assertion] | None:
    """Return the elements that are inside another one."""
    outer = found_element(reading.piece("element"), reading)
    names = [selector_of(name) for name in re.split(r",? and |, ", reading.piece("list").strip())]
    if outer is None or not all(names):
        return None
    found = [Element(selector=within(outer.selector, name)) for name in names]
    return [*([outer] if outer.selector[:1] in "#." else []), *found]


def options(reading: Reading) -> list[Assertion] | None:
    """Return the options of a list, each by its value or its text."""
    outer = found_element(reading.piece("element"), reading)
    text = re.sub(r"«(\d+)»", lambda match: reading.check.quoted[int(match[1])], reading.piece("list"))
    names = re.split(r",? and |, ", text)
    if outer is None or any(
        len(name.split()) > 1 or JUDGED.search(name) or name.islower()
        for name in names
        if "«" not in reading.piece("list")
    ):
        return None
    return [Element(selector=f"{outer.selector} option", one_of=(name,)) for name in names]


def attribute(reading: Reading) -> list[Assertion] | None:
    """Return an element with an attribute, and its value where one is given."""
    found = found_element(reading.piece("element"), reading)
    if found is None:
        return None
    name, value = reading.piece("name").lower(), reading.text()
    if name == "class":
        return [Element(selector=f"{found.selector}.{'.'.join((value or reading.piece('plain')).split())}")]
    value = value or reading.piece("plain")
    return [Element(selector=f'{found.selector}[{name}="{value}"]' if value else f"{found.selector}[{name}]")]


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


def text_of_page(reading: Reading) -> list[Assertion] | None:
    """Return a text without quotation marks. It is a guess, so it never gates."""
    words = shown_words(reading)
    return [PageText(contains=words, origin="inferred")] if words else None


NEEDLES = {
    "font awesome": "font",
    "tailwind css": "tailwind",
    "google fonts": "fonts.googleapis",
    "socket.io": "socket.io",
}


def library(reading: Reading) -> list[Assertion]:
    """Return a script or style sheet with the library in its address; with ".js" in the check, that is demanded."""
    written = reading.piece("library").lower()
    name = NEEDLES.get(written, written).removesuffix(".js").removesuffix(".css")
    if written.endswith(".js"):
        exact, other = f"script[src*='{name}.js' i]", f"script[src*='{name}.' i][src*='.js' i]"  # chart.umd.min.js
        return [Element(selector=f"{exact}, {other}")]
    only = (reading.piece("part") or "").lower()
    tags = {"css": [f"link[href*='{name}' i]"], "js": [f"script[src*='{name}' i]"]}
    if only:
        return [Element(selector=tags[only][0])]
    return [Js(expression=f"!!document.querySelector(\"script[src*='{name}' i], link[href*='{name}' i]\")")]


def exact_selector(reading: Reading) -> list[Assertion] | None:
    """Return the element that a selector in parentheses means, as it was written."""
    found = IN_PARENTHESES.search(reading.check.original)
    return [Element(selector=found[1].strip())] if found else None


IN_PARENTHESES = re.compile(
    r"\(\s*((?:[a-z][a-z0-9]*)?(?:\[[^\]]+\]|[#.][A-Za-z][\w-]*)(?:[\s>+~]*[\w.#-]*(?:\[[^\]]+\])?)*)\s*\)"
)


def loads(_: Reading) -> list[Assertion]:
    return [PageLoads(), NoConsoleErrors()]


def viewport(_: Reading) -> list[Assertion]:
    return [Element(selector=SELECTOR_OF["meta viewport"])]


def inner_markup(reading: Reading) -> list[Assertion] | None:
    """Return that an element holds other elements and not only text."""
    found = found_element(reading.piece("element"), reading)
    return [Element(selector=f"{found.selector} *")] if found and found.selector[:1] in "#." else None


def with_inner(reading: Reading) -> list[Assertion] | None:
    """Return an element and another one inside it."""
    outer, inner = found_element(reading.piece("element"), reading), selector_of(reading.piece("inner"))
    return [outer, Element(selector=within(outer.selector, inner))] if outer and inner else None


APIS = {"github": "api.github.com", "openai": "api.openai.com", "openweathermap": "api.openweathermap.org"}
KNOWN_CALLS = (
    r"localStorage|sessionStorage|indexedDB|FileReader|XMLHttpRequest|URLSearchParams|Intl\.NumberFormat|fetch"
)


def known_call(reading: Reading) -> list[Assertion]:
    return [SourceText(text="fetch(" if reading.piece("call").lower().startswith("fetch") else reading.piece("call"))]


IT = r"(?:page |document )?(?:shows |contains |there is )?(?:element |TAG )?(?:element )?(?:with id ?=? ?|id ?=? ?)?ID"
LITERAL = r"(?:TEXT|ADDRESS|(?P<call>[\w.]+\())\)?(?: API| call)?"
LIBRARIES = (
    r"(?P<library>bootstrap|marked(?:\.js)?|(?:highlight|chart|three|vue|d3|moment|leaflet|p5|day|mermaid|axios|plotly"
    r"|alpine|math|anime|katex|papaparse|jquery|react|tone|phaser)(?:\.js)?|tailwind(?: css)?|font awesome|google fonts"
    r"|bulma|htmx|socket\.io|sheetjs|xlsx|lodash|prism(?:\.js)?|mathjax|animate\.css|materialize|foundation)"
)
PART = r"(?: (?P<part>css|js)| (?:javascript|stylesheets?|framework|library|icons?|styles?|\(css\)))?"
LOADED = r"(?:loaded|included|imported|linked|used|referenced|available|integrated)"
FROM = r"(?: (?:from|via|through|using|over|for|in|with|by) .+)?"
VERSION = r"(?: v?\d[\d.]*)?"
THERE = r"(?:page |it |there )?(?:contains |is |shows )?"
RULES = [
    Rule(r"(?:document |page )?(?:'s )?(?:contains )?<?title>?(?: element| tag| text)? ?(?:is|of)? ?:? ?TEXT", title),
    Rule(
        r"(?:document |page )?<?title>? contains (?:text |word |words )?TEXT", lambda r: [PageTitle(contains=r.text())]
    ),
    Rule(r"(?:document |page )?<?title>?(?: tag| text)? ?(?:is|:|matches|of)(?: set to)? ?:? ?(?P<words>[^«]+)", title),
    Rule(r"(?:document |page )?<?title>?(?: tag| text)? (?:matches|is set to|says|of) TEXT", title),
    Rule(
        r"(?:page |document )?contains <?title>?(?: element| tag)?|(?:page )?<?title>?(?: tag)? (?:exists|is not empty)",
        lambda _: [PageTitle()],
    ),
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
        r"(?:page )?(?:(?:still|also|now|clearly|always) )?(?:shows|contains) (?:text |heading |word |words |message |phrase |string )?TEXT"
        r"(?: (?:text|somewhere|prominently|heading|message|on page|visibly|clearly|as text))*",
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
        rf"(?:source|script|page)? ?(?:contains|uses|calls|references) (?:call to )?(?P<call>{KNOWN_CALLS})(?:\(\)?)?(?: (?:call|API))?"
        r"(?: (?:for|to|in|from) .+)?",
        known_call,
    ),
    Rule(
        r"(?:source|script|page) (?:uses|calls|fetches|contains call to) (?P<api>github|openai|openweathermap) API(?: (?:for|to|in|from) .+)?",
        lambda r: [SourceText(text=APIS[r.piece("api").lower()])],
    ),
    Rule(
        r"(?:\w+ )?(?:page |github pages )?(?:loads?|is live|is reachable|is accessible|opens|returns (?:HTTP )?200)"
        r"(?: (?:ok|successfully|correctly|fine))?(?: within \d+ ?s\w*)?",
        loads,
    ),
    Rule(
        r"(?:(?:\w+ )?(?:loads?|contains|shows|runs|works|opens) )?(?:without|with no|no|lacks) "
        r"(?:any )?(?:(?:console|javascript|js|browser) )*errors?(?: (?:in|on|to) (?:console|browser|load))*",
        loads,
    ),
    Rule(
        r"(?:all (?:internal )?links (?:work|resolve|is valid)|no broken links|page lacks broken links)",
        lambda _: [LinksResolve()],
    ),
    Rule(r"[^()]*\((?:[^()]*)\)", exact_selector),
    Rule(
        rf"(?:page )?(?:loads|uses|contains|includes|imports|links) {LIBRARIES}{VERSION}{PART}(?: loaded| included)?{FROM}",
        library,
    ),
    Rule(rf"{LIBRARIES}{VERSION}{PART}(?: is)? {LOADED}{FROM}", library),
    Rule(
        r"(?:page )?(?:loads|uses|includes) (?P<library>[A-Za-z][\w.-]+)(?: v?\d[\d.]*)?(?: (?P<part>css|js))? (?:from|via|through) (?:cdn|jsdelivr|cdnjs|unpkg)",
        library,
    ),
    Rule(
        r"(?P<library>[A-Za-z][\w.-]+)(?: v?\d[\d.]*)?(?: (?P<part>css|js))? is (?:loaded|included|imported) (?:from|via|through) (?:cdn|jsdelivr|cdnjs|unpkg)",
        library,
    ),
    Rule(r"[^()]*\((?:contains )?(?:meta viewport|viewport meta)(?: tag)?\)", viewport),
    Rule(r"(?:page |it )?contains COUNT (?P<what>[a-z ]+): ELEMENT", there),
    Rule(r"ELEMENT contains attribute (?P<name>[a-z][\w-]*)", attribute),
    Rule(
        r"ELEMENT contains (?P<name>(?!id\b)[a-z][a-z-]*)(?: ?= ?| attribute (?:is |of )?|(?<=class) |(?<=placeholder) )(?:TEXT|(?P<plain>[\w-]+))",
        attribute,
    ),
    Rule(
        r"ELEMENT (?:contains|with|shows) COUNT (?:[a-z]+ ){0,1}(?P<what>[a-z]+(?: items?| rows?)?)(?: elements?)?",
        counted,
    ),
    Rule(
        r"(?:page |it )?(?:contains|shows) COUNT (?:[A-Za-z]+ ){0,3}(?P<what>[a-z]+)(?: elements?)? \(?(?:with )?class ?= ?«(?P<quotedclass>\d+)»\)?",
        counted,
    ),
    Rule(r"(?:page |it )?(?:contains|shows) COUNT (?P<exact>\.[A-Za-z][\w-]*)(?: elements?)?", counted),
    Rule(
        r"(?:page |it )?(?:contains|shows) COUNT (?P<what>[a-z]+(?: items?| rows?| buttons?| inputs?)?)(?: elements?)?",
        counted,
    ),
    Rule(r"ELEMENT contains (?:option )?LIST options?", options),
    Rule(r"ELEMENT contains options? ?:? ?LIST", options),
    Rule(r"ELEMENT contains (?:rendered |some )?(?:HTML|markup|child elements?)", inner_markup),
    Rule(r"ELEMENT contains LIST(?: elements?| tags?)?", inside),
    Rule(r"(?:page |it )?(?:contains |shows |there is )?ELEMENT(?: exists)?(?: on page| in page)?", there),
    Rule(r"ELEMENT exists and contains (?P<inner>(?:text )?[a-z]+)(?: field)?(?: (?:for|with|to) .+)?", with_inner),
    Rule(r"(?:page |it )?(?:shows|contains) (?P<something>(?:(?!is\b|and\b)[\w-]+ ){1,4})in ELEMENT", filled),
    Rule(
        r"(?P<something>(?:(?!is\b|and\b)[\w-]+ ){1,4}?)(?:is )?(?:displayed|shown|shows|rendered|visible|appears)(?: in| inside| within| at)? ELEMENT",
        filled,
    ),
    Rule(r"ELEMENT (?:contains text|contains|says|shows|is|with text|showing|displaying) PART(?: text)?", filled),
    Rule(r"ELEMENT is (?:not empty|filled|populated|non-empty)(?P<something>)", filled),
    Rule(r"ELEMENT (?:shows|displaying|showing|contains) (?P<something>[^«»]+)", filled),
    Rule(r"(?:page )?(?:(?:still|also|now) )?(?:shows) (?P<something>[^«»]+)", text_of_page),
]
