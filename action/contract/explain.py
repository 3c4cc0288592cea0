"""What each check is read as, and what will be tried of it, said before anything is built: by rules alone.

`python -m action.contract.explain` reads a request from its input and prints the answer, for the api.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, Field, JsonValue, ValidationError

from action.contract.assertion import Assertion
from action.contract.compile import against_data, names_of, read_one
from action.contract.contract import Result, labelled
from action.contract.scripts import HOPELESS, sentence_problem
from action.contract.verdict import PASS
from receiver.task import Attachment, Task, UndecodableAttachment

MOST_CHECKS = 500
SECONDS = 20.0  # for all checks together
TABLES = (".csv", ".tsv", ".json")
UNREAD = (
    "No rule reads this. The model may turn it into something that is tried; that guides it and is no reason to hold "
    "a page back. Otherwise nobody tries it."
)
GUESS = "The text stands in no quotation marks, so it is a guess: it guides the model and holds no page back."


class Reading(BaseModel):
    """One thing that a check is read as."""

    kind: str
    sentence: str = Field(description="what must be true, in plain words")
    executable: bool = Field(description="whether a program can decide it")
    gates: bool = Field(description="whether a page without it is repaired, and not good enough")


class Explained(BaseModel):
    """A check as it was sent, and what it is read as: nothing when no rule reads it."""

    check: JsonValue
    read_as: list[Reading]
    note: str = Field(description="why it cannot be met, is not tried, or does not count; empty when all is well")


def explain(request: dict[str, Any], now: Callable[[], float] = time.monotonic) -> Iterator[Explained]:
    """Yield what each check of a request is read as. Raises ValueError for what is no request."""
    sent = request.get("checks") if "checks" in request else [request["check"]] if "check" in request else []
    checks = sent if isinstance(sent, list) else [sent] if sent not in (None, "") else []
    task, ends = task_of(request, checks), now() + SECONDS
    data = {it.name: body for it in task.attachments if (body := table_in(it)) is not None}
    names = names_of(task)
    for number, (check, written) in enumerate(zip(task.checks, checks, strict=True), start=1):
        if number > MOST_CHECKS or now() > ends:
            yield Explained(check=written, read_as=[], note="Not looked at: there are too many checks, or too long.")
            continue
        found = [against_data(assertion, names, data) for assertion in read_one(check, names)]
        readings = labelled(found, "given", task.round)
        yield Explained(check=written, read_as=list(map(reading_of, readings)), note=note_on(str(check), readings))


def task_of(request: dict[str, Any], checks: list[Any]) -> Task:
    """Return a request as the compiler knows it, without what it does not look at. Raises ValueError."""
    values = {"task": "explain", "nonce": "explain", "brief": request.get("brief") or "A page.", "checks": checks}
    values["round"] = request.get("round") or 1
    try:
        return Task.model_validate({**values, "attachments": request.get("attachments") or []})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place or 'the request'}: {first['msg']}") from None


def table_in(attachment: Attachment) -> bytes | None:
    """Return the bytes of a table that came along."""
    if not attachment.is_inline or not attachment.name.lower().endswith(TABLES):
        return None
    try:
        return attachment.inline_bytes()
    except UndecodableAttachment:
        return None


def reading_of(assertion: Assertion) -> Reading:
    """Return an assertion as it is told."""
    is_executable = assertion.kind != "advice" and not assertion.objection.startswith(HOPELESS)
    gates = is_executable and Result(assertion=assertion, verdict=PASS).gates
    return Reading(kind=assertion.kind, sentence=assertion.sentence, executable=is_executable, gates=gates)


def note_on(check: str, found: list[Assertion]) -> str:
    """Return what the sender of a check should know about it."""
    objection = next((each.objection for each in found if each.objection), "") or sentence_problem(check)
    if objection:
        return f"{objection[:1].upper()}{objection[1:]}."
    if not found:
        return UNREAD
    return GUESS if any(each.origin == "inferred" for each in found) else ""


def requests_in(text: str) -> Iterator[dict[str, Any]]:
    """Yield what a file holds: one request, or on each line a check. Raises ValueError."""
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    lines = [whole] if whole is not None else list(lines_of(text))
    for number, entry in enumerate(lines, start=1):
        if not isinstance(entry, dict) or not {"check", "checks"} & entry.keys():
            raise ValueError(f'entry {number} is no object with "checks" or "check"')
        yield entry


def lines_of(text: str) -> Iterator[Any]:
    """Yield the value on each line. Raises ValueError."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"line {number} is not JSON: {error}") from None


def main() -> int:
    """Answer one request, as a program of its own that may be ended at any time."""
    try:
        answers = [each.model_dump(mode="json") for each in explain(json.load(sys.stdin))]
    except ValueError as error:
        sys.stdout.write(json.dumps({"error": str(error)}))
        return 1
    sys.stdout.write(json.dumps({"checks": answers}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
