"""Checks that senders type as objects: what they are about, where, after which steps, and what is wanted of it."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from action.contract.assertion import (
    ASSERTION,
    Assertion,
    Element,
    FileAbsent,
    FileExists,
    InPage,
    Js,
    JsonAt,
    LicenseIsMit,
    NoConsoleErrors,
    PageLoads,
    PageText,
    PageTitle,
    PageWords,
    TextContains,
    WordCount,
)
from action.contract.kinds_steps import Expect, Step, Steps
from action.contract.model_checks import ALLOWED, FIXED
from action.contract.rules_attributes import hidden_at_rest
from action.contract.rules_elements import selector_of
from action.contract.rules_steps import click_sequence
from action.contract.scripts import is_script

# The names that senders have for things, and ours.
SELECTORS = ("selector", "css", "css_selector", "element", "target")
TEXTS = ("text", "contains", "expected_text", "expected", "equals", "value", "content", "label")
SENTENCES = (
    "description",
    "check",
    "sentence",
    "assertion",
    "criterion",
    "requirement",
    "rule",
    "test",
    "text",
    "name",
)
SCRIPTS = ("js", "javascript", "expression", "script", "code", "eval")
ACTS = re.compile(
    r"sequence|click|(?:^|_)press|type_|typing|fill|input_text|drag|hover|submit|select_|interact|action|steps?\b"
)
IS_SCRIPT = re.compile(r"(?:js|javascript|script|eval|expression|code)(?:_(?:check|expression|eval|code|test))?")
ABSENT = re.compile(r"absent|not_exist|missing|not_present|not_found")
COUNTS = re.compile(r"count|length|number_of|rows?$")
# What compares, denies or measures: no field of ours says that, and a plain text is something else.
UNLIKE = re.compile(
    r"(?:^|_)(?:not|no|never|hidden|invisible|regex|pattern|match(?:es)?|greater|less|than|between|range|style|css_\w+|colou?r"
    r"|property|starts?|ends?|sum|avg|average|tag|disabled|enabled|focus(?:ed)?|checked)(?:_|$)"
)
OF_KIND = re.compile(r"(button|link|input|image|form|table|heading|canvas|select)s?(?:_|$)")


ABOUT = (  # what speaks of the check, and not of the page
    "id name description desc weight points score max_score category severity priority message error_message hint note"
    " notes comment explanation reason tags timeout timeout_ms critical optional mandatory round evaluation feedback"
    " summary goal purpose group suite section title on_fail reference blocking level license"
)
# What is so or is done first; where that is not read, nothing of an object is.
EARLIER = {
    *("before", "given", "when", "setup", "precondition", "preconditions", "after", "action", "actions", "steps"),
    *("sequence", "buttons", "trigger", "click"),
}
ADDRESSES = ("url", "page", "route", "address", "query", "query_string")  # where a page is, as far as it is one
OTHER_SCREEN = {"viewport", "device", "screen", "window"}
PROPERTY = re.compile(r"[a-z][A-Za-z]*")
WORD_COUNT = re.compile(r"words?_count|number_of_words|(?:min|max)_words")
DEED_KEYS = ("action", "do", "step", "command", "type")
EXPECTED = ("expect", "expected", "expects", "then", "assert", "should", "result")
# Every name that is read. With another one, an object says more than we know.
READ = {
    *(*ABOUT.split(), *EARLIER, *EXPECTED, *SELECTORS, *TEXTS, *ADDRESSES, *SENTENCES, *SCRIPTS, *OTHER_SCREEN),
    *("kind", "check_type", "path", "file", "filename", "property", "attribute", "attr", "state", "exists", "present"),
    *("exist", "visible", "hidden", "disabled", "checked", "href", "errors", "count", "exact_count", "expected_count"),
    *("min_count", "max_count", "minimum", "maximum", "min", "max", "at_least", "at_most", "min_words", "max_words"),
    *("exact", "at", "json_path", "jsonpath", "key", "keys", "length", "min_length", "minimum_length", "min_items"),
    *("source", "clicks", "display", "option", "type", "required"),
}
STATES = {"disabled", "enabled", "checked", "required"}
OWN_STATES = {"disabled", "checked"}  # "required": true may speak of the check
STYLES = re.compile(r"css|style|colou?r|display|visibility|opacity|font|width|height|margin|padding|border|background")
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
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


def typed(written: dict[str, Any]) -> list[Assertion]:
    """Return what a check means that came as an object with a type. Raises ValidationError."""
    entry = normal(written)
    words = [str(entry[key]) for key in ("type", "kind", "check_type", "assert") if isinstance(entry.get(key), str)]
    if str(entry.get("kind")) in ALLOWED:
        with suppress(ValidationError):  # a kind of ours with the words of others
            return [ASSERTION.validate_python({k: v for k, v in written.items() if k not in FIXED})]
    name = "_".join(words).lower().replace("-", "_")
    place = place_of(entry)
    return [] if place is None or " " in name or says_more(entry, name) else at(place, wanted(entry, name))


def says_more(entry: dict[str, Any], name: str) -> bool:
    """Whether an object has a name that is not read here, or wants something that is no text or number."""
    acts = has_steps(entry, name)
    plain = [value for key, value in entry.items() if not (acts and key in {*EARLIER, *EXPECTED})]
    is_denied = any(entry.get(key, "") is None or entry.get(key) is False for key in EXPECTED)
    is_unclear = is_denied and not script_in(entry, name)
    return bool(entry.keys() - READ) or any(isinstance(each, dict) for each in plain) or (is_unclear and not acts)


def may_be_told(entry: dict[str, Any]) -> bool:
    """Whether a sentence in an object is all that it says."""
    return not entry.keys() & EARLIER and not any(isinstance(value, dict | list) for value in entry.values())


def normal(written: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its names written in one way."""
    entry = {CAPITAL.sub("_", key).lower().replace("-", "_"): value for key, value in written.items()}
    if "query" in entry and not str(entry["query"]).startswith("?"):
        entry.setdefault("selector", entry.pop("query"))
    return entry


