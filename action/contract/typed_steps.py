"""What objects say is done in a page, and what must be so after it: as steps, or in a sentence."""

import re
from typing import Any

from action.contract.assertion import Assertion
from action.contract.kinds_steps import Expect, Step, Steps
from action.contract.rephrase import LOADED
from action.contract.typed_words import (
    ABOUT,
    DEED_KEYS,
    EARLIER,
    EXPECTED,
    SELECTORS,
    SENTENCES,
    TEXTS,
    as_list,
    first,
    normal,
)

ACTS = re.compile(
    r"sequence|click|(?:^|_)press|type_|typing|fill|input_text|drag|hover|submit|select_|interact|action|steps?\b"
)
OPEN = ("goto", "open", "visit", "navigate")
FIRST_PAGE = [{word: "/"} for word in OPEN] + [{"action": word, "url": "/"} for word in OPEN]
WORDS_FOR = {
    **dict.fromkeys(("fill", "type", "input", "enter", "set", "set_value", "type_text"), "fill"),
    **dict.fromkeys(("click", "tap"), "click"),
    **{word: word for word in ("press", "check", "uncheck", "select", "submit", "reload", "hover", "wait")},
    "select_option": "select",
    "wait_for": "wait",
    "keypress": "press",
}
DONE = ("when", "action", "do", "step")
AT_FIRST = re.compile(rf"{LOADED}|a (?:fresh|new) page", re.IGNORECASE)


def has_steps(entry: dict[str, Any], name: str) -> bool:
    """Whether an object says what somebody does in the page."""
    return bool(ACTS.search(name) or entry.keys() & EARLIER)


def steps_of(entry: dict[str, Any]) -> list[Assertion]:
    """Return steps and what must be so after them; nothing when one of them cannot be read."""
    before = first(entry, ("before", "setup", "given")) or []
    then = first(entry, ("steps", "actions", "sequence"))
    listed = [*as_list(before), *(as_list(then) if then else [entry])]
    parts = [normal(it) for it in listed if isinstance(it, dict)]
    unread = entry.keys() & (EARLIER - {"before", "setup", "given", "steps", "actions", "sequence", "action", "click"})
    if unread or len(parts) != len(listed) or (then and "action" in entry):
        return []
    parts = parts[1:] if len(parts) > 1 and parts[0] in FIRST_PAGE else parts
    steps = [step_of(part) for part in parts]
    ends = [part for part, step in zip(parts, steps, strict=True) if step is None]
    wishes = first(entry, EXPECTED)
    if then and first(entry, SELECTORS) and isinstance(wishes, str | int | float):
        wishes = {"selector": first(entry, SELECTORS), "text": wishes}
    if wishes is not None and not isinstance(wishes, dict | list):
        return []
    ends += as_list(wishes or [])
    expected = [expect_of(it) if isinstance(it, dict) else None for it in ends]
    if not expected or not all(expected) or None in steps[:-1] or steps[0] is None:
        return []
    return [Steps(steps=tuple(it for it in steps if it), expect=tuple(it for it in expected if it))]


def step_of(part: dict[str, Any]) -> Step | None:
    """Return what a part of a list says is done: {"click": "#go"}, or {"action": "click", "selector": "#go"}."""
    key = next((key for key in (*DEED_KEYS, *WORDS_FOR) if key in part), "")
    named = str(part.get(key, "")).lower().replace("-", "_")
    deed = WORDS_FOR.get(named if key in DEED_KEYS else key, "")
    if key == "type" and not deed and re.match(r"[#.\[]", named):
        deed = "fill"  # {"type": "#name", "text": "Ada"}
    written = "" if key in DEED_KEYS and named in WORDS_FOR else part.get(key, "")
    if isinstance(written, list) and 1 <= len(written) <= 2:  # {"fill": ["#a", "Ada"]}
        part = {**part, "selector": written[0], "value": written[-1] if len(written) == 2 else None}
    on, value = first(part, SELECTORS), first(part, ("value", "text", "option", "key"))
    if deed == "press":
        return Step(do="press", on=str(on or ""), value=str(value or written))
    on = on or written
    return Step(do=deed, on=on, value=str(value or "")) if deed and on and isinstance(on, str) else None


def expect_of(part: dict[str, Any]) -> Expect | None:
    """Return what must be so: {"selector": "#out", "text": "Hi"}, or {"expect": "#out", "text": "Hi"}."""
    inner = next((part[key] for key in EXPECTED if key in part), None)
    part, inner = (normal(inner), "") if isinstance(inner, dict) else (part, inner)
    if part.keys() - {
        *SELECTORS,
        *TEXTS,
        *EXPECTED,
        *DEED_KEYS,
        "visible",
        "hidden",
        "count",
        "exact_count",
        "attribute",
    }:
        return None
    on = first(part, SELECTORS) or (inner if isinstance(inner, str) else "")
    wish: dict[str, Any] = {}
    if isinstance(part.get("visible"), bool) or isinstance(part.get("hidden"), bool):
        wish = {"is": "visible" if part.get("visible", not part.get("hidden", False)) else "hidden"}
    elif name := part.get("attribute"):
        wish = {"is": "attribute", "name": str(name), "value": str(first(part, ("value", "text", "equals")) or "")}
    elif (count := first(part, ("count", "exact_count"))) is not None:
        wish = {"is": "count", "at_least": count, "at_most": count}
    elif (text := first(part, TEXTS)) is not None and isinstance(text, str | int | float):
        wish = {"is": "contains", "value": str(text)}
    return Expect.model_validate({**wish, "on": on}) if wish and isinstance(on, str) else None


def offered(entry: dict[str, Any]) -> list[Assertion]:
    """Return that an element brings a file; nothing when more is said of how."""
    on, file = first(entry, ("trigger", "click", *SELECTORS)), first(entry, ("filename", "file"))
    if entry.keys() & (EARLIER - {"trigger", "click"}) or not isinstance(on, str) or not isinstance(file, str):
        return []
    expect = Expect.model_validate({"is": "downloaded", "name": file})
    return [Steps(steps=(Step(do="download", on=on),), expect=(expect,))]


def sentence_in(entry: dict[str, Any]) -> str:
    """Return the sentence that says all that an object wants, "when A, B" of two; nothing when it says more."""
    if any(isinstance(value, dict | list) for value in entry.values()):
        return ""
    deed, effect = first(entry, DONE), first(entry, (*EXPECTED, "assertion"))
    is_at_first = AT_FIRST.fullmatch(str(entry.get("given") or "the page is loaded"))
    if deed and effect and is_at_first and not entry.keys() - {*DONE, *EXPECTED, "assertion", "given", *ABOUT.split()}:
        return f"when {str(deed).removeprefix('when ')}, {effect}"
    return "" if entry.keys() & EARLIER else str(first(entry, SENTENCES) or "")
