"""The layout of the ledger: the same content is the same bytes, and every file agrees with its published schema."""

import json

import jsonschema
import pytest
from pydantic import ValidationError

from action.ledger.layout import MESSAGE, RECORD, SCHEMAS, VERSION, canonical, fixed_files
from action.ledger.models import Message
from action.record import BuildRecord
from tests.unit.action.ledger.example_ledger import SALES, example_files, opaque

KINDS = {"build": RECORD, "message": MESSAGE, "version": VERSION}


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_of_the_example_agrees_with_its_schema(kind: str) -> None:
    files = {path: body for path, body in example_files().items() if KINDS[kind].fullmatch(path)}
    schema = json.loads(fixed_files()[f"schema/{kind}.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert len(files) >= 2
    for body in files.values():
        jsonschema.validate(json.loads(body), schema)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_and_writing_again_gives_the_same_bytes(kind: str) -> None:
    bodies = [body for path, body in example_files().items() if KINDS[kind].fullmatch(path)]
    assert [canonical(SCHEMAS[kind].model_validate_json(body)) for body in bodies] == bodies


def test_canonical_json_is_sorted_utf_8_with_a_newline() -> None:
    assert canonical({"b": "größe", "a": [1]}) == '{\n "a": [\n  1\n ],\n "b": "größe"\n}\n'.encode()


def test_a_record_of_an_earlier_version_is_readable() -> None:
    old = {"version": 1, "build_id": "b", "task_key": "t", "round": 1, "received_at": "2026-11-20T05:36:22Z"}
    record = BuildRecord.model_validate(old)
    assert (record.subject, record.revision, record.restored, record.checked_attempt) == (None, "", "", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../../etc/passwd"},
        {"task_key": "A" * 20},
        {"project": "owner/name/more"},
        {"project": "../name"},
        {"role": "The Evaluator"},
        {"restore": "HEAD"},
        {"metrics": {"score": float("nan")}},
        {"metrics": {"<b>": 1.0}},
        {"text": ""},
        {"email": "student@example.org"},
    ],
)
def test_messages_that_are_refused(change: dict[str, object]) -> None:
    good = {"id": opaque("m"), "task_key": SALES, "role": "coder", "at": "2026-11-20T05:36:22Z", "text": "Done."}
    assert Message.model_validate(good).project == ""
    with pytest.raises(ValidationError):
        Message.model_validate({**good, **change})