def at(place: Mapping[str, str], found: list[Assertion]) -> list[Assertion]:
    """Return assertions about a page of the site. Raises ValidationError: not every address is a page's."""
    return [each.model_validate({**each.model_dump(), **place}) if isinstance(each, InPage) else each for each in found]


def place_of(entry: dict[str, Any]) -> dict[str, str] | None:
    """Return path and query of the page that an object names, empty for the first one; None when it is none of ours.

    Nothing here is asked in a window of another size, so that is none either.
    """
    if entry.keys() & OTHER_SCREEN:
        return None
    named = [entry[key] for key in ADDRESSES if isinstance(entry.get(key), str)]
    is_file = "file" in entry or "file" in f"{entry.get('type')}{entry.get('kind')}"
    named += [entry["path"]] if str(entry.get("path", "")).endswith((".html", "/")) and not is_file else []
    address = next((it for it in named if it.startswith(("?", "/", "#")) or it.endswith(".html") or "://" in it), "")
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    last = parts.path.rpartition("/")[2] if parts.netloc else parts.path.lstrip("/")
    path = last if last.endswith(".html") and last != "index.html" else ""
    if parts.fragment or (last and not path and last != "index.html"):
        return None
    place = {"path": path, "query": f"?{parts.query}" if parts.query else ""}
    return {key: value for key, value in place.items() if value}


def wanted(entry: dict[str, Any], name: str) -> list[Assertion]:
    """Return what an object wants, wherever that is."""
    if "download" in name:
        return offered(entry)
    if has_steps(entry, name):
        return [*click_sequence(entry)] or steps_of(entry)
    if expression := script_in(entry, name):
        return compared(expression, first(entry, ("expected", "equals", "expect", "result")), entry)
    file = first(entry, ("file", "filename", "path"))
    if WORD_COUNT.search(name):
        return words_of(entry, file, first(entry, SELECTORS))
    if "json" in name and file and (found := json_of(entry, str(entry.get("file") or file))):
        return found
    if is_unlike(name) and not (ABSENT.search(name) and (first(entry, SELECTORS) or file)):
        return []
    text = first(entry, TEXTS)
    texts = tuple(map(str, text)) if isinstance(text, list) else (str(text),) if text else ()
    if "license" in name:
        return [LicenseIsMit()] if "mit" in f"{name} {texts}".lower() else []
    if "title" in name:
        title = str(first(entry, ("equals", "title", *TEXTS)) or "")
        return [PageTitle(contains=title) if "contains" in name or "contains" in entry else PageTitle(equals=title)]
    return on_page(entry, name, texts) if file is None or is_page(str(file), entry) else of_file(name, str(file), texts)


