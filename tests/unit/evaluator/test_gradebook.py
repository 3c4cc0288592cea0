"""Marks: complete or not there, of the callback that counts, and for those from whom nothing came, too."""

from collections.abc import Callable

import pytest

from action.contract.verdict import PASS, Verdict, unclear
from action.contract.verdict import failed as fails
from evaluator.callbacks import Inbox
from evaluator.db import Store
from evaluator.gradebook import Gradebook
from evaluator.marks import Mark, failed, mark_of, passed, plain
from evaluator.outcomes import Outcomes
from evaluator.queue import Outbox, Request
from evaluator.roster import Roster
from evaluator.task_book import TaskBook
from tests.unit.evaluator.doubles import SHA, Clock, callback_for

Send = Callable[..., None]


@pytest.fixture
def called_back(asked: list[Request], inbox: Inbox, send: Send) -> Request:
    """Round 1 of Ann, whose callback is here."""
    send(asked[0])
    inbox.take(callback_for(asked[0]))
    return asked[0]


def results(store: Store) -> list[tuple[object, ...]]:
    return [tuple(row) for row in store.rows('SELECT email, round, commit_sha, "check", state, score FROM results')]


def test_a_row_says_whose_check_it_is_at_which_commit_and_what_came_of_it(
    called_back: Request, gradebook: Gradebook, store: Store
) -> None:
    marks = [
        passed("rule", "a"),
        failed("rule", "b", "why"),
        Mark("given", "c", "unclear"),
        Mark("model", "d", "not checked"),
    ]
    gradebook.save(called_back.id, gradebook.read(called_back.id).callback, marks)
    assert results(store) == [
        ("ann@x.example", 1, SHA, "a", "pass", 1),
        ("ann@x.example", 1, SHA, "b", "fail", 0),
        ("ann@x.example", 1, SHA, "c", "unclear", None),
        ("ann@x.example", 1, SHA, "d", "not checked", None),
    ]
    assert gradebook.due() == []


def test_new_marks_take_the_place_of_the_old_ones(called_back: Request, gradebook: Gradebook, store: Store) -> None:
    callback = gradebook.read(called_back.id).callback
    gradebook.save(called_back.id, callback, [passed("rule", "a"), passed("rule", "b")])
    assert gradebook.check_again() == 1
    assert gradebook.due() == [called_back.id]
    gradebook.save(called_back.id, callback, [failed("rule", "a", "gone")])
    assert [row[3:5] for row in results(store)] == [("a", "fail")]


def test_marks_of_a_callback_that_was_replaced_meanwhile_are_dropped(
    called_back: Request, gradebook: Gradebook, inbox: Inbox, store: Store
) -> None:
    checked = gradebook.read(called_back.id)
    inbox.take(callback_for(called_back, commit_sha="9876543210" * 4))
    gradebook.save(called_back.id, checked.callback, [passed("rule", "a")])
    assert results(store) == []
    assert gradebook.due() == [called_back.id]


def test_a_check_that_is_postponed_is_due_later(called_back: Request, gradebook: Gradebook, clock: Clock) -> None:
    gradebook.postpone(called_back.id, 20)
    assert (gradebook.due(), gradebook.unchecked()) == ([], 1)
    clock.time += 20
    assert gradebook.due() == [called_back.id]


def test_who_never_answers_or_never_calls_back_is_given_up__and_a_late_callback_is_checked_nevertheless(
    asked: list[Request], gradebook: Gradebook, inbox: Inbox, send: Send, outcomes: Outcomes, clock: Clock
) -> None:
    ann, bob = asked
    send(ann)
    for _ in range(3):
        send(bob, 404)
        clock.time += 200
    assert gradebook.give_up() == 1
    clock.time += 3600
    assert gradebook.give_up() == 1
    assert gradebook.give_up() == 0
    assert gradebook.unfinished() == 0
    assert [(each.email, each.state, each.reason, each.attempts, each.is_open) for each in outcomes.read()] == [
        ("ann@x.example", "no callback", "no callback came within 60 minutes", "200", False),
        (
            "bob@x.example",
            "refused",
            "the endpoint answered 404 (3 attempts; no more are made)",
            "404 | 404 | 404",
            False,
        ),
    ]
    assert inbox.take(callback_for(ann)).is_late
    assert gradebook.due() == [ann.id]
    assert gradebook.read(ann.id).is_late


def test_a_later_round_knows_the_earlier_ones__and_an_earlier_one_that_it_is_superseded(
    called_back: Request, gradebook: Gradebook, roster: Roster, book: TaskBook, outbox: Outbox, inbox: Inbox, send: Send
) -> None:
    gradebook.save(called_back.id, gradebook.read(called_back.id).callback, [])
    roster.ask_next(book, rounds=2)
    second = next(request for request in map(outbox.read, outbox.due()) if request.round == 2)
    send(second)
    assert not gradebook.read(called_back.id).is_superseded
    inbox.take(callback_for(second))
    assert gradebook.read(called_back.id).is_superseded
    assert [each.round for each in gradebook.earlier(second.id)] == [1]
    assert gradebook.earlier(called_back.id) == []
    gradebook.save(second.id, gradebook.read(second.id).callback, [])
    assert gradebook.check_again(email="BOB@x.example") == 0
    assert gradebook.check_again(email="Ann@x.example", round_number=1) == 0, "its page shows round 2"
    assert gradebook.check_again(round_number=2) == 1
    assert gradebook.due() == [second.id]


def test_the_worst_assertion_decides_a_check_and_says_why() -> None:
    assert mark_of("given", "c", [PASS, PASS]).state == "pass"
    assert mark_of("given", "c", [PASS, unclear("no network")]) == Mark("given", "c", "unclear", "no network")
    assert mark_of("given", "c", [unclear("x"), fails("it is 3", "li matches 3"), PASS]) == Mark(
        "given", "c", "fail", "it is 3", "li matches 3"
    )
    assert mark_of("given", "c", [Verdict(state="fail", detail="only this")]).reason == "only this"


def test_foreign_text_is_stored_without_control_characters_and_in_bounds() -> None:
    assert plain("a\x1b[31m\nb\ud800", 100) == "a [31m b "
    assert plain("x" * 50, 10) == "xxxxxx ..."
