"""What a submission is judged by: rules, the checks of its round, and those of earlier rounds that still hold."""

from dataclasses import replace

import yaml

from action.generate.task_template import load_template
from evaluator.criteria import wishes_of
from evaluator.gradebook import Submission
from tests.unit.evaluator.doubles import FIRST, SECOND, TEMPLATE

TASK = load_template(yaml.safe_dump(yaml.safe_load(TEMPLATE))).seeded("a seed")


def rounds() -> tuple[Submission, Submission]:
    first, second = (each.as_sent() for each in TASK.rounds)
    return replace(FIRST, asked=first), replace(SECOND, asked=second)


def test_round_1_is_judged_by_the_rules_and_its_checks() -> None:
    first, _ = rounds()
    wishes = wishes_of(first, [])
    by_origin = {origin: [w.check for w in wishes.wishes if w.origin == origin] for origin in ("rule", "given", "kept")}
    assert by_origin["given"] == list(TASK.rounds[0].checks)
    assert by_origin["kept"] == []
    assert {w.assertions[0].kind for w in wishes.wishes if w.origin == "rule"} == {
        *("file_exists", "page_loads", "no_console_errors", "links_resolve", "data_files_parse"),
        *("license_is_mit", "readme_sections", "equals_attachment"),
    }
    assert list(wishes.attachments) == ["birds.csv"]


def test_english_that_no_program_can_decide_is_set_aside() -> None:
    first, _ = rounds()
    assert [wish.check for wish in wishes_of(first, []).undecidable] == ["The page is a joy to look at"]


def test_round_2_keeps_what_it_does_not_change() -> None:
    first, second = rounds()
    kept = [wish.check for wish in wishes_of(second, [first]).wishes if wish.origin == "kept"]
    assert kept == ["notes.txt exists"], "the title is another one now, and what cannot be decided is not asked again"
    assert list(wishes_of(second, [first]).attachments) == ["birds.csv"]


def test_all_assertions_are_one_contract__so_that_each_page_is_visited_once() -> None:
    first, second = rounds()
    wishes = wishes_of(second, [first])
    known = {assertion.id for assertion in wishes.contract.assertions}
    assert {assertion.id for wish in wishes.wishes for assertion in wish.assertions} == known


def test_round_2_does_not_keep_what_its_words_replace() -> None:
    first, second = rounds()
    words = {**second.asked, "brief": "Rename notes.txt to news.txt."}
    kept = [wish.check for wish in wishes_of(replace(second, asked=words), [first]).wishes if wish.origin == "kept"]
    assert kept == []


def test_an_attachment_that_is_to_be_changed_need_not_stay_as_it_was() -> None:
    first, _ = rounds()
    words = {**first.asked, "brief": "Add a row for owls to birds.csv."}
    wishes = wishes_of(replace(first, asked=words), [])
    assert "equals_attachment" not in {each.kind for wish in wishes.wishes for each in wish.assertions}
    assert wishes.attachments == {}
