"""English that no rule reads: what a model may turn it into, and a parser that accepts only real assertions."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from action.contract.assertion import ASSERTION, Advice, Assertion
from action.contract.compile import labelled

LARGEST_REPLY = 200_000
MOST_PER_CHECK = 8
# What a model may answer with. What we decide ourselves (origin, sentence, base kinds) it may not set.
KINDS = """\
{"kind": "js", "expression": "<JavaScript expression that becomes true in the page>", "query": "?a=b" (optional)}
{"kind": "page_title", "equals": "..."}
{"kind": "page_text", "contains": "..."}
{"kind": "page_words", "selector": "#id", "minimum": 1, "maximum": 100}
{"kind": "element", "selector": "#id", "tag": "table", "text": "exact text", "contains": "part", "attribute": "name"}
{"kind": "page_links", "targets": ["about.html"]}
{"kind": "file_exists", "file": "name"}   {"kind": "file_absent", "file": "name"}
{"kind": "json_at", "file": "x.json", "at": "a.b[0].c", "type": "number", "equals": 5}
{"kind": "json_at", "file": "x.json", "at": "[*]", "type": "object", "keys": ["k"], "minimum_length": 1}
{"kind": "text_contains", "file": "name", "text": "...", "ignore_case": true}
{"kind": "word_count", "file": "name", "minimum": 300, "maximum": 400}
{"kind": "valid_file", "file": "name", "format": "svg | json | yaml | csv | xml"}
{"kind": "equals_attachment", "file": "name", "attachment": "name"}
{"kind": "converts_attachment", "file": "result.csv", "attachment": "source.xlsx"}
{"kind": "license_is_mit"}
{"kind": "readme_sections", "sections": ["Usage"]}
{"kind": "source_text", "text": "fetch(", "where": "site | first_script"}
{"kind": "workflow", "trigger": "push", "uses": "actions/x", "runs": "command", "step": "Name of a step"}
{"kind": "run_succeeds"}   {"kind": "page_serves_file", "file": "made by the workflow's run, on the page"}
{"kind": "run_log_contains", "text": "part of the run's log", "step": "step that ran", "ran": "program that ran"}
{"kind": "advice", "question": "<what only a person could judge>"}"""
ALLOWED = frozenset(re.findall(r'"kind": "(\w+)"', KINDS))
FIXED = {"origin", "sentence", "source", "round", "sha256"}


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
