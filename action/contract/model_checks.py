"""Checks as objects: what a model makes of English that no rule reads, and what senders type; only real assertions."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from action.contract.assertion import (
    ASSERTION,
    KINDS,
    Advice,
    Assertion,
    Element,
    FileAbsent,
    FileExists,
    Js,
    Kind,
    NoConsoleErrors,
    PageLoads,
    PageText,
    PageTitle,
    TextContains,
)
from action.contract.contract import labelled
from action.contract.rules_elements import selector_of
from action.contract.rules_steps import click_sequence
from action.contract.scripts import is_script

LARGEST_REPLY = 200_000
MOST_PER_CHECK = 20  # one check may cover a dozen files


# The names that senders have for things, and ours.
SELECTORS = ("selector", "css", "css_selector", "element", "target", "query")
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
    r"sequence|click|press|type_|typing|fill|input_text|drag|hover|submit|select_|interact|action|steps?\b"
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


def typed(entry: dict[str, Any]) -> list[Assertion]:
    """Return what a check means that came as an object with a type. Raises ValidationError."""
    name = str(first(entry, ("type", "kind", "check_type")) or "").lower().replace("-", "_")
    if name in ALLOWED and "kind" in entry:
        return [ASSERTION.validate_python({k: v for k, v in entry.items() if k not in FIXED})]
    if expression := script_in(entry, name):
        return [Js(expression=expression)]
    if ACTS.search(name) or any(key in entry for key in ("buttons", "steps", "actions", "sequence", "click")):
        return list(click_sequence(entry))
    selector, wanted = first(entry, SELECTORS), first(entry, TEXTS)
    texts = tuple(str(text) for text in wanted) if isinstance(wanted, list) else (str(wanted),) if wanted else ()
    file = first(entry, ("file", "filename", "path"))
    if is_unlike(name) and not (ABSENT.search(name) and (selector or file)):
        return []
    if "title" in name:
        text = str(first(entry, ("equals", "title", *TEXTS)) or "")
        return [PageTitle(contains=text) if "contains" in name or "contains" in entry else PageTitle(equals=text)]
    if file:
        return of_file(name, str(file), texts)
    if not selector:
        selector, texts = selector_by(name, texts)
    if selector:
        return [of_element(name, str(selector), texts, entry)]
    if texts and re.search(r"text|contains|content", name):
        return [PageText(contains=text) for text in texts]
    return [PageLoads(), NoConsoleErrors()] if re.search(r"loads?$|no_(?:console_)?errors?$", name) else []


def script_in(entry: dict[str, Any], name: str) -> str:
    """Return the JavaScript of an object: what its type calls so, or what is read as that."""
    is_named = bool(IS_SCRIPT.fullmatch(name))
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
    if ABSENT.search(name):
        return Element(selector=selector, maximum=0)
    if "class" in name and len(texts) == 1:
        return Element(selector=f"{selector}.{texts[0].lstrip('.')}")
    exact = first(entry, ("count", "exact_count"))
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


# What a model may answer with. What we decide ourselves (origin, sentence, base kinds) it may not set.
def name_of(kind: type[Kind]) -> str:
    return str(kind.model_fields["kind"].default)


KIND_LINES = "\n".join(
    f'{{"kind": "{name_of(kind)}"{", " * bool(example)}{example}}}' for kind in KINDS for example in kind.examples
)
ALLOWED = frozenset(name_of(kind) for kind in KINDS if kind.examples)
FIXED = {"origin", "sentence", "source", "round", "objection", "sha256"}


@dataclass(frozen=True)
class Compiled:
    """`refused` says in words what of the reply was not accepted."""

    assertions: tuple[Assertion, ...]
    refused: tuple[str, ...]


def parse_compiled(reply: str, checks: Sequence[str], *, round_number: int = 1) -> Compiled:
    """Read a reply: a JSON array of {"check": number, ...}. A check that gets nothing valid becomes advice."""
    entries, refused = entries_of(reply)
    found: dict[int, list[Assertion]] = {}
    for entry in entries:
        try:
            number, assertion = read_entry(entry, len(checks))
        except ValueError as error:
            refused.append(reason(error))
            continue
        if len(found.setdefault(number, [])) < MOST_PER_CHECK:
            found[number].append(assertion)
    assertions: list[Assertion] = []
    for number, check in enumerate(checks, start=1):
        chosen = found.get(number) or [Advice(question=check[:2_000])]
        assertions += labelled(chosen, "inferred", round_number, source=check)
    return Compiled(tuple(assertions), tuple(refused))


def entries_of(reply: str) -> tuple[list[Any], list[str]]:
    """Return the entries of the JSON array in a reply, with or without a fence around it."""
    text = inside_fence(reply[:LARGEST_REPLY])
    start, end = text.find("["), text.rfind("]")
    try:
        entries = json.loads(text[start : end + 1] if 0 <= start < end else text)
    except (ValueError, RecursionError) as error:
        return [], [f"the reply is not JSON: {error}"]
    return (entries, []) if isinstance(entries, list) else ([], ["the reply is not a JSON array"])


def inside_fence(text: str) -> str:
    """Return what stands in the first Markdown fence, the whole text when there is none."""
    _, fence, after = text.partition("```")
    inner, closing, _ = after.partition("\n```")
    return inner if fence and closing else text


def read_entry(entry: Any, count: int) -> tuple[int, Assertion]:
    """Return the number of the check and its assertion. Raises ValueError (which ValidationError is)."""
    if not isinstance(entry, dict):
        raise ValueError("an entry is not an object")
    number = entry.get("check")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= count:
        raise ValueError(f"an entry is for check {number!r}, which does not exist")
    if entry.get("kind") not in ALLOWED or FIXED & set(entry):
        raise ValueError(f"an entry has the kind {entry.get('kind')!r} or sets what is not its business")
    values = {name: value for name, value in entry.items() if name != "check"}
    return number, ASSERTION.validate_json(json.dumps(values), strict=True)


def reason(error: ValueError) -> str:
    """Return a refusal in one line, without the refused text."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
