"""After a deadline nothing is sent and a callback is late; an extension opens both again, for one student."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluator.callbacks import Inbox
from evaluator.db import Store
from evaluator.deadlines import shown_moment
from evaluator.errors import StudentsAreWrong
from evaluator.gradebook import CALLED_BACK, Gradebook, protocol_marks
from evaluator.outcomes import Outcomes
from evaluator.queue import Outbox, Request
from evaluator.roster import Added, Roster
from evaluator.settings import Weights
from evaluator.task_book import TaskBook
from tests.unit.evaluator.doubles import Clock, callback_for, student

Send = Callable[..., None]


@pytest.fixture
def deadline(clock: Clock) -> float:
    """The class has 100 seconds."""
    return clock.time + 100


@pytest.fixture
def store(tmp_path: Path, deadline: float) -> Iterator[Store]:
    store = Store(tmp_path / "evaluator.sqlite3", deadline)
    yield store
    store.close()


@pytest.fixture
def outcomes(store: Store, clock: Clock, book: TaskBook) -> Outcomes:
    return Outcomes(store, Weights(), clock, rounds_of=book.rounds_of)


def test_after_it_nothing_is_sent__neither_the_first_time_nor_again(
    asked: list[Request], outbox: Outbox, send: Send, clock: Clock
) -> None:
    ann, bob = asked
    send(ann, 500)
    clock.time += 99
    assert outbox.due() == [bob.id, ann.id]
    clock.time += 1
    assert outbox.due() == []
    assert outbox.begin(bob.id) is None
    assert outbox.retry_now() == 2
    assert outbox.due() == []


def test_after_it_no_new_request_is_made__of_round_1_and_of_round_2(
    roster: Roster, outbox: Outbox, inbox: Inbox, gradebook: Gradebook, outcomes: Outcomes, book: TaskBook, send: Send,
    clock: Clock, deadline: float,
) -> None:  # fmt: skip
    roster.add([student("ann")])
    roster.ask_next(book, rounds=2)
    ann = outbox.read(outbox.due()[0])
    send(ann)
    inbox.take(callback_for(ann))
    gradebook.save(ann.id, gradebook.read(ann.id).callback, [])
    roster.add([student("bob")])
    clock.time += 100
    assert roster.ask_next(book, rounds=2) == 0
    second, bob = outcomes.read()[1:]
    reason = f"nothing was sent: the deadline passed at {shown_moment(deadline)}"
    assert [(each.round, each.state, each.reason, each.is_open) for each in (second, bob)] == [
        (2, "not asked", reason, False),
        (1, "not asked", reason, False),
    ]
    assert bob.next_step == "`extend --email bob@x.example`"


def test_who_could_not_be_reached_before_it_is_given_up__as_soon_as_no_attempt_can_come(
    asked: list[Request], gradebook: Gradebook, outcomes: Outcomes, send: Send, clock: Clock, deadline: float
) -> None:
    ann, bob = asked
    send(bob)
    send(ann, 500)
    assert gradebook.give_up() == 0
    clock.time += 60
    send(ann, 500)
    assert gradebook.give_up() == 1, "the next attempt would be after the deadline"
    before = outcomes.read()[0]
    assert before.reason.endswith(f"(2 attempts; no more are made before the deadline at {shown_moment(deadline)})")
    clock.time += 60
    found = outcomes.read()[0]
    assert found.reason == f"the endpoint answered 500 (2 attempts; the deadline passed at {shown_moment(deadline)})"
    assert (found.is_open, found.verdict) == (False, "fail")


def test_a_callback_after_it_is_late_and_says_so(
    asked: list[Request], inbox: Inbox, gradebook: Gradebook, send: Send, clock: Clock, deadline: float
) -> None:
    send(asked[0])
    clock.time += 100
    assert not inbox.take(callback_for(asked[0])).is_late
    clock.time += 1
    assert inbox.take(callback_for(asked[0], commit_sha="9876543210" * 4)).is_late
    send_late = gradebook.read(asked[0].id)
    assert not send_late.is_late, "of several, the last one in time counts"


def test_an_extension_is_one_student_s__and_makes_callbacks_of_the_past_good(
    asked: list[Request], roster: Roster, outbox: Outbox, inbox: Inbox, gradebook: Gradebook, outcomes: Outcomes,
    send: Send, clock: Clock, deadline: float,
) -> None:  # fmt: skip
    ann, bob = asked
    send(ann)
    clock.time += 200
    inbox.take(callback_for(ann))
    handed_in = gradebook.read(ann.id)
    assert protocol_marks(handed_in)[1].reason == f"the callback came after the deadline ({shown_moment(deadline)})"
    gradebook.save(ann.id, handed_in.callback, protocol_marks(handed_in))
    assert (outbox.due(), gradebook.give_up()) == ([], 1)

    roster.extend("ANN@x.example", clock.time + 1_000)
    assert inbox.judge_again("ANN@x.example") == 1
    gradebook.judge_protocol_again("ANN@x.example")
    assert inbox.judge_again() == 0
    first = outcomes.read()[0]
    assert (first.callback, first.reason) == ("in time", "")
    assert {mark.check: mark.state for mark in first.marks}[CALLED_BACK] == "pass"
    assert outbox.due() == [], "Bob has none"

    roster.extend("bob@x.example", clock.time + 50)
    assert outbox.due() == [bob.id]
    send(bob, 500)
    assert gradebook.unfinished() == 1, "Bob is waited for again"
    clock.time += 50
    assert outbox.due() == []


def test_an_extension_for_nobody_is_said(roster: Roster) -> None:
    with pytest.raises(StudentsAreWrong, match=r"no student eve@x\.example"):
        roster.extend("eve@x.example", 0)


def test_a_list_brings_deadlines__and_one_without_them_leaves_those_that_are_there(
    roster: Roster, store: Store, deadline: float
) -> None:
    roster.add([student("ann", deadline=deadline + 5), student("bob")])
    assert roster.add([student("ann"), student("bob")]) == Added(new=0, changed=0)
    assert roster.add([student("ann", deadline=deadline + 5), student("bob", deadline=deadline + 9)]).changed == 1
    roster.extend("bob@x.example", deadline + 20)
    assert roster.add([student("bob", deadline=deadline + 9)]) == Added(new=0, changed=0)
    assert roster.add([student("bob", deadline=deadline + 9, secret="a-new-one")]).changed == 1
    rows = store.rows("SELECT deadline FROM students ORDER BY email")
    assert [row["deadline"] for row in rows] == [deadline + 5, deadline + 20], "a list takes no extension back"


def test_an_attempt_that_the_deadline_overtakes_counts__and_its_callback_is_waited_for(
    asked: list[Request], outbox: Outbox, gradebook: Gradebook, clock: Clock
) -> None:
    ann = asked[0]
    attempt = outbox.begin(ann.id)
    assert attempt
    clock.time += 100
    assert gradebook.give_up() == 2
    outbox.end(ann.id, attempt, 200, "200 OK")
    assert gradebook.unfinished() == 1