def offered(entry: dict[str, Any]) -> list[Assertion]:
    """Return that an element brings a file; nothing when more is said of how."""
    on, file = first(entry, ("trigger", "click", *SELECTORS)), first(entry, ("filename", "file"))
    if entry.keys() & (EARLIER - {"trigger", "click"}) or not isinstance(on, str) or not isinstance(file, str):
        return []
    expect = Expect.model_validate({"is": "downloaded", "name": file})
    return [Steps(steps=(Step(do="download", on=on),), expect=(expect,))]


def compared(expression: str, result: Any, entry: dict[str, Any]) -> list[Assertion]:
    """Return that an expression is true, or what it must be instead."""
    bare = expression.strip().rstrip(";")
    if entry.get("expected") is False or entry.get("expect") is False:
        return [] if ";" in bare else [Js(expression=f"!({bare})")]
    if result in (None, True, "true", "truthy", expression):
        return [Js(expression=expression)]
    if ";" in bare or not isinstance(result, str | int | float):
        return []
    left = f"String({bare}).trim()" if isinstance(result, str) else f"({bare})"
    return [Js(expression=f"{left} == {json.dumps(result)}")]


def is_page(file: str, entry: dict[str, Any]) -> bool:
    """Whether a path says where an element is, rather than which file is meant."""
    return file.startswith(("?", "/")) or (file.endswith(".html") and first(entry, SELECTORS) is not None)


def on_page(entry: dict[str, Any], name: str, texts: tuple[str, ...]) -> list[Assertion]:
    """Return what an object says of an element, or of the page as a whole."""
    selector = first(entry, SELECTORS)
    if not selector:
        selector, texts = selector_by(name, texts)
    if selector and "property" in entry:
        return of_property(str(selector), str(entry["property"]), entry.get("value", entry.get("expected")))
    if selector:
        return [of_element(name, str(selector), texts, entry)]
    if texts and re.search(r"text|contains|content", name):
        return [PageText(contains=text) for text in texts]
    loads = re.search(r"loads?$|no_(?:console_)?errors?$", name) or (name == "console" and entry.get("errors") == 0)
    return [PageLoads(), NoConsoleErrors()] if loads else []


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


def as_list(value: Any) -> list[Any]:
    """Return a value that may be one or several as a list."""
    return value if isinstance(value, list) else [value]


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


def words_of(entry: dict[str, Any], file: object, selector: object) -> list[Assertion]:
    """Return a number of words: of a file, of an element, or of the page."""
    exact = first(entry, ("count", "exact", "value"))
    low = exact if exact is not None else first(entry, ("min", "minimum", "min_words", "at_least")) or 0
    high = exact if exact is not None else first(entry, ("max", "maximum", "max_words", "at_most"))
    if file:
        return [WordCount(file=str(file), minimum=low, maximum=high)]
    return [PageWords(selector=str(selector or "body"), minimum=low, maximum=high)]


def json_of(entry: dict[str, Any], file: str) -> list[Assertion]:
    """Return what an object says of a place in a JSON file; nothing when it names a text of it and no place."""
    inside = str(first(entry, ("at", "json_path", "jsonpath", "key", "path")) or "") if entry.get("file") else ""
    values: dict[str, Any] = {"file": file, "at": inside.removeprefix("$").removeprefix(".")}
    keys = entry.get("keys")
    values |= {"keys": tuple(map(str, keys))} if isinstance(keys, list) else {}
    if not inside and not keys and isinstance(first(entry, TEXTS), str):
        return []
    if (equals := next((entry[key] for key in ("equals", "value", "expected") if key in entry), None)) is not None:
        values["equals"] = equals
    if (length := first(entry, ("length", "min_length", "minimum_length", "min_items"))) is not None:
        values |= {"minimum_length": length, "type": "array"}
    return [JsonAt.model_validate(values)]


