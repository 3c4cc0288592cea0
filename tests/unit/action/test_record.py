"""The record that phases hand on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from action.errors import CannotPush
from action.github.naming import repository_names, slug
from action.record import MOST_LOG_LINES, BuildRecord, ContractRecord, PhaseRecord, schema


def test_save_and_load(tmp_path: Path, record: BuildRecord) -> None:
    path = tmp_path / "folder" / "record.json"
    with record.phase("publish") as entry:
        entry.verdict = "4 files"
    record.save(path)
    assert BuildRecord.load(path) == record
    assert [entry.name for entry in path.parent.iterdir()] == ["record.json"]


def test_a_record_of_an_earlier_version__nothing_is_retired(tmp_path: Path, record: BuildRecord) -> None:
    record.contract = ContractRecord()
    old = json.loads(record.model_dump_json())
    del old["contract"]["retired"]
    (tmp_path / "record.json").write_text(json.dumps(old))
    loaded = BuildRecord.load(tmp_path / "record.json").contract
    assert loaded is not None
    assert loaded.retired == []


def test_a_phase_is_timed(record: BuildRecord) -> None:
    times = iter([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=2.5)])
    with record.phase("deploy", now=lambda: next(times)):
        pass
    assert record.phases[0] == PhaseRecord(name="deploy", started_at=datetime(2026, 1, 1, tzinfo=UTC), seconds=2.5)


def test_a_phase_keeps_the_end_of_what_was_said_meanwhile(record: BuildRecord) -> None:
    log = ["before"]
    with record.phase("deploy", log=log):
        log += [str(number) for number in range(MOST_LOG_LINES + 5)]
    assert record.phases[0].log == log[-MOST_LOG_LINES:]
    with record.phase("verify", log=log):
        log.append("after")
    assert record.phases[1].log == ["after"]


def test_an_error_is_kept_in_its_three_parts_once(record: BuildRecord) -> None:
    error = CannotPush("What.", "cause", "next")
    with pytest.raises(CannotPush), record.phase("publish"):
        raise error
    record.add_failure("publish", error)
    assert [(failure.code, failure.what) for failure in record.failures] == [("E-PUSH", "What.")]
    assert record.phases[0].outcome == "failed"


def test_a_defect_is_kept_without_its_text(record: BuildRecord) -> None:
    with pytest.raises(RuntimeError), record.phase("publish"):
        raise RuntimeError("student@example.org")
    assert "student@example.org" not in record.model_dump_json()


def test_unknown_fields_are_mistakes(record: BuildRecord) -> None:
    with pytest.raises(ValidationError):
        BuildRecord.model_validate({**record.model_dump(), "email": "student@example.org"})


def test_the_schema_describes_records_and_names_nothing_private(record: BuildRecord) -> None:
    with record.phase("publish"):
        pass
    jsonschema.validate(record.model_dump(mode="json"), schema())
    assert not {"email", "nonce", "evaluation_url"} & set(schema()["properties"])


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("Sum of Sales!", "sum-of-sales"),
        ("größe/../x", "groe-x"),
        ("日本語", "task"),
        ("-a--b-", "a-b"),
        ("x" * 59 + "-yz", "x" * 59),
    ],
)
def test_slugs(task: str, expected: str) -> None:
    assert slug(task) == expected


def test_names_are_numbered() -> None:
    names = repository_names("task", "abcdef0123456789")
    assert [next(names) for _ in range(3)] == ["task-abcdef0123", "task-abcdef0123-2", "task-abcdef0123-3"]
