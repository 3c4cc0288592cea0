"""Results, averages, commands and logs of a task, from what the ledger holds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from action.ledger.models import Command, KeptText, Log, Message, Version
from dashboard.ledger import Problems, TaskFolder, read_task
from dashboard.settings import Config
from dashboard.task_document import TaskDocument
from dashboard.tasks import document_of
from tests.unit.action.ledger.builders import AT, make_message
from tests.unit.action.ledger.example_ledger import opaque

KEY = opaque("task")
RUN = {"repository": "owner/runner", "run_id": 7, "url": "https://github.example/owner/runner/actions/runs/7"}


def result(number: int, **metrics: float) -> Message:
    return make_message(number, kind="result", metrics=metrics, at=AT + timedelta(hours=number))


def command(number: int, **more: Any) -> Command:
    fields = {"task_key": KEY, "job_id": opaque(f"job {number}"), "project": "owner/page", "run": RUN}
    return Command.model_validate({**fields, "at": AT + timedelta(hours=number), "return_code": 0, **more})


def document(*messages: Message, commands: Any = (), versions: Any = ()) -> TaskDocument:
    folder = TaskFolder(KEY, "", [], list(messages), list(versions), list(commands))
    found = document_of(folder, Config())
    assert found
    return found


def test_the_newest_result_is_the_latest_and_the_usual_numbers_have_means() -> None:
    version = {"task_key": KEY, "project": "owner/page", "sha": "c" * 40, "committed_at": AT + timedelta(hours=2)}
    found = document(
        result(3, accuracy=0.9, loss=0.1, speed=7),
        result(1, accuracy=0.5),
        make_message(2, kind="feedback", metrics={"accuracy": 0.0}),
        versions=[Version.model_validate(version)],
    )
    assert [(each.metrics, each.sha) for each in found.results] == [
        ({"accuracy": 0.5}, ""),
        ({"accuracy": 0.9, "loss": 0.1, "speed": 7}, "c" * 40),
    ]
    assert found.averages.model_dump() == {"accuracy": pytest.approx(0.7), "loss": 0.1, "runtime": None}
    assert found.latest
    assert found.latest.result == found.results[-1]
    assert (found.latest.build_id, found.latest.state, found.result_count) == ("", "waiting", 2)


def test_numbers_that_nobody_can_add_do_not_stop_the_dashboard() -> None:
    found = document(result(1, loss=1.7e308), result(2, loss=1.7e308), result(3, accuracy=0.5))
    assert found.averages.model_dump() == {"accuracy": 0.5, "loss": None, "runtime": None}


def test_without_a_build_and_a_result_nothing_is_the_latest() -> None:
    assert document(make_message(1)).latest is None


@pytest.mark.parametrize(
    ("states", "expected"),
    [([], "open"), (["closed"], "closed"), (["closed", "open"], "open"), (["open", "archived"], "archived")],
)
def test_the_newest_state_counts(states: list[str], expected: str) -> None:
    said = [
        make_message(number, kind="state", state=state, at=AT + timedelta(hours=number))
        for number, state in enumerate(states)
    ]
    found = document(make_message(99), *reversed(said))
    assert found.lifecycle == expected
    assert [each.state for each in found.messages if each.kind == "state"] == states


def test_a_message_hides_a_version_and_names_the_task() -> None:
    versions = [
        Version(task_key=KEY, project="owner/page", sha=sha * 40, committed_at=AT + timedelta(hours=number))
        for number, sha in enumerate("ab")
    ]
    said = [
        make_message(1, title="First", text="One."),
        make_message(2, kind="state", state="closed", title="Second", at=AT + timedelta(hours=9)),
        make_message(3, kind="state", hides="a" * 40, at=AT + timedelta(hours=10)),
    ]
    found = document(*reversed(said), versions=versions)
    assert [(each.sha[0], each.is_hidden) for each in found.versions] == [("a", True), ("b", False)]
    assert (found.title, found.lifecycle) == ("Second", "closed")
    hides = next(each for each in found.messages if each.hides)
    assert (hides.sha, hides.restore, hides.state) == ("a" * 40, False, None)


def test_commands_and_logs_are_listed_with_what_can_be_downloaded() -> None:
    log = Log(name="run.log", **KeptText.of(b"all went well").model_dump())
    commands = [
        command(2, stdout=KeptText.of(b"two"), stderr=KeptText.of(b"oh"), return_code=1),
        command(1, command="ls", commit="c" * 40, stdout=KeptText.of(b"one")),
        command(3, return_code=None, error="No such project."),
    ]
    found = document(make_message(1, log=log), commands=commands)
    assert [(run.command, run.return_code, run.error) for run in found.runs] == [
        ("ls", 0, ""),
        ("", 1, ""),
        ("", None, "No such project."),
    ]
    assert found.runs[0].run_url == RUN["url"]
    assert [(each.name, each.preview) for each in found.logs] == [
        ("run.log", "all went well"),
        ("stdout.txt", "one"),
        ("stderr.txt", "oh"),
        ("stdout.txt", "two"),
    ]
    assert {each.of for each in found.logs} == {opaque("message 1"), opaque("job 1"), opaque("job 2")}
    assert (found.run_count, found.project) == (3, "owner/page")
    shown = next(each for each in found.messages if each.log)
    assert shown.log == log


def test_commands_are_read_from_their_folder(tmp_path: Path) -> None:
    runs = tmp_path / "tasks" / KEY / "runs"
    runs.mkdir(parents=True)
    good, problems = command(1), Problems()
    (runs / f"{good.job_id}.json").write_text(good.model_dump_json())
    (runs / f"{'f' * 20}.json").write_text(good.model_dump_json())
    (runs / "notes.txt").write_text("x")
    assert read_task(tmp_path, KEY, problems).commands == [good]
    assert problems.count == 2
