"""Rules about one element: its attributes, its value, where it leads, and the state in which it is at first."""

import json
import re

from action.contract.assertion import Assertion, Element, Js
from action.contract.rephrase import AT_REST
from action.contract.rules import Reading, Rule
from action.contract.rules_elements import PAGE, found_element, is_later, is_marked

SEEN = "{opacityProperty: true, visibilityProperty: true}"
INPUT = re.compile(r"(?<![#.\w-])(?:inputs?|keys?|select|dropdown|textarea|text area|checkbox|box)\b", re.IGNORECASE)


def attribute(reading: Reading) -> list[Assertion] | None:
    """Return an element with an attribute, and its value where one is given. A value may also be a script's."""
    found = found_element(reading.piece("element"), reading)
    if found is None or is_later(reading):
        return None
    name, value = reading.piece("name").lower(), reading.text() or reading.piece("plain")
    if name == "class":
        return [Element(selector=f"{found.selector}.{'.'.join(value.split())}")]
    if name == "value" and value and is_marked(found):
        return at_first(found, value)
    wanted = f'[{name}="{value}"]' if value else f"[{name}]"
    return [Element(selector=with_sign(found, wanted))]


def with_sign(found: Element, sign: str) -> str:
    """Return the selector of an element with something more behind each of its parts."""
    return ", ".join(f"{each}{sign}" for each in found.selector.split(", "))


def at_first(found: Element, value: str) -> list[Assertion]:
    """Return that an input has a value, or a list an option with it that is chosen."""
    return [Element(selector=f"{found.selector}:not(select), {found.selector} option:checked", one_of=(value,))]


def default(reading: Reading) -> list[Assertion] | None:
    """Return the value that an input has at first. A word in small letters only tells of one ("today")."""
    found, plain = found_element(reading.piece("element"), reading), reading.piece("plain")
    value = reading.text() or ("" if plain.islower() else plain)
    return at_first(found, value) if found and value and is_marked(found) else None


def typed(reading: Reading) -> list[Assertion] | None:
    """Return an input of a type. What has none is a text."""
    found, kind = found_element(reading.piece("element"), reading), reading.piece("type").lower()
    if found is None or not is_marked(found):
        return None
    sign = ":is([type=text], :not([type]))" if kind == "text" else f"[type={kind}]"
    return [Element(selector=with_sign(found, sign))]


def leads_to(reading: Reading) -> list[Assertion] | None:
    """Return a link with an address, or an element with one inside it."""
    found = found_element(reading.piece("element"), reading)
    if found is None or not is_marked(found) or is_later(reading):
        return None
    address = (reading.text() or reading.piece("address") or reading.piece("source")).rstrip("/.")
    signs = [f'[href$="{address}{end}"]' for end in (["", "/"] if "//" in address else [""])]
    return [Element(selector=", ".join(f"{found.selector}{place}{sign}" for place in ("", " a") for sign in signs))]


def new_tab(reading: Reading) -> list[Assertion]:
    """Return a link with an address that opens in a tab of its own."""
    rel = f"[rel~={reading.piece('name')}]" if reading.piece("name") else ""
    return [Element(selector=f'a[href^="{reading.piece("address").rstrip("/")}"][target=_blank]{rel}')]


def in_state(reading: Reading) -> list[Assertion] | None:
    """Return elements in the state that they have when the page is loaded. "Required" is a state of inputs only."""
    parts, state = re.split(r",? and |, ", reading.piece("element")), reading.piece("state").lower()
    found = [found_element(part, reading) for part in parts]
    if not all(each and is_marked(each) for each in found):
        return None
    are_inputs = re.search(r"\b(?:inputs|keys)\b", reading.piece("element"), re.IGNORECASE)
    is_of_input = [state != "required" or bool(are_inputs or INPUT.search(part)) for part in parts]
    sign = ":not(:checked)" if state == "unchecked" else f":{state}"
    return [
        Element(selector=each.selector + sign if is_input else each.selector)
        for each, is_input in zip(found, is_of_input, strict=True)
        if each
    ]


def seen(reading: Reading) -> list[Assertion] | None:
    """Return that an element is hidden when the page is at rest; of a visible one (a spinner?) that it is there."""
    found = found_element(reading.piece("element"), reading)
    is_first = reading.piece("first") or reading.piece("last")
    if found is None or not is_marked(found) or (is_later(reading) and not is_first):
        return None
    if not re.search("hidden|not|invisible", reading.piece("state"), re.IGNORECASE):
        return [found]
    return [Js(expression=hidden_at_rest(found.selector))] if is_first else None


