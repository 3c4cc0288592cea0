"""The newest words win: a round's orders end what earlier rounds demanded of the same thing, and mentions do not."""

import base64
import time
from collections.abc import Mapping
from typing import Any

import pytest

from action.contract.assertion import JsonAt
from action.contract.changes import attachments_to_change
from action.contract.compile import compile_contract
from action.contract.contract import Contract
from action.contract.retire import why_not_replaced
from receiver.task import Task
from tests.unit.action.contract.sentences_of_change import (
    BYTES,
    DATA,
    DEMANDS,
    EDITS,
    ENDS,
    OTHER_KINDS,
    PAGE_EDITS,
    PAGE_READS,
    PRICES,
    READS,
    STAYS,
)


def attached(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [{"name": name, "url": "data:;base64," + base64.b64encode(body).decode()} for name, body in files.items()]


def task_of(brief: str, checks: Any = (), files: Mapping[str, bytes] | None = None, number: int = 1) -> Task:
    return Task(
        email="a@example.com",
        task="t",
        round=number,
        nonce="n",
        brief=brief,
        checks=list(checks),
        attachments=attached(files or {}),
        evaluation_url="https://example.com/notify",
    )


FIRST = compile_contract(task_of("A page.", DEMANDS.values(), BYTES))
NAMES = {check: name for name, check in DEMANDS.items()}


def after(brief: str, checks: Any = (), files: Mapping[str, bytes] | None = None, **more: Any) -> Contract:
    current = {"index.html": b"", "faq.html": b"", **BYTES}
    return compile_contract(task_of(brief, checks, files, 2), earlier=FIRST, current=current, **more)


def retired(brief: str, checks: Any = (), files: Mapping[str, bytes] | None = None, **more: Any) -> set[str]:
    contract = after(brief, checks, files, **more)
    return {NAMES[it.assertion.source] for it in contract.retired if it.assertion.origin == "given"}


# An earlier demand, words of a new round that end it, and others that a model may not quote.
QUOTED = [
    ("#go is disabled initially", "Enable the #go button from the start.", "Add a footer with the date."),
    ("#cur defaults to EUR", "#cur now defaults to USD.", "Show the prices without cents."),
    ("Inputs #name and #email are required", "Make #email optional.", "Add a button #send."),
    ("#list has at most 5 items", "Show up to 20 items in #list.", "Put the date into the footer."),
    ("The page must not contain 'TODO'", "Add a heading 'TODO list'.", "Keep the footer short."),
    ("There is only one h1 on the page", "Give each section an h1.", "Show the newest prices first."),
    ("js: localStorage.getItem('todos') !== null", "Use the key 'todos-v2' from now on.", "Make it blue, please."),
    ("js: localStorage.getItem('todos') !== null", "Store the list in IndexedDB.", "Make it blue, please."),
    ("Clicking #export downloads people.csv", "Name the download export.csv.", "Let it look friendly."),
    ("Chart.js is loaded", "Draw the chart without a library.", "Let it look friendly."),
    ("The page shows 'Total: 20000'", "Only count orders from May.", "Of May"),
]


@pytest.mark.parametrize(("demand", "words", "others"), QUOTED, ids=[words for _, words, _ in QUOTED])
def test_words_that_a_model_quotes_must_be_there_and_speak_of_it(demand: str, words: str, others: str) -> None:
    old, task = compile_contract(task_of("A page.", [demand])), task_of(f"{words} {others}", number=2)
    given = [it for it in old.assertions if it.origin == "given"]
    assert {why_not_replaced(it, words, task) for it in given} == {""}
    assert all(why_not_replaced(it, others, task) for it in given)
    assert all(why_not_replaced(it, words, task_of(others, number=2)) for it in given)
    assert all(why_not_replaced(it, words, task_of(words, number=1)) for it in given)


@pytest.mark.parametrize("words", ["Keep #sum as it is.", "Add a chart to #sum, please."])
def test_words_that_keep_a_thing_or_add_to_it_end_nothing(words: str) -> None:
    (there,) = [it for it in FIRST.assertions if it.source == DEMANDS["sum is there"]]
    assert why_not_replaced(there, words, task_of(words, number=2))


def test_every_demand_of_the_first_round_is_an_assertion() -> None:
    given = [a.source for a in FIRST.assertions if a.origin == "given"]
    assert sorted(given) == sorted(DEMANDS.values())


@pytest.mark.parametrize(("words", "names"), ENDS, ids=[words[:60] for words, _ in ENDS])
def test_what_an_order_changes_is_demanded_no_longer__and_nothing_else(words: str, names: str) -> None:
    assert retired(words) == set(names.split(", "))


@pytest.mark.parametrize("words", STAYS)
def test_a_mention_ends_nothing(words: str) -> None:
    assert retired(words) == set()


@pytest.mark.parametrize(("demands", "words", "names"), OTHER_KINDS, ids=[words[:60] for _, words, _ in OTHER_KINDS])
def test_what_has_no_name_in_the_page_ends_as_well__and_nothing_else(
    demands: Mapping[str, str], words: str, names: str
) -> None:
    first = compile_contract(task_of("A page.", demands.values()))
    current = {"index.html": b"", "about.html": b"", "cv.md": b"Berlin", "dilemma.json": b"{}"}
    contract = compile_contract(task_of(words, number=2), earlier=first, current=current)
    ended = {it.assertion.source for it in contract.retired if it.assertion.origin == "given"}
    assert {name for name, check in demands.items() if check in ended} == set(filter(None, names.split(", ")))


@pytest.mark.parametrize(
    ("words", "is_free"), [*((it, True) for it in PAGE_EDITS), *((it, False) for it in PAGE_READS)]
)
def test_an_attached_first_page_may_change_when_more_is_ordered_of_it(words: str, is_free: bool) -> None:
    assert bool(attachments_to_change(task_of(words, files={"index.html": b"<h1>a</h1>"}))) == is_free


def test_the_clause_that_ends_it_is_kept_as_the_reason() -> None:
    contract = after("Add a chart, rename #sum to #grand-total, and keep #rows.")
    assert {it.words for it in contract.retired} == {"rename #sum to #grand-total"}


def test_what_is_retired_is_not_stored_and_not_demanded() -> None:
    contract = after("Rename #sum to #grand-total.")
    assert not any("#sum" in a.sentence for a in contract.assertions)
    again = Contract.from_storage(contract.for_storage())
    assert again.retired == ()
    assert again.assertions == contract.assertions
    assert b"retired" not in contract.for_storage()


def test_what_a_brief_names_only_to_end_it_is_not_guessed_to_be_wanted() -> None:
    sentences = [a.sentence for a in after("Rename #sum to #total, and old.json to new.json.").assertions]
    assert not any("#sum" in sentence or "old.json" in sentence for sentence in sentences)
    assert any("#total" in sentence for sentence in sentences)
    assert any("new.json" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("check", "names"),
    [
        ("faq.html does not exist", "faq, faq link"),
        ("js: !document.querySelector('#sum')", "sum, sum is there"),
        ("js: document.getElementById('count') === null", "count"),
        ("js: document.querySelectorAll('#rows').length === 0", "rows, rows exactly"),
        ("#sum is renamed to #grand-total", "sum, sum is there"),
        ("js: document.title === 'Other'", ""),
        ("js: document.querySelector('#sum').textContent.length > 0", ""),
    ],
)
def test_checks_of_the_new_round_end_what_they_contradict(check: str, names: str) -> None:
    assert retired("More of the same.", [check]) == set(filter(None, names.split(", ")))


def test_a_file_that_must_be_there_again_ends_the_demand_that_it_is_not() -> None:
    first = compile_contract(task_of("A page.", ["old.html does not exist"]))
    contract = compile_contract(task_of("Rename new.html to old.html.", number=2), earlier=first)
    assert [a.kind for a in contract.assertions if a.origin == "given"] == ["file_absent"]  # it is the new name
    contract = compile_contract(task_of("Update old.html.", number=2), earlier=first)
    assert [a.kind for a in contract.assertions if a.origin == "given"] == []


def test_an_attachment_with_other_bytes_ends_values_of_the_old_ones_and_the_same_bytes_end_nothing() -> None:
    assert retired("Again.", files={"prices.csv": PRICES}) == set()
    assert retired("New data.", files={"prices.csv": PRICES + b"hat,5\n"}) == {
        *DATA.split(", "),
        "rows",
        "prices column",
    }


def test_other_rows_leave_the_number_of_columns_as_it_was() -> None:
    checks = [f"js: document.querySelectorAll('#t {part}').length === 3" for part in ("thead th", "tbody tr")]
    first = compile_contract(
        task_of("A table.", checks, files={"prices.csv": PRICES}), attachments={"prices.csv": PRICES}
    )
    again = task_of("New data.", files={"prices.csv": PRICES + b"hat,5\n"}, number=2)
    contract = compile_contract(again, attachments={"prices.csv": PRICES + b"hat,5\n"}, earlier=first)
    assert [it.assertion.source for it in contract.retired if it.assertion.origin == "given"] == checks[1:]


def test_data_that_were_changed_before_and_come_again_with_other_bytes_end_the_values() -> None:
    second = compile_contract(
        task_of("Append a row to prices.csv.", ["js: document.title.length === 9"], number=2), earlier=FIRST
    )
    third = task_of("New data.", files={"prices.csv": PRICES}, number=3)
    contract = compile_contract(third, earlier=second, current={"prices.csv": PRICES + b"hat,5\n"})
    assert "js: document.title.length === 9" in {it.assertion.source for it in contract.retired}


def test_a_given_check_stays_given_when_the_new_brief_only_mentions_its_subject() -> None:
    first = compile_contract(
        task_of("A page.", ['#note has text "Hi"', "list.json exists", "poem.txt has 30-40 words"])
    )
    words = "The page has #note, list.json and poem.txt with at least 30 words."
    contract = compile_contract(task_of(words, number=2), earlier=first)
    given = [a.kind for a in contract.assertions if a.origin == "given"]
    assert sorted(given) == ["element", "file_exists", "word_count"]
    contract = compile_contract(task_of("poem.txt has 50-60 words now.", number=2), earlier=first)
    assert "word_count" not in [a.kind for a in contract.assertions if a.origin == "given"]


def test_feedback_ends_what_was_inferred_or_holds_for_every_page_but_nothing_that_the_sender_gave() -> None:
    first = compile_contract(task_of("There is a span #note.", DEMANDS.values(), BYTES))
    words = "Rename #note to #remark, drop #sum, and fix the typo Munday in NOTES.md."
    contract = compile_contract(task_of(words), earlier=first, is_feedback=True)
    assert {(it.assertion.kind, it.assertion.origin) for it in contract.retired} == {
        ("element", "inferred"),
        ("equals_attachment", "base"),
    }
    given = {a.source for a in contract.assertions if a.origin == "given"}
    assert given == set(DEMANDS.values())


@pytest.mark.parametrize("brief", EDITS)
def test_an_attachment_that_the_brief_orders_to_be_changed_may_change(brief: str) -> None:
    task = task_of(brief, files={"execute.py": b"revenew", "other.csv": b"a"})
    assert attachments_to_change(task) == {"execute.py"}
    pinned = [a.parameters()["file"] for a in compile_contract(task).assertions if a.kind == "equals_attachment"]
    assert pinned == ["other.csv"]


@pytest.mark.parametrize(
    ("brief", "is_wanted"),
    [("Fix execute.py.", True), ("Delete execute.py.", False), ("Rename execute.py to run.py.", False)],
)
def test_an_attachment_that_is_changed_must_still_be_there__unless_it_goes(brief: str, is_wanted: bool) -> None:
    contract = compile_contract(task_of(brief, files={"execute.py": b"revenew"}))
    wanted = [a for a in contract.assertions if a.kind == "file_exists" and a.parameters()["file"] == "execute.py"]
    assert bool(wanted) == is_wanted


@pytest.mark.parametrize("brief", READS)
def test_an_attachment_that_is_only_read_stays_byte_for_byte(brief: str) -> None:
    assert attachments_to_change(task_of(brief, files={"execute.py": b"revenew"})) == frozenset()


def test_words_that_nobody_wrote_are_read_in_time() -> None:
    hostile = ["rename #a to " * 4_000, "#a and " * 7_000, "“" * 50_000, "no longer " * 5_000, "a, " * 16_000 + "#b"]
    hostile += ["replace 'a' in b.csv with " * 2_000, "the " * 12_000 + "#x is now #y", "from #x " * 6_000]
    began = time.monotonic()
    for words in hostile:
        compile_contract(task_of(words, number=2), earlier=FIRST)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("value", ["Berlin", 5, 27.5, True, None, ["Berlin"], {"city": "Berlin"}], ids=str)
def test_a_round_follows_on_any_value_that_a_file_of_data_must_have(value: object) -> None:
    earlier = Contract(assertions=(JsonAt(file="x.json", at="revenue", equals=value, has_equals=True),))
    words = "Rename revenue to income in x.json, write Bonn in place of Berlin, and 7 in place of 5."
    assert compile_contract(task_of(words, number=2), earlier=earlier, current={"x.json": b"{}"}).assertions
