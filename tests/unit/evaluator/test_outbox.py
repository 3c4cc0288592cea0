"""What is sent when: once when it is accepted, again with the same nonce when not, and never twice by a restart."""

import json
from collections.abc import Callable

from evaluator.callbacks import Inbox
from evaluator.db import Store
from evaluator.gradebook import Gradebook
from evaluator.queue import Outbox, Request
from evaluator.roster import Added, Roster
from evaluator.task_book import TaskBook
from tests.unit.evaluator.doubles import Clock, callback_for, student

Send = Callable[..., None]


def test_a_request_has_everything_that_the_protocol_wants(asked: list[Request]) -> None:
    ann, bob = (request.body("https://e.example/notify") for request in asked)
    fields = ("email", "secret", "task", "round", "nonce", "brief", "checks", "attachments", "evaluation_url")
    assert tuple(ann) == fields
    assert (ann["email"], ann["secret"], ann["round"]) == ("ann@x.example", "ann-secret-value", 1)
    assert ann["task"].startswith("bird-count-")
    assert ann["nonce"] != bob["nonce"]
    assert ann["task"] != bob["task"]
    assert ann["attachments"][0]["url"].startswith("data:;base64,")
    assert json.dumps(ann)
    assert "ann-secret-value" not in repr(asked[0])


def test_what_was_accepted_is_never_sent_again(asked: list[Request], outbox: Outbox, send: Send, clock: Clock) -> None:
    ann, bob = asked
    send(ann)
    clock.time += 10**6
    assert outbox.due() == [bob.id]
    assert outbox.begin(ann.id) is None


def test_what_was_not_is_sent_again_after_each_pause_with_the_same_nonce__and_then_given_up(
    asked: list[Request], outbox: Outbox, send: Send, clock: Clock
) -> None:
    ann, bob = asked
    send(bob)
    for pause in (60, 180):
        send(ann, 500)
        clock.time += pause - 1
        assert outbox.due() == []
        assert outbox.next_at() == clock.time + 1
        clock.time += 1
        assert outbox.due() == [ann.id]
        assert outbox.read(ann.id).nonce == ann.nonce
    send(ann, None)
    clock.time += 10**6
    assert (outbox.due(), outbox.next_at()) == ([], None)
    assert outbox.retry_now() == 1
    assert outbox.due() == [ann.id]


def test_a_program_that_was_stopped_while_it_sent_sends_again(
    asked: list[Request], outbox: Outbox, store: Store, clock: Clock
) -> None:
    assert outbox.begin(asked[0].id)
    restarted = Outbox(store, [60], clock)
    assert restarted.due() == [request.id for request in asked]
    assert restarted.read(asked[0].id).nonce == asked[0].nonce


def test_a_callback_proves_that_a_request_arrived(
    asked: list[Request], outbox: Outbox, inbox: Inbox, send: Send, clock: Clock
) -> None:
    ann, bob = asked
    send(ann, 500)
    assert inbox.take(callback_for(ann)).reasons == ()
    clock.time += 60
    assert outbox.due() == [bob.id]


def test_each_attempt_is_recorded_in_words(asked: list[Request], outbox: Outbox, store: Store, clock: Clock) -> None:
    attempt = outbox.begin(asked[0].id)
    assert attempt
    clock.time += 2.5
    outbox.end(asked[0].id, attempt, 503, "503 Service Unavailable")
    (row,) = store.rows("SELECT seconds, status, said FROM attempts")
    assert tuple(row) == (2.5, 503, "503 Service Unavailable")


def test_round_2_is_asked_after_round_1_was_checked__of_those_who_called_back(
    asked: list[Request],
    roster: Roster,
    book: TaskBook,
    outbox: Outbox,
    inbox: Inbox,
    gradebook: Gradebook,
    send: Send,
) -> None:
    for request in asked:
        send(request)
    inbox.take(callback_for(asked[0]))
    assert roster.ask_next(book, rounds=2) == 0
    gradebook.save(asked[0].id, gradebook.read(asked[0].id).callback, [])
    assert roster.ask_next(book, rounds=1) == 0
    assert roster.ask_next(book, rounds=2) == 1
    assert roster.ask_next(book, rounds=2) == 0
    (second,) = (outbox.read(request) for request in outbox.due())
    assert (second.email, second.round, second.task) == (asked[0].email, 2, asked[0].task)
    assert second.nonce != asked[0].nonce
    assert "all the news" in second.asked["brief"]
    send(second)
    inbox.take(callback_for(second))
    gradebook.save(second.id, gradebook.read(second.id).callback, [])
    assert roster.ask_next(book, rounds=10) == 0, "the template has no round 3"


def test_round_2_at_once_does_not_wait_for_the_check(
    asked: list[Request], roster: Roster, book: TaskBook, inbox: Inbox, send: Send
) -> None:
    send(asked[0])
    inbox.take(callback_for(asked[0]))
    assert roster.ask_next(book, rounds=2, at_once=True) == 1


def test_a_corrected_list_changes_endpoints__and_sends_there_what_was_given_up(
    asked: list[Request], roster: Roster, outbox: Outbox, gradebook: Gradebook, send: Send, clock: Clock
) -> None:
    ann, bob = asked
    send(bob)
    for _ in range(3):
        send(ann, 404)
        clock.time += 200
    assert gradebook.give_up() == 1
    assert (outbox.due(), gradebook.unfinished()) == ([], 1)
    corrected = student("ann", endpoint="https://ann.example/right")
    assert roster.add([corrected, student("bob"), student("eve")]) == Added(new=1, changed=1)
    assert outbox.due() == [ann.id]
    again = outbox.read(ann.id)
    assert (again.endpoint, again.nonce) == ("https://ann.example/right", ann.nonce)
    send(again, 500)
    assert gradebook.unfinished() == 2, "an attempt is waited for again"
