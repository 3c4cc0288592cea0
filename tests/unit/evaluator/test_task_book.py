"""Which task a student gets: always the same one, and not that of the neighbour."""

from pathlib import Path

import pytest

from evaluator.errors import TasksAreWrong
from evaluator.task_book import FOLDER, TaskBook


def test_the_same_student_gets_the_same_task_and_others_get_others(templates: Path) -> None:
    book, again = TaskBook(templates, [], "a seed"), TaskBook(templates, [], "a seed")
    emails = [f"{number}@x.example" for number in range(40)]
    assert [book.draw(email) for email in emails] == [again.draw(email) for email in emails]
    assert len({book.draw(email).rounds[0].brief + str(book.draw(email).values) for email in emails}) == 40
    assert {book.draw(email).id for email in emails} == {"bird-count", "tree-count"}
    other = TaskBook(templates, [], "another seed")
    assert [book.draw(email).seed for email in emails] != [other.draw(email).seed for email in emails]


def test_a_student_s_own_wish_and_the_class_s_list_are_kept_to(templates: Path) -> None:
    book = TaskBook(templates, ["bird-count"], "a seed")
    assert {book.draw(f"{number}@x.example").id for number in range(20)} == {"bird-count"}
    assert book.draw("1@x.example", "tree-count").id == "tree-count"


def test_an_unknown_name_is_answered_with_the_known_ones(templates: Path) -> None:
    with pytest.raises(TasksAreWrong, match=r"bird-cuont.*bird-count, tree-count"):
        TaskBook(templates, ["bird-cuont"], "a seed")
    with pytest.raises(TasksAreWrong, match="moss"):
        TaskBook(templates, [], "a seed").require(["", "moss"])


def test_a_template_that_no_receiver_would_take_is_found_before_anything_is_sent(templates: Path) -> None:
    path = templates / "bird-count.yaml"
    path.write_text(path.read_text().replace("name: birds.csv", "name: ../birds.csv"))
    with pytest.raises(TasksAreWrong, match=r"(?s)bird-count cannot be sent.*without '\.\.'"):
        TaskBook(templates, [], "a seed")


def test_a_folder_without_templates_is_said(tmp_path: Path) -> None:
    with pytest.raises(TasksAreWrong, match="no task template"):
        TaskBook(tmp_path, [], "a seed")


def test_all_templates_of_the_project_can_be_used() -> None:
    assert TaskBook(FOLDER, [], "a seed").draw("ann@x.example").rounds[1].brief
