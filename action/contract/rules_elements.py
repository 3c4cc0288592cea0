"""Rules about elements of the page: there, how many, what they hold, and what is inside them."""

import re

from action.contract.assertion import Assertion, Element, PageText
from action.contract.patterns import HEADINGS, TAGS, listed
from action.contract.rules import FILE, Reading, Rule

MANY_KINDS = {"button", "input", "section", "header", "footer", "nav", "link"}  # people mean more than one tag by these
TAG_OF = {
    **{name: name for name in (TAGS + " " + HEADINGS).split() if name not in MANY_KINDS},
    **{
        name: name
        for name in ("html", "body", "thead", "tbody", "img", "svg", "iframe", "audio", "label", "article", "aside")
    },
    "image": "img",
    "dropdown": "select",
    "text area": "textarea",
    "paragraph": "p",
}
SELECTOR_OF = {
    **TAG_OF,
    **{name: name for name in ("section", "header", "footer", "nav", "option", "legend", "fieldset")},
    "button": "button, [role=button], input[type=button], input[type=submit], input[type=reset]",
    "input": "input, textarea, select",
    "text input": "input:not([type]), input[type=text], textarea",
    "link": "a[href]",
    "checkbox": "input[type=checkbox]",
    "radio button": "input[type=radio]",
    "slider": "input[type=range]",
    "file input": "input[type=file]",
    "submit button": "button:not([type=button]), input[type=submit]",
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
    "meta charset": "meta[charset]",
    "meta description": 'meta[name="description"]',
    "favicon": "link[rel~=icon]",
}
INSIDE = {"item": "*", "entry": "*", "child": "*", "element": "*", "header": "th", "column header": "th"}
PLURAL = {f"{name}{'es' if name.endswith(('x', 's')) else 's'}": name for name in [*SELECTOR_OF, *INSIDE]}
PLURAL |= {"entries": "entry", "children": "child"}
NOUN = "|".join(sorted({*SELECTOR_OF, *PLURAL, *INSIDE, "field"}, key=len, reverse=True))
TAG_NAMES = {*TAG_OF.values(), *MANY_KINDS, "a", "main", "option", "li"}
OF_KIND = rf"(?:(?:[\w-]+ ){{0,3}}?<?(?P<noun>{NOUN})>?(?: (?:element|tag|field|box|list|menu))? ?)?"
WITH_ID = re.compile(
    rf"{OF_KIND}(?:with |whose |that contains |containing |having )?\(?(?P<what>id|class)"
    r"(?: ?= ?| is | of | named | called | )(?:«(?P<value>\d+)»|(?P<bare>[^\s«»()]+))\)?(?: (?:element|attribute))?",
    re.IGNORECASE,
)
WITH_SIGN = re.compile(
    rf"{OF_KIND}(?:<?(?P<tag>[a-z][a-z0-9]*)>?)?(?P<selector>[#.][^\s«»#.,;()]+)(?: (?:{NOUN})(?: element)?)?",
    re.IGNORECASE,
)
WITH_IDS = re.compile(
    rf"{OF_KIND}(?:(?:with|having|whose) )?(?:following )?(?P<what>ids|classes)(?: exists)?"
    r"(?: ?[=:] ?| is | of | named | called | )"
    r"(?P<names>[^\s«»()#.,]+(?:(?:, (?:and )?| and )[^\s«»()#.,]+){1,19})(?: elements?)?",
    re.IGNORECASE,
)
ONLY_NOUN = re.compile(rf"<?(?P<noun>{NOUN})>?(?: (?:element|tag)s?)?", re.IGNORECASE)
NO_ID = {"that", "which", "and", "or", "to", "in", "for", "on", "with"}
ONE_OF_MANY = {"button", "a", "input", "li", "p", "div", "span", "option", "label", "td", "th"}
JUDGED = re.compile(
    r"\b(?:correct\w*|right|proper\w*|expected|accurate\w*|appropriate\w*|valid|descriptive|updated?|dynamic\w*|clear\w*"
    r"|meaningful|relevant|suitable|good|nice|displayed|visible|present|set|changed|unique|required|professional"
    r"|responsive|same|different|formatted|working|shown|bold|centered|styled)\b",
    re.IGNORECASE,
)
# What is so only after something, or in a state that the first view does not have.
LATER = re.compile(
    r"\b(?:click\w*|press(?:ing|ed)|typing|selecting|when(?:ever)?|after|once|toggl\w+|updat(?:es|ing)|chang(?:es|ing)"
    r"|switch(?:es|ing)|upon|opening|visiting|navigat\w+|hash|if|until|unless|hover\w*|submitt\w+|as you type|reload\w*"
    r"|dragg\w+|dynamically|automatically|on (?:click|submit|change|load|input|hover|error|success|failure)|errors?"
    r"|warnings?|invalid|success|loading|notifications?|alerts?|validation)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(r"(?<![#.\w-])(?:no|not|neither|nor|never|without|nothing|none|than|instead)\b", re.IGNORECASE)
SAYS_PART = re.compile(
    r"\b(?:contain|includ|mention|hold)\w* (?:(?:the|a) )?(?:(?:text|words?|string|phrase):? )?[\"'“`]", re.IGNORECASE
)
HOLDERS = {"footer", "header", "main", "section", "nav", "form", "table", "div", "ul", "ol", "dialog"}
SHOWS = re.compile(
    r"(?<![#.\w-])(?:displays?|shows?|displaying|showing|contains?|says|saying|reads|equals|has the text"
    r"|with (?:the )?text|is)"
    r"(?: ?:)? (?:(?:the )?(?:text|words|message|heading|phrase|title) )?(?P<words>.+)",
    re.IGNORECASE,
)
KIND_OF_TEXT = re.compile(r" (?:text|heading|message)$", re.IGNORECASE)
SMALL = re.compile(r"a|an|the|and|or|of|to|in|on|at|for|from|by|with|is|my|your|our", re.IGNORECASE)
UNIT = r"(?: ?(?:°[CF]?|[%€$£¥]|[A-Z]{2,3}|[kKmMcµ]?[a-zA-Z]{1,2}(?:/[a-z]{1,3})?|min|mins|kcal))"
CODE = re.compile(r"(?=[A-Z]*\d)[A-Z\d]{4,12}")
AMOUNT = re.compile(rf"[-+]?[$€£¥]?-?\d[\d.,:/]*{UNIT}?(?: (?:at|of|out of) \d[\d.,:]*{UNIT}?)?|©.{{1,80}}")


def is_name(words: str) -> bool:
    """Whether words are written as a text of the page rather than said about it: "Hello from Render"."""
    parts = re.findall(r"[^\W\d_][\w'’]*", words)
    if "or" in parts:  # one of several is meant
        return False
    has_capitals = bool(parts) and all(part[0].isupper() or SMALL.fullmatch(part) for part in parts)
    return has_capitals and parts[0][0].isupper() and not JUDGED.search(words) and not words.isupper()


def shown_words(reading: Reading) -> str:
    """Return the text that a check names without quotation marks; nothing when it only says what kind of text."""
    found = SHOWS.search(" ".join(reading.check.original.split()))
    words = KIND_OF_TEXT.sub("", found["words"].rstrip(". ")).rstrip() if found else ""
    is_quoted_in_brief = f'"{words.lower()}"' in reading.names.brief.lower()
    is_text = re.fullmatch(r"hello,? world!?", words, re.IGNORECASE) or AMOUNT.fullmatch(words) or CODE.fullmatch(words)
    return words if words and (is_name(words) or is_quoted_in_brief or is_text) else ""


def found_element(words: str, reading: Reading) -> Element | None:
    """Return the element that words are about: by its id or class, or by nothing but its kind."""
    if NEGATED.search(words) or FILE.search(words):
        return None
    words = re.sub(r"^(?:page |it )?(?:contains |shows |there is )?|(?: on| in) page$", "", words.strip())
    if match := WITH_ID.fullmatch(words):
        value = reading.check.quoted[int(match["value"])] if match["value"] else match["bare"]
        if (match["bare"] or "").lower() in NO_ID or not value.lstrip("#."):
            return None
        sign = "#" if match["what"].lower() == "id" else "."
        return Element(selector=f"{sign}{value.lstrip('#.')}", tag=TAG_OF.get((match["noun"] or "").lower()))
    match = WITH_SIGN.fullmatch(words)
    if match and (match["tag"] or "p").lower() in TAG_NAMES and not match["selector"].isupper():  # "#REF" is a code
        noun = TAG_OF.get((match["noun"] or "").lower())
        return Element(selector=f"{match['tag'] or ''}{match['selector']}", tag=None if match["tag"] else noun)
    if match := ONLY_NOUN.fullmatch(words):
        selector = selector_of(match["noun"])
        return Element(selector=selector) if selector else None
    return None


def selector_of(noun: str, *, is_inside: bool = False) -> str:
    """Return the selector of what an element is called; nothing for "element", unless it is inside another one."""
    plain = noun.lower().strip("<>")
    plain = PLURAL.get(plain, plain)
    return (INSIDE.get(plain) if is_inside else None) or SELECTOR_OF.get(plain, "")


def within(outer: str, inner: str) -> str:
    """Return a selector for what lies inside an element. The children of one are its items."""
    if inner == "*":
        return f"{outer} > *"
    return ", ".join(f"{each} {part}" for each in outer.split(", ") for part in inner.split(", "))


def is_marked(found: Element) -> bool:
    """Whether an element is named by an id, so that it is a certain one."""
    return "#" in found.selector


def is_later(reading: Reading) -> bool:
    """Whether a check speaks of what happens, which the first view does not show."""
    return bool(LATER.search(re.sub(r"[#.][\w-]+|«\d+»", "", reading.check.text)))


def element(reading: Reading) -> list[Assertion]:
    """Return an element: an id with a tag, or a tag alone, and the text that it is or contains."""
    selector, tag = reading.piece("selector"), (reading.piece("tag") or reading.piece("as")).lower()
    text, part = reading.text() or None, reading.text("part") or None
    if text and not selector and tag in ONE_OF_MANY:
        return [Element(selector=SELECTOR_OF.get(tag, tag), one_of=(text,))]
    if text and is_part(reading, "" if selector else tag):
        text, part = None, text
    return [Element(selector=selector or tag, tag=(tag or None) if selector else None, text=text, contains=part)]


def is_part(reading: Reading, tag: str) -> bool:
    """Whether a text may stand among others: what "contains" it, or what is made to hold several things."""
    words = reading.check.original
    holds = tag in HOLDERS and re.search(r"\btext «", reading.check.text)
    return bool(SAYS_PART.search(words) or holds) and not re.search(r"\bexact", words, re.IGNORECASE)


def labelled(reading: Reading) -> list[Assertion] | None:
    """Return an element of a kind that has many, by its text."""
    selector = selector_of(reading.piece("what"))
    return [Element(selector=selector, one_of=(reading.text(),))] if selector else None


def on_page(reading: Reading) -> list[Assertion] | None:
    """Return an element of another page of the site, by its text."""
    path = "" if reading.file == "index.html" else reading.file
    return [each.model_copy(update={"path": path}) for each in labelled(reading) or []]


def there(reading: Reading) -> list[Assertion] | None:
    """Return each element of a list."""
    words = reading.piece("element")
    parts = re.split(r",? and |, ", words if NEGATED.search(words) else re.sub(r"^.*?\b\w+: ", "", words))
    found = [found_element(part, reading) for part in parts]
    return [each for each in found if each] if all(found) else None


def each_there(reading: Reading) -> list[Assertion] | None:
    """Return each element of a list of ids: "inputs with ids a and b", "a button with id a and one with id b"."""
    words = reading.piece("list")
    if match := WITH_IDS.fullmatch(reading.with_quoted("list")):
        noun, sign = (match["noun"] or "").lower(), "#" if match["what"].lower() == "ids" else "."
        tag = TAG_OF.get(PLURAL.get(noun, noun))
        names = re.split(r", and |, | and ", match["names"])
        return None if NO_ID & {*names} else [Element(selector=f"{sign}{name}", tag=tag) for name in names]
    parts = [re.sub(r"^(?:one|another) (?=with )", "", part) for part in re.split(r",? and |, ", words)]
    found = [found_element(part, reading) for part in parts]
    return [each for each in found if each] if len(found) > 1 and all(it and is_marked(it) for it in found) else None


def filled(reading: Reading) -> list[Assertion] | None:
    """Return an element that shows something: the text that is named, or anything."""
    found = found_element(reading.piece("element"), reading)
    if found is None or is_later(reading) or (JUDGED.search(reading.piece("something")) and not shown_words(reading)):
        return None
    if words := reading.text("part") or shown_words(reading):
        return each_in(found, words, is_quoted=bool(reading.piece("part")))
    return [found.model_copy(update={"is_filled": True})] if is_marked(found) else None


def each_in(found: Element, words: str, *, is_quoted: bool = False) -> list[Assertion]:
    """Return that an element contains words; those of a list ("Milk and Bread") need not stand beside each other."""
    parts = [words] if is_quoted else re.split(r",? and |, ", words)
    return [found.model_copy(update={"contains": part}) for part in parts]


def each_text(reading: Reading) -> list[Assertion] | None:
    """Return that an element, or the page, contains each of several texts."""
    found = found_element(reading.piece("element"), reading) if reading.piece("element") else Element(selector="body")
    texts = [reading.check.quoted[int(mark)] for mark in re.findall(r"\d+", reading.piece("texts"))]
    if found is None or is_later(reading):
        return None
    return [
        PageText(contains=it) if found.selector == "body" else found.model_copy(update={"contains": it}) for it in texts
    ]


def headers(reading: Reading) -> list[Assertion] | None:
    """Return a table with a header cell for each name."""
    found, names = found_element(reading.piece("element"), reading), names_in(reading)
    if found is None or not names:
        return None
    cells = within(found.selector, "th, tr:first-child td")
    return [*([found] if is_marked(found) else []), *(Element(selector=cells, one_of=(name,)) for name in names)]


def names_in(reading: Reading) -> list[str]:
    """Return the texts of a list: quoted, written as names, or several single words."""
    names = listed(reading.with_quoted("list"))
    are_words = len(names) > 1 and all(re.fullmatch(r"[\w-]+", name) and not JUDGED.search(name) for name in names)
    return names if "«" in reading.piece("list") or are_words or all(is_name(name) for name in names) else []


def links_inside(reading: Reading) -> list[Assertion] | None:
    """Return links by their texts inside an element."""
    found, names = found_element(reading.piece("element"), reading), names_in(reading)
    if found is None or not names or is_later(reading):
        return None
    return [Element(selector=within(found.selector, "a[href]"), one_of=(name,)) for name in names]


def says(reading: Reading) -> list[Assertion] | None:
    """Return an element with a text that is named without quotation marks."""
    found, words = found_element(reading.piece("element"), reading), shown_words(reading)
    return each_in(found, words) if found and words and not is_later(reading) else None


def counted(reading: Reading) -> list[Assertion] | None:
    """Return how many of something an element or the page has."""
    outer = found_element(reading.piece("element"), reading) if reading.piece("element") else None
    named = reading.check.quoted[int(reading.piece("quotedclass"))] if reading.piece("quotedclass") else ""
    inner = f".{named}" if named else reading.piece("exact")
    inner = inner or selector_of(reading.piece("what"), is_inside=outer is not None)
    if not inner or is_later(reading) or (reading.piece("element") and not outer):
        return None
    low, high = reading.count()
    low = low or 0  # at most ten may be none
    selector = within(outer.selector, inner) if outer else inner
    return [Element(selector=selector, minimum=low, maximum=high), *([outer] if outer and outer.tag else [])]


def inside(reading: Reading) -> list[Assertion] | None:
    """Return the elements that are inside another one."""
    outer = found_element(reading.piece("element"), reading)
    words = re.split(r",? and |, ", reading.piece("list").strip())
    names = [selector_of(word, is_inside=bool(outer and "table" in (outer.tag, outer.selector))) for word in words]
    if outer is None or not all(names) or "*" in names:
        return None
    return [*([outer] if is_marked(outer) else []), *(Element(selector=within(outer.selector, it)) for it in names)]


def options(reading: Reading) -> list[Assertion] | None:
    """Return the options of a list, each by its value or its text."""
    outer, written = found_element(reading.piece("element"), reading), reading.piece("list")
    names = re.split(r",? and |, ", reading.with_quoted("list"))
    are_quoted = "«" in written and not re.sub(r"«\d+»|\band\b|[\s,]", "", written)
    is_plain = are_quoted or all(len(it.split()) == 1 and not it.islower() and not JUDGED.search(it) for it in names)
    return [Element(selector=f"{outer.selector} option", one_of=(it,)) for it in names] if outer and is_plain else None


def exact_selector(reading: Reading) -> list[Assertion] | None:
    """Return the element that a selector in parentheses means, as it was written."""
    found = IN_PARENTHESES.search(reading.check.original)
    return [Element(selector=found[1].strip())] if found and not is_later(reading) else None


def viewport(_: Reading) -> list[Assertion]:
    return [Element(selector=SELECTOR_OF["meta viewport"])]


def inner_markup(reading: Reading) -> list[Assertion] | None:
    """Return that an element holds other elements and not only text."""
    found = found_element(reading.piece("element"), reading)
    return [Element(selector=f"{found.selector} *")] if found and is_marked(found) else None


def with_inner(reading: Reading) -> list[Assertion] | None:
    """Return an element and another one inside it."""
    outer, inner = found_element(reading.piece("element"), reading), selector_of(reading.piece("inner"))
    return [outer, Element(selector=within(outer.selector, inner))] if outer and inner else None


IN_PARENTHESES = re.compile(
    r"\(\s*+((?:[a-z][a-z0-9]*+)?(?:\[[^\]]++\]|[#.][A-Za-z][\w-]*+)(?:[\s>+~]*+[\w.#-]++(?:\[[^\]]++\])?)*+)\s*+\)"
)
IT = r"(?:page |document )?(?:shows |contains |there is )?(?:element |TAG )?(?:element )?(?:with id ?=? ?|id ?=? ?)?ID"
PAGE = r"(?:page |it |there )?"
SAYING = r"(?:with (?:text|label|title)|labell?ed|called|named|saying|reading|that (?:says|reads|is))"
QUOTES = r"(?P<texts>«\d+»(?:(?:, (?:and )?| and )(?:(?:text|word|string)s? )?«\d+»)+)"
RULES = [
    Rule(r"page contains TAG (?:element )?(?:with (?:exact )?text |that is |is |saying )TEXT", element),
    Rule(r"TAG (?:element |text )?(?:contains text |is |with text )TEXT", element),
    Rule(rf"{IT}(?: exists)?(?: on page| in page)?", element),
    Rule(rf"{IT} is <?(?P<as>{'|'.join(TAGS.split())})>?(?: element)?(?: {SAYING} TEXT)?", element),
    Rule(rf"{IT}(?:'s)? (?:contains (?:exact )?text |text is |is |with (?:exact )?text |text )TEXT", element),
    Rule(rf"{IT} (?:contains|shows) (?:text |word |string )?PART", element),
    Rule(
        r"(?:page contains |there is )?TAG (?:element )?(?:that contains |containing |with )(?:text )?PART(?: exists)?",
        element,
    ),
    Rule(
        rf"{PAGE}(?:contains |is )?(?P<what>button|link|option|label|checkbox|heading|card|tab|list item|cell|h[1-6])"
        rf"(?: element)?(?: {SAYING})? TEXT(?: exists)?",
        labelled,
    ),
    Rule(rf"{PAGE}(?:contains |is )?TEXT (?P<what>button|link|heading|tab|option)(?: exists)?", labelled),
    Rule(
        r"(?P<file>[\w/-]{1,80}\.html?) (?:contains|shows) (?P<what>button|link|label|heading|h[1-6])"
        r"(?: (?:with (?:text|label)|called|saying))? TEXT",
        on_page,
    ),
    Rule(r"[^()]*\([^()]*\)", exact_selector),
    Rule(r"[^()]*\((?:contains )?(?:meta viewport|viewport meta)(?: tag)?\)", viewport),
    Rule(r"(?:page |it )?contains COUNT (?P<what>[a-z ]+): ELEMENT", there),
    Rule(rf"(?:page|ELEMENT) (?:contains|shows) (?:(?:text|word|string|phrase)s? )?{QUOTES}", each_text),
    Rule(
        r"ELEMENT contains (?:columns?|header row|(?:column )?headers?|headings?)(?: named| with| for)? ?:? ?LIST",
        headers,
    ),
    Rule(r"ELEMENT contains links? to LIST", links_inside),
    Rule(
        r"ELEMENT (?:contains|with|shows) COUNT (?:[a-z]+ )?(?P<what>[a-z]+(?: items?| rows?)?)(?: elements?)?", counted
    ),
    Rule(
        r"ELEMENT (?:contains|with|shows) COUNT (?P<exact>[a-z]{0,9}\.[A-Za-z][\w-]*)(?: elements?)?(?: inside)?",
        counted,
    ),
    Rule(
        rf"{PAGE}(?:contains|shows|is) COUNT (?:[A-Za-z]+ ){{0,3}}(?P<what>[a-z]+)(?: elements?)?"
        r" \(?(?:with )?class ?= ?«(?P<quotedclass>\d+)»\)?",
        counted,
    ),
    Rule(rf"{PAGE}(?:contains|shows|is) COUNT (?P<exact>\.[A-Za-z][\w-]*)(?: elements?)?(?: exists)?", counted),
    Rule(
        rf"{PAGE}(?:contains |shows |is )?COUNT (?P<what>[a-z][a-z1-6]*(?: items?| rows?| buttons?| inputs?)?)"
        r"(?: elements?)?"
        r"(?: (?:exists|is (?:shown|displayed|visible|rendered)))?(?: on page| in page)?",
        counted,
    ),
    Rule(
        rf"{PAGE}(?:contains |shows |is )?COUNT (?P<what>[a-z]+(?: items?| rows?)?)(?: elements?)?"
        r"(?: (?:is )?(?:exists|shown|displayed))? (?:in|inside|within|of) ELEMENT(?: exists)?",
        counted,
    ),
    Rule(r"ELEMENT contains (?:option )?LIST options?", options),
    Rule(
        r"(?:there is )?ELEMENT (?:that |which )?(?:contains options?|offers(?: options?)?|with options?) ?:? ?LIST",
        options,
    ),
    Rule(r"ELEMENT contains (?:rendered |some )?(?:HTML|markup|child elements?)", inner_markup),
    Rule(r"ELEMENT contains LIST(?: elements?| tags?)?", inside),
    Rule(r"(?:page |it )?(?:contains |shows |there is )?ELEMENT(?: exists)?(?:(?: is)? (?:on|in) page)?", there),
    Rule(rf"{PAGE}(?:contains |shows |there is )?LIST(?: exists)?(?:(?: is)? (?:on|in) page)?", each_there),
    Rule(r"ELEMENT exists and contains (?P<inner>(?:text )?[a-z]+)(?: field)?(?: (?:for|with|to) .+)?", with_inner),
    Rule(r"(?:page |it )?(?:shows|contains) (?P<something>(?:(?!is\b|and\b)[\w-]+ ){1,4})in ELEMENT", filled),
    Rule(
        r"(?P<something>(?:(?!is\b|and\b)[\w-]+ ){1,4}?)(?:is )?(?:displayed|shown|shows|rendered|visible|appears)"
        r"(?: in| inside| within| at)? ELEMENT",
        filled,
    ),
    Rule(r"ELEMENT (?:contains text|contains|says|shows|is|with text|showing|displaying) PART(?: text)?", filled),
    Rule(r"ELEMENT is (?:not empty|filled|populated|non-empty)(?P<something>)", filled),
    Rule(r"ELEMENT (?:says|is) [^«»]+", says),
    Rule(r"ELEMENT (?:shows|displaying|showing|contains) (?P<something>[^«»]+)", filled),
]
