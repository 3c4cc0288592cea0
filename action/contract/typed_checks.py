"""Checks that senders type as objects: what they are about, where, after which steps, and what is wanted of it."""

import json
import re
from collections.abc import Mapping
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
from action.contract.model_checks import ALLOWED, FIXED
from action.contract.rules_attributes import hidden_at_rest
from action.contract.rules_elements import selector_of
from action.contract.rules_steps import click_sequence
from action.contract.scripts import is_script
from action.contract.typed_steps import has_steps, offered, steps_of
from action.contract.typed_words import (
    ABOUT,
    ADDRESSES,
    EARLIER,
    EXPECTED,
    IS_SCRIPT,
    SCRIPTS,
    SELECTORS,
    SENTENCES,
    TEXTS,
    first,
    normal,
)

ABSENT = re.compile(r"absent|not_exist|missing|not_present|not_found")
COUNTS = re.compile(r"count|length|number_of|rows?$")
# What compares, denies or measures: no field of ours says that, and a plain text is something else.
UNLIKE = re.compile(
    r"(?:^|_)(?:not|no|never|hidden|invisible|regex|pattern|match(?:es)?|greater|less|than|between|range|style|css_\w+|colou?r"
    r"|property|starts?|ends?|sum|avg|average|tag|disabled|enabled|focus(?:ed)?|checked)(?:_|$)"
)
OF_KIND = re.compile(r"(button|link|input|image|form|table|heading|canvas|select)s?(?:_|$)")


TYPES = ("type", "kind", "check_type", "assert", "condition")
OTHER_SCREEN = {"viewport", "device", "screen", "window"}
PROPERTY = re.compile(r"[a-z][A-Za-z]*")
WORD_COUNT = re.compile(r"words?_count|number_of_words|(?:min|max)_words")
# Every name that is read. With another one, an object says more than we know.
READ = {
    *(*ABOUT.split(), *EARLIER, *EXPECTED, *SELECTORS, *TEXTS, *ADDRESSES, *SENTENCES, *SCRIPTS, *OTHER_SCREEN),
    *(*TYPES, "path", "file", "filename", "property", "attribute", "attr", "state", "exists", "present"),
    *("exist", "visible", "hidden", "disabled", "checked", "href", "errors", "count", "exact_count", "expected_count"),
    *("min_count", "max_count", "minimum", "maximum", "min", "max", "at_least", "at_most", "min_words", "max_words"),
    *("exact", "at", "json_path", "jsonpath", "key", "keys", "length", "min_length", "minimum_length", "min_items"),
    *("source", "clicks", "display", "option", "required", "class", "class_name", "match"),
}
STATES = {"disabled", "enabled", "checked", "required"}
OWN_STATES = {"disabled", "checked"}  # "required": true may speak of the check
STYLES = re.compile(r"css|style|colou?r|display|visibility|opacity|font|width|height|margin|padding|border|background")


def typed(written: dict[str, Any]) -> list[Assertion]:
    """Return what a check means that came as an object with a type. Raises ValidationError."""
    entry = normal(written)
    words = [str(entry[key]) for key in TYPES if isinstance(entry.get(key), str)]
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


def compared(expression: str, result: Any, entry: dict[str, Any]) -> list[Assertion]:
    """Return that an expression is true, or what it must be instead."""
    bare = expression.strip().rstrip(";")
    if entry.get("expected") is False or entry.get("expect") is False:
        return [] if ";" in bare else [Js(expression=f"!({bare})")]
    if result is None or result is True or result in ("true", "truthy", expression):
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
    if named := first(entry, ("class", "class_name")):
        selector = f"{selector}.{str(named).lstrip('.')}"
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
        return Element(**values, **{"text" if entry.get("match") == "exact" else "contains": texts[0]})
    return Element(**values, one_of=texts)


def of_file(name: str, file: str, texts: tuple[str, ...]) -> list[Assertion]:
    """Return what an object says of a file."""
    if ABSENT.search(name):
        return [FileAbsent(file=file)]
    return [TextContains(file=file, text=text) for text in texts] or [FileExists(file=file)]
