"""The prepared answers fulfil the sample task honestly: what fails at first, what the repair mends, what they say."""

from collections.abc import Iterator, Mapping

import pytest

from action.contract.compile import compile_contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.generate.edits import apply_changes
from action.model.reply import parse
from embedded.demo.prepared import LABEL, PreparedAnswers, prepared_files
from embedded.demo.sample_task import FOLDER, first_round, second_round
from embedded.model.reading import read_prompt
from embedded.model.writer import Piece, Turn
from receiver.task import Task
from tests.unit.embedded.test_stand_in import prompt_for


class Other:
    """What answers everything but the sample task."""

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        yield Piece("something else", "STOP")


def answer_to(prompt: str) -> str:
    return "".join(piece.text for piece in PreparedAnswers(Other()).write([Turn("user", prompt)]))


def failures(number: int, files: Mapping[str, bytes]) -> list[str]:
    """Evaluate what can be told without a browser."""
    task = Task.model_validate({"nonce": "n", **[first_round(), second_round()][number - 1]})
    attached = {attachment.name: (FOLDER / attachment.name).read_bytes() for attachment in task.attachments}
    license_text = b"MIT License\n\nPermission is hereby granted"
    candidate = Candidate({**files, **attached, "LICENSE": license_text}, attached)
    report = evaluate(compile_contract(task, attachments=attached), candidate, None).report
    return [result.assertion.sentence for result in report.failures() if result.assertion.kind != "license_is_mit"]


def as_bytes(files: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def test_the_first_answer_is_wrong_and_its_repair_is_an_edit_that_fits() -> None:
    prompt, token = prompt_for(first_round()["brief"], {})
    first = as_bytes(parse(answer_to(prompt), token).files)
    assert failures(1, first) == ["In summary.json, revenue equals 2754."]
    reply = parse(answer_to("# What is to be repaired\n" + prompt), token)
    assert [edit.path for edit in reply.edits] == ["index.html", "summary.json"]
    repaired = apply_changes(first, reply)
    assert failures(1, repaired) == []
    assert b"no sale" in repaired["index.html"]


def test_the_second_answer_keeps_the_repair_and_every_file_of_the_first() -> None:
    prompt, token = prompt_for(second_round()["brief"], {}, number=2)
    second = parse(answer_to(prompt), token).files
    assert "no sale" in second["index.html"]
    kept = {
        "summary.json": '{"revenue": 2754}',
        "sales.csv": "a,b\n",
        "logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    assert failures(2, as_bytes({**kept, **second})) == []


@pytest.mark.parametrize("name", ["round-1", "round-2"])
def test_what_was_prepared_says_so_on_the_page_and_in_the_readme(name: str) -> None:
    files = prepared_files(name)
    assert f'<p class="label" role="note">{LABEL}</p>' in files["index.html"]
    assert "no model wrote this page" in files["README.md"]


@pytest.mark.parametrize("brief", ["A page about tea.", first_round()["brief"] + " Make it blue."])
def test_every_other_task_is_left_to_the_stand_in(brief: str) -> None:
    prompt, _ = prompt_for(brief, {})
    assert answer_to(prompt) == "something else"


def test_a_prompt_that_asks_for_a_repair_is_known() -> None:
    prompt, _ = prompt_for("A page.", {})
    assert [
        reading and reading.is_repair for reading in map(read_prompt, (prompt, f"# What is to be repaired\n{prompt}"))
    ] == [False, True]
