"""Rules about what must not be in the page: elements, texts, and what stands on buttons."""

import json
import re

from action.contract.assertion import Assertion, Element, Js
from action.contract.rules import Reading, Rule
from action.contract.rules_elements import SAYING, found_element, is_later, is_marked, selector_of


def not_there(reading: Reading) -> list[Assertion] | None:
    """Return that no such element is in the page, and none of the others of a list."""
    parts = re.split(r",? (?:and|or|nor) (?:no )?|, (?:no )?", reading.piece("element"))
    found = [None if is_later(reading) else found_element(part, reading) for part in parts]
    if not all(found) or (len(found) > 1 and not all(each and is_marked(each) for each in found)):
        return None
    return [Element(selector=each.selector, maximum=0) for each in found if each]


def label_absent(reading: Reading) -> list[Assertion] | None:
    """Return that nothing of a kind has a text: "no Start over button"."""
    name = reading.text() or (reading.piece("name") if reading.piece("name")[:1].isupper() else "")
    selector = selector_of(reading.piece("what"))
    if not name or not selector or is_later(reading):
        return None
    named = f"it => it.checkVisibility() && (it.value || it.textContent).trim() === {json.dumps(name)}"
    return [Js(expression=f"![...document.querySelectorAll({json.dumps(selector)})].some({named})")]


def text_absent(reading: Reading) -> list[Assertion] | None:
    """Return that an element, or the page, does not contain a text."""
    found = found_element(reading.piece("element"), reading) if reading.piece("element") else Element(selector="body")
    if found is None or is_later(reading) or not (is_marked(found) or found.selector == "body"):
        return None
    shown = f'(document.querySelector({json.dumps(found.selector)})?.innerText ?? "")'
    return [Js(expression=f"!{shown}.includes({json.dumps(reading.text())})")]


RULES = [
    Rule(
        r"(?:page|ELEMENT) lacks (?:(?:text|word|string|phrase) )?TEXT(?: (?:anywhere|somewhere|on page)){0,2}",
        text_absent,
    ),
    Rule(r"ELEMENT is absent(?: (?:from|on|in) page)?", not_there),
    Rule(r"(?:page lacks|there is no) (?:any )?ELEMENT(?: (?:on|in) page)?", not_there),
    Rule(r"no (?:more )?ELEMENT(?: (?:exists|is|(?:is )?(?:on|in) page))?", not_there),
    Rule(r"neither ELEMENT (?:exists|is (?:on|in) page)", not_there),
    Rule(
        rf"(?:there is no|page lacks|no) (?P<what>button|link|tab|heading|label) {SAYING} TEXT(?: exists)?"
        r"(?: (?:on|in) page)?",
        label_absent,
    ),
    Rule(
        r"(?:there is no|page lacks|no) (?:more )?(?:TEXT|(?P<name>\w+(?: \w+){0,2})) (?P<what>button|link|tab)"
        r"(?: exists)?(?: (?:on|in) page)?",
        label_absent,
    ),
]