def hidden_at_rest(selector: str) -> str:
    """Return the expression that an element is not there or cannot be seen."""
    return f"!document.querySelector({json.dumps(selector)})?.checkVisibility({SEEN})"


def labels(reading: Reading) -> list[Assertion]:
    """Return that each field that can be seen has a name: a label, or what a screen reader takes for one."""
    unseen = "" if reading.piece("seen") else ' || it.ariaLabel || it.title || it.getAttribute("aria-labelledby")'
    named = f"it => !it.checkVisibility() || it.labels?.length{unseen}"
    return [Js(expression=f"[...document.querySelectorAll({FIELDS})].every({named})")]


FIELDS = '"input:not([type=hidden], [type=submit], [type=button], [type=reset], [type=image]), select, textarea"'
FIELD = r"(?:(?:form )?(?:keys?|controls?|elements?)|(?:form )?inputs?(?: keys?)?|selects?|textareas?|dropdowns?)"
KNOWN = (
    r"placeholder|alt|title|href|src|type|required|disabled|checked|min|max|step|pattern|role|lang|for|value|tabindex"
    r"|readonly|multiple|download|target|aria-[a-z]+|data-[a-z][\w-]*"
)
TYPES = r"(?P<type>number|email|date|time|color|range|file|password|url|tel|search|text|checkbox|radio)"
AT_FIRST = rf"(?:by default|{AT_REST})"
VALUE = r"(?:TEXT|(?P<plain>[\w/.-]+))"
RULES = [
    Rule(
        r"(?:(?:all|every|each) )?(?:images?|pictures?|img)(?: elements?| tags?)? (?:all )?contains (?:meaningful )?"
        r"alt(?:ernative)?(?: texts?| attributes?)?(?: (?:that|which) describes? (?:it|them))?",
        lambda _: [Element(selector="img:not([alt])", maximum=0)],
    ),
    Rule(
        rf"(?:all|every|each) (?:of )?{FIELD}(?:(?:,? and |, )(?:every |all |each )?{FIELD})* (?:all )?contains "
        r"(?:(?P<seen>visible)|associated|accessible|matching|own)? ?labels?(?: \(?or aria-label\)?)?(?: associated)?",
        labels,
    ),
    Rule(
        rf"ELEMENT contains (?P<name>{KNOWN})(?: text| attribute)?(?: ?= ?| of | is | )?{VALUE}?",
        attribute,
    ),
    Rule(
        rf"{PAGE}(?:contains |is )?ELEMENT (?:with|of) (?:attribute )?(?P<name>{KNOWN}|name|action|method)"
        r" ?(?:=|is|of)? ?(?:TEXT|(?P<plain>(?!and\b|or\b)[\w/.-]+))(?: exists)?",
        attribute,
    ),
    Rule(rf"ELEMENT's (?P<name>{KNOWN})(?: text| attribute)? is {VALUE}", attribute),
    Rule(rf"(?P<name>{KNOWN})(?: text| attribute)? (?:of|in) ELEMENT is {VALUE}", attribute),
    Rule(r"ELEMENT contains attribute (?P<name>[a-z][\w-]*)(?: ?= ?| of | is | )?(?:TEXT)?", attribute),
    Rule(r"ELEMENT contains (?P<name>(?!id\b)[a-z][a-z-]*) ?= ?(?:TEXT|(?P<plain>[\w-]+))", attribute),
    Rule(r"ELEMENT contains (?:css )?(?P<name>class)(?: name)? (?:TEXT|(?P<plain>[\w-]+))", attribute),
    Rule(rf"ELEMENT (?:defaults to|is set to|contains default(?: value)?(?: of)?) {VALUE}(?: by default)?", default),
    Rule(rf"default value (?:of|in|for) ELEMENT is {VALUE}", default),
    Rule(rf"ELEMENT is (?:of )?type {TYPES}", typed),
    Rule(rf"ELEMENT is {TYPES} (?:input|key)(?: element)?", typed),
    Rule(r"ELEMENT (?:points|links) to (?:ADDRESS|TEXT|SOURCE)", leads_to),
    Rule(r"links? to ADDRESS opens in new tab(?:,? (?:and|with) rel ?=? ?«?(?P<name>noopener|noreferrer)»?)?", new_tab),
    Rule(
        rf"(?:{AT_FIRST},? )?ELEMENT is (?P<state>required|disabled|enabled|checked|unchecked)(?: {AT_FIRST})?",
        in_state,
    ),
    Rule(
        rf"(?:(?P<first>{AT_FIRST}),? )?ELEMENT is (?P<state>(?:not |in)?visible|hidden|(?:not )?(?:shown|displayed))"
        rf"(?: (?:on|in) page)?(?: (?P<last>{AT_FIRST}))?",
        seen,
    ),
]
