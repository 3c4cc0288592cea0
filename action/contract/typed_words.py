"""The words of checks that come as objects: the names that senders have for things, and how they are read."""

import re
from collections.abc import Iterable
from typing import Any

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
IS_SCRIPT = re.compile(
    r"(?:(?:js|javascript|script|eval|expression|code)(?:_(?:check|expression|eval|code|test))?"
    r"|(?:evaluate|execute|run)(?:_(?:js|javascript|script))?)"
)
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
DEED_KEYS = ("action", "do", "step", "command", "type")
EXPECTED = ("expect", "expected", "expects", "then", "assert", "should", "result")
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def normal(written: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its names written in one way."""
    entry = {CAPITAL.sub("_", key).lower().replace("-", "_"): value for key, value in written.items()}
    if "query" in entry and not str(entry["query"]).startswith("?"):
        entry.setdefault("selector", entry.pop("query"))
    if IS_SCRIPT.fullmatch(str(entry.get("action"))) and any(key in entry for key in SCRIPTS):
        entry["type"] = entry.pop("action")
    return entry


def first(entry: dict[str, Any], names: Iterable[str]) -> Any:
    """Return the value of the first name that an object has."""
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)


def as_list(value: Any) -> list[Any]:
    """Return a value that may be one or several as a list."""
    return value if isinstance(value, list) else [value]
