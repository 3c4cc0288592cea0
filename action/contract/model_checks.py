"""What a model makes of checks in English that no rule reads: only real assertions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from action.contract.assertion import ASSERTION, KINDS, Advice, Assertion, Kind
from action.contract.contract import labelled

LARGEST_REPLY = 200_000
MOST_PER_CHECK = 20  # one check may cover a dozen files


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
