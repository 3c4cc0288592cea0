"""Which files a brief names."""

import time
from datetime import UTC, datetime

import pytest

from action.contract.compile import compile_contract
from action.gates.text import LONGEST_READ, readable
from action.generate.attachments import Attached
from action.generate.inputs import Inputs, named_files
from receiver.task import BuildRequest, Task

EVALUATOR = "https://evaluator.example/notify"


def task_of(brief: str) -> Task:
    return Task(email="a@example.org", task="t", nonce="n", brief=brief, evaluation_url=EVALUATOR)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Create summary.json, data/output.csv and about.html.", ["summary.json", "data/output.csv", "about.html"]),
        ("Write `uid.txt` (exactly as attached) and 'pelican.svg'.", ["uid.txt", "pelican.svg"]),
        ("The file dilemma.json has two keys; dilemma.json is valid.", ["dilemma.json"]),
        ("Load it from https://cdn.example.org/lib/data.json please", []),
        ("Mail me at a@b.txt or visit www.example.html", []),
        ("Use highlight.js, Chart.js, d3.js and bootstrap.min.css from a CDN", []),
        ("Put index.html, README.md and LICENSE there", []),
        ("Everything in *.json and ${seed}.csv", []),
        ("Version 2.5 of node.js and e.g. this", []),
        ("my-file_v1.2.json", ["my-file_v1.2.json"]),
        ("a.json.", ["a.json"]),
        ("a.json5 is something else", []),
    ],
)
def test_names_are_found_and_addresses_libraries_and_patterns_are_not(text: str, names: list[str]) -> None:
    assert list(named_files([text])) == names


def test_known_files_are_left_out_whatever_their_case() -> None:
    assert named_files(["Read Data.csv and write out.csv"], ["data.CSV"]) == ("out.csv",)


LONG = 200_000  # characters: the longest brief there may be


@pytest.mark.parametrize("piece", ["a@", "iVBORw0KGgo", "(", "#", " ", "a/", "a.", "- ", "a.js ", "title “", "\n "])
def test_long_texts_that_no_person_wrote_are_read_in_time(piece: str) -> None:
    brief = f"Write out.csv. {piece * (LONG // len(piece))}"[:LONG]
    began = time.process_time()
    contract = compile_contract(task_of(brief))
    assert "out.csv" in named_files([brief])
    assert time.process_time() - began < 10  # 1 s or less; without a limit, minutes
    assert "out.csv" in str(contract.assertions)


def test_what_patterns_read_has_neither_long_tokens_nor_gaps_and_ends() -> None:
    brief = f"Show a.png {'x' * 301} and\n{' ' * 50}\nb.png. {'y' * 300} " + "word " * 20_000
    read = readable(brief)
    assert len(read) == LONGEST_READ
    assert read.startswith(f"Show a.png   and\n\nb.png. {'y' * 300} word")


def test_the_files_that_the_inputs_name_are_looked_for_once() -> None:
    task = task_of("Write out.csv.")
    request = BuildRequest(build_id="0" * 20, task_key="1" * 20, received_at=datetime.now(UTC), task=task)
    inputs = Inputs(request, Attached())
    assert inputs.named == ("out.csv",)
    assert inputs.named is inputs.named
