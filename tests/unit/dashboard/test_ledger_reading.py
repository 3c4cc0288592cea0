"""The ledger is read leniently: what cannot be read is counted and named, and never stops the rest."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from action.record import BuildRecord
from dashboard.ledger import LARGEST_FILE, Problems, read_task, task_keys
from dashboard.settings import CannotRender
from tests.unit.action.ledger.example_ledger import SALES, SIGNS
from tests.unit.dashboard.rendering import Read, Rendering


def first(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[0]


def change(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def problems_of(ledger: Path) -> dict[str, str]:
    problems = Problems()
    for key in task_keys(ledger, problems):
        read_task(ledger, key, problems)
    assert problems.count == len(problems.named)
    return {path.removeprefix("tasks/"): reason for path, reason in problems.named}


def test_the_example_is_read_without_a_problem(ledger: Path) -> None:
    assert problems_of(ledger) == {}


def test_broken_records__are_named_with_the_reason(ledger: Path) -> None:
    record = first(ledger, f"tasks/{SALES}/builds/*/*.json")
    record.write_text('{"version": 1, ')
    message = first(ledger, f"tasks/{SALES}/messages/*.json")
    change(message, at="yesterday")
    version = first(ledger, f"tasks/{SALES}/versions/*.json")
    change(version, version=2)
    found = problems_of(ledger)
    assert found[str(record.relative_to(ledger / "tasks"))].startswith("Invalid JSON")
    assert found[str(message.relative_to(ledger / "tasks"))].startswith("at: ")
    assert found[str(version.relative_to(ledger / "tasks"))] == "version: Input should be 1"
    assert len(found) == 3


def test_a_reason__says_nothing_of_what_the_file_holds(ledger: Path) -> None:
    change(first(ledger, f"tasks/{SALES}/messages/*.json"), at="student@example.org")
    assert "student" not in str(problems_of(ledger))


def test_entries_of_another_task__are_left_out(ledger: Path) -> None:
    record = first(ledger, f"tasks/{SALES}/builds/*/*.json")
    change(record, task_key=SIGNS)
    message = first(ledger, f"tasks/{SALES}/messages/*.json")
    message.rename(message.with_name("0" * 20 + ".json"))
    assert set(problems_of(ledger).values()) == {
        "it belongs to another build or task",
        "its id or task is not the one of its place",
    }


@pytest.mark.parametrize("name", ["notes.txt", "1-1.json.bak", "12.json", "a\nb.json", "\udcff.json"])
def test_unknown_files__are_named_in_signs_that_can_be_printed(ledger: Path, name: str) -> None:
    folder = first(ledger, f"tasks/{SALES}/builds/*")
    (folder / name).write_text("{}")
    (path,) = problems_of(ledger)
    assert path.isprintable()
    assert path.encode()


def test_links__are_not_followed(ledger: Path, tmp_path: Path) -> None:
    record = first(ledger, f"tasks/{SALES}/builds/*/*.json")
    outside = record.rename(tmp_path / "outside.json")
    record.symlink_to(outside)
    (ledger / "tasks" / ("f" * 20)).symlink_to(ledger / "tasks" / SIGNS)
    assert set(problems_of(ledger).values()) == {"it cannot be read", "it is not the folder of a task"}


def test_pipes_and_huge_files__are_not_read(ledger: Path) -> None:
    message, other = sorted(ledger.glob(f"tasks/{SALES}/messages/*.json"))
    message.unlink()
    os.mkfifo(message)
    with other.open("r+b") as file:
        file.truncate(LARGEST_FILE + 1)
    assert sorted(problems_of(ledger).values()) == ["it is larger than 8388608 bytes", "it is not a file"]


def test_problems__are_counted_beyond_those_that_are_named() -> None:
    problems = Problems()
    for number in range(70):
        problems.add(f"tasks/{number}", "reason")
    assert (problems.count, len(problems.named)) == (70, 50)


def test_no_ledger__is_said_in_three_parts(tmp_path: Path) -> None:
    with pytest.raises(CannotRender, match=r"Likely cause: .* Next step: "):
        task_keys(tmp_path / "nothing", Problems())


def test_an_empty_ledger__has_no_tasks(tmp_path: Path) -> None:
    assert task_keys(tmp_path, Problems()) == []


def test_a_broken_task__does_not_hide_the_others(ledger: Path, rendered: Rendering, read: Read) -> None:
    first(ledger, f"tasks/{SIGNS}/builds/*/*.json").write_text("no JSON")
    first(ledger, f"tasks/{SIGNS}/versions/*.json").write_text("[]")
    for kind in ("messages", "runs"):
        shutil.rmtree(ledger / "tasks" / SIGNS / kind)
    (ledger / "tasks" / "README").write_text("not a task")
    made = rendered()
    assert (made.tasks, made.problems.count) == (2, 4)
    stats = read("api/stats.json")
    assert stats["problem_count"] == 4
    assert {each["reason"] for each in stats["problems"]} >= {"nothing about this task could be read"}
    assert SALES in {each["key"] for each in read("api/tasks.json")["tasks"]}


def test_a_file_that_is_missing__is_no_longer_called_kept(ledger: Path, rendered: Rendering, read: Read) -> None:
    gone = first(ledger, f"tasks/{SALES}/files/*")
    gone.unlink()
    assert rendered().problems.named == [(f"tasks/{SALES}/files/{gone.name}", "an entry names it, and it is not there")]
    files = [each for version in read(f"api/tasks/{SALES}.json")["versions"] for each in version["files"]]
    assert {each["is_kept"] for each in files if each["sha256"] == gone.name} == {False}
    assert {each["is_kept"] for each in files if each["sha256"] != gone.name} == {True}


def fields_of(schema: dict[str, Any]) -> set[str]:
    """Return the names of all fields, of the parts too."""
    parts = [schema, *schema.get("$defs", {}).values()]
    return {name for part in parts for name in part.get("properties", {})}


def test_fields_of_later_versions__are_passed_over(ledger: Path) -> None:
    change(first(ledger, f"tasks/{SALES}/builds/*/*.json"), later={"more": 1})
    assert problems_of(ledger) == {}


def test_records_of_the_first_versions__have_less_and_are_read(ledger: Path) -> None:
    """A record that holds only what no record can be without; parts of it with nothing in them."""
    record = first(ledger, f"tasks/{SALES}/builds/*/*.json")
    whole = json.loads(record.read_text())
    least = {name: whole[name] for name in ("build_id", "task_key", "round", "received_at")}
    empty: dict[str, Any] = {
        "subject": {},
        "run": {},
        "contract": {},
        "publication": {},
        "deployment": {},
        "parity": {},
    }
    record.write_text(json.dumps(least | empty))
    assert problems_of(ledger) == {}


def test_an_address_in_a_record__leads_nowhere_unless_it_is_one_of_the_web(ledger: Path) -> None:
    record = first(ledger, f"tasks/{SALES}/builds/*/*.json")
    whole = json.loads(record.read_text())
    whole["publication"] |= {"pages_url": "javascript:alert(1)", "repo_url": "https://github.com/a/b"}
    read = BuildRecord.model_validate(whole)
    assert read.publication is not None
    assert (read.publication.pages_url, read.publication.repo_url) == ("", "https://github.com/a/b")