def of_property(selector: str, name: str, value: object) -> list[Assertion]:
    """Return a property of an element with a value. What a style computes to is written in many ways."""
    if not PROPERTY.fullmatch(name) or STYLES.search(name.lower()) or not isinstance(value, str | int | float | bool):
        return []
    return [Js(expression=f"document.querySelector({json.dumps(selector)})?.{name} === {json.dumps(value)}")]


def script_in(entry: dict[str, Any], name: str) -> str:
    """Return the JavaScript of an object: what its type calls so, or what is read as that."""
    is_named = bool(IS_SCRIPT.fullmatch(name)) or "js" in entry
    script = first(entry, (*SCRIPTS, "value", "source") if is_named else SCRIPTS)
    return script if isinstance(script, str) and (is_named or is_script(script)) else ""


def is_unlike(name: str) -> bool:
    """Whether a type means anything but that something is there, or how many, or with which text."""
    return bool(UNLIKE.search(re.sub(r"not_empty|no_(?:console_)?errors?", "", name)))


def selector_by(name: str, texts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the selector that a type means, or brings as its value, and the texts that are left."""
    if name in {"selector", "css"} and len(texts) == 1:
        return texts[0], ()
    kind = OF_KIND.match(name)
    return selector_of(kind[1]) if kind else "", texts


def of_element(name: str, selector: str, texts: tuple[str, ...], entry: dict[str, Any]) -> Assertion:
    """Return what an object says of an element: absent, how many, with an attribute, with one of some texts."""
    is_there = next((entry[key] for key in ("exists", "present", "exist") if isinstance(entry.get(key), bool)), True)
    if ABSENT.search(name) or not is_there:
        return Element(selector=selector, maximum=0)
    if entry.get("visible") is False or entry.get("hidden") is True or entry.get("state") == "hidden":
        return Js(expression=hidden_at_rest(selector))
    states = {key for key in OWN_STATES if entry.get(key) is True} | STATES & {str(entry.get("state"))}
    selector += "".join(f":{state}" for state in sorted(states))
    if (href := entry.get("href")) and isinstance(href, str):
        selector = f'{selector}[href$="{href}"]'
    if "class" in name and len(texts) == 1:
        return Element(selector=f"{selector}.{texts[0].lstrip('.')}")
    exact = first(entry, ("count", "exact_count", "expected_count"))
    if COUNTS.search(name) and len(texts) == 1 and texts[0].isdecimal():
        exact, texts = exact or int(texts[0]), ()
    low = exact if exact is not None else first(entry, ("min_count", "minimum", "min", "at_least"))
    high = exact if exact is not None else first(entry, ("max_count", "maximum", "max", "at_most"))
    name_of_attribute = first(entry, ("attribute", "attr", "name") if "attribute" in name else ("attribute", "attr"))
    if name_of_attribute and texts:
        return Element(selector=f'{selector}[{name_of_attribute}="{texts[0]}"]', minimum=low, maximum=high)
    values: dict[str, Any] = {"selector": selector, "minimum": low, "maximum": high, "attribute": name_of_attribute}
    values["is_filled"] = "not_empty" in name
    if len(texts) == 1 and "button" not in name:
        return Element(**values, contains=texts[0])
    return Element(**values, one_of=texts)


def of_file(name: str, file: str, texts: tuple[str, ...]) -> list[Assertion]:
    """Return what an object says of a file."""
    if ABSENT.search(name):
        return [FileAbsent(file=file)]
    return [TextContains(file=file, text=text) for text in texts] or [FileExists(file=file)]


def first(entry: dict[str, Any], names: Iterable[str]) -> Any:
    """Return the value of the first name that an object has."""
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)
