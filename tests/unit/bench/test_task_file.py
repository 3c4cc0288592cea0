"""A seed makes a task file concrete, in the same way every time; what is wrong in one is said."""

from pathlib import Path

import pytest

from action.generate.sample_attachments import Spreadsheet
from action.generate.task_template import TemplateIsWrong
from bench.task_file import load_task, load_tasks

BRIEF = "Publish a page that shows how many birds were counted this year, in an element with the id birds, plain."
EXAMPLE = f"""
id: bird-count
kind: single page
about: An example for tests of the format.
variables:
  larks: {{between: [3, 900]}}
  wrens: {{between: [3, 900]}}
  birds: {{sum-of: [larks, wrens]}}
rounds:
- brief: {BRIEF}
  attachments:
  - {{name: birds.xlsx, make: spreadsheet, sheets: {{Birds: [[lark, '${{larks}}'], [note, '${{larks}} larks']]}}}}
  checks: [index.html exists, 'js: document.title === "${{seed}}"', {{js: '${{birds}} === ${{larks}} + ${{wrens}}'}}]
- brief: {BRIEF}
  checks: [index.html exists, news.html exists, 'js: true']
"""


def write(folder: Path, text: str = EXAMPLE, name: str = "bird-count") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


def test_the_same_seed_gives_the_same_task(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert load_task(path, "a") == load_task(path, "a")
    assert load_task(path, "a") != load_task(path, "b")


def test_variables_are_put_in_everywhere_and_sums_are_right(tmp_path: Path) -> None:
    task = load_task(write(tmp_path), "a")
    assert "${" not in task.model_dump_json()
    check = task.rounds[0].given()[2].js
    assert check is not None
    total, parts = check.split(" === ")
    assert int(total) == sum(int(part) for part in parts.split(" + "))


def test_a_cell_that_is_one_variable_stays_a_number(tmp_path: Path) -> None:
    (attachment,) = load_task(write(tmp_path), "a").rounds[0].attachments
    assert isinstance(attachment, Spreadsheet)
    (_, number), (_, text) = attachment.sheets["Birds"]
    assert isinstance(number, int)
    assert text == f"{number} larks"


def test_both_shapes_of_a_check_are_read(tmp_path: Path) -> None:
    task = load_task(write(tmp_path), "a")
    assert [check.js is None for check in task.rounds[0].given()] == [True, False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [("${seed}", "${sead}"), ("id: bird-count", "id: word-count"), ("kind: single page", "kinds: single page")],
)
def test_a_mistake_in_a_file_names_the_file(tmp_path: Path, old: str, new: str) -> None:
    path = write(tmp_path, EXAMPLE.replace(old, new))
    with pytest.raises(TemplateIsWrong, match=r"bird-count\.yaml"):
        load_task(path, "a")


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(TemplateIsWrong, match=r"bird-cuont.*bird-count"):
        load_tasks("a", ["bird-cuont"], tmp_path)


def test_the_fingerprint_of_a_round_covers_the_rounds_before_it(tmp_path: Path) -> None:
    before = load_task(write(tmp_path), "a")
    after = load_task(write(tmp_path, EXAMPLE.replace("news.html", "past.html")), "a")
    assert before.fingerprint(1) == after.fingerprint(1)
    assert before.fingerprint(2) != after.fingerprint(2)
