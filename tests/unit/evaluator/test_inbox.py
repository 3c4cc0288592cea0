"""Callbacks: the nonce decides, each is recorded once, late ones as late, and no stream of them can fill the disk."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from evaluator.callbacks import LARGEST_CALLBACK, MOST_FOR_A_REQUEST, Inbox, create_app
from evaluator.db import Store
from evaluator.gradebook import Gradebook
from evaluator.queue import Request
from tests.unit.evaluator.doubles import Clock, callback_for

OTHER_SHA = "9876543210" * 4


@pytest.fixture
def sent(asked: list[Request], send: Callable[..., None]) -> list[Request]:
    for request in asked:
        send(request)
    return asked


def current(store: Store, request: Request) -> tuple[Any, ...]:
    (row,) = store.rows(
        "SELECT c.commit_sha, c.is_late FROM requests r JOIN callbacks c ON c.id = r.callback WHERE r.id = ?",
        request.id,
    )
    return tuple(row)


def test_a_true_callback_is_taken_and_is_due_to_be_checked(
    sent: list[Request], inbox: Inbox, gradebook: Gradebook
) -> None:
    assert inbox.take(callback_for(sent[0])).reasons == ()
    assert gradebook.due() == [sent[0].id]
    assert gradebook.read(sent[0].id).repo_url == "https://github.com/ann/birds"


def test_the_same_callback_again_changes_nothing(
    sent: list[Request], inbox: Inbox, gradebook: Gradebook, store: Store
) -> None:
    inbox.take(callback_for(sent[0]))
    gradebook.save(sent[0].id, gradebook.read(sent[0].id).callback, [])
    assert inbox.take(callback_for(sent[0])).reasons == ()
    assert gradebook.due() == []
    assert [tuple(row) for row in store.rows("SELECT copies FROM callbacks")] == [(2,)]


def test_another_callback_in_time_takes_the_place_of_the_first_and_is_checked(
    sent: list[Request], inbox: Inbox, gradebook: Gradebook, store: Store
) -> None:
    inbox.take(callback_for(sent[0]))
    gradebook.save(sent[0].id, gradebook.read(sent[0].id).callback, [])
    inbox.take(callback_for(sent[0], commit_sha=OTHER_SHA))
    assert current(store, sent[0]) == (OTHER_SHA, 0)
    assert gradebook.due() == [sent[0].id]


def test_a_late_callback_is_recorded_as_late__and_takes_no_place_of_one_in_time(
    sent: list[Request], inbox: Inbox, store: Store, clock: Clock
) -> None:
    ann, bob = sent
    clock.time += 600
    assert not inbox.take(callback_for(ann)).is_late
    clock.time += 0.1
    assert inbox.take(callback_for(ann, commit_sha=OTHER_SHA)).is_late
    assert inbox.take(callback_for(bob)).is_late
    assert current(store, ann)[1] == 0
    assert current(store, bob)[1] == 1


def test_the_ten_minutes_begin_with_the_last_attempt(
    asked: list[Request], send: Callable[..., None], inbox: Inbox, clock: Clock
) -> None:
    send(asked[0], 500)
    clock.time += 700
    send(asked[0], 200)
    clock.time += 500
    assert not inbox.take(callback_for(asked[0])).is_late


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nonce": "another"}, "nonce does not match what was sent"),
        ({"round": "1"}, "round does not match what was sent"),
        ({"email": "bob@x.example"}, "email does not match what was sent"),
        ({"commit_sha": "0" * 40}, "commit_sha is not a full commit id (40 hex digits)"),
        ({"pages_url": "https://p.example/\ud800"}, "pages_url has characters that no address has"),
        ({"repo_url": "https://github.com/" + "a" * 1_000}, "repo_url has characters that no address has"),
    ],
)
def test_a_false_callback_is_refused_and_recorded(
    sent: list[Request], inbox: Inbox, gradebook: Gradebook, store: Store, change: dict[str, Any], reason: str
) -> None:
    assert inbox.take(callback_for(sent[0], **change)).reasons == (reason,)
    assert gradebook.due() == []
    assert [row["reasons"] for row in store.rows("SELECT reasons FROM callbacks")] == [reason]


def test_a_callback_before_anything_was_sent_to_its_student_matches_nothing(asked: list[Request], inbox: Inbox) -> None:
    assert "nonce does not match what was sent" in inbox.take(callback_for(asked[0])).reasons
    assert "email does not match what was sent" in inbox.take(callback_for(asked[0], email="\ud800")).reasons


def test_a_stream_of_different_callbacks_is_cut_off(sent: list[Request], inbox: Inbox, store: Store) -> None:
    taken = [inbox.take(callback_for(sent[0], repo_url=f"https://github.com/ann/{n}")) for n in range(15)]
    assert [each.is_too_many for each in taken] == [False] * MOST_FOR_A_REQUEST + [True] * 5
    assert store.number("SELECT count(*) FROM callbacks") == MOST_FOR_A_REQUEST


@pytest.fixture
def client(inbox: Inbox) -> FlaskClient:
    return create_app(inbox).test_client()


def test_over_http__200_for_a_true_one_and_400_with_reasons_for_a_false_one(
    client: FlaskClient, sent: list[Request]
) -> None:
    answer = client.post("/notify", json=callback_for(sent[0]))
    assert (answer.status_code, answer.get_json()) == (200, {"ok": True, "late": False})
    refused = client.post("/notify", json=callback_for(sent[0], round=2))
    assert (refused.status_code, refused.get_json()["reasons"]) == (400, ["round does not match what was sent"])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"[" * 60_000, b"\xff\xfe", b'{"nonce": 1e999, "email": []}']
)
def test_over_http__what_is_no_callback_is_refused(client: FlaskClient, sent: list[Request], body: bytes) -> None:
    answer = client.post("/notify", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["reasons"]


def test_over_http__a_huge_body_is_not_read(client: FlaskClient) -> None:
    answer = client.post("/notify", data=b"x" * (LARGEST_CALLBACK + 1), content_type="application/json")
    assert answer.status_code == 413


def test_over_http__nobody_is_told_what_was_sent_to_whom(client: FlaskClient, sent: list[Request]) -> None:
    shown = [client.get(path).get_data(as_text=True) for path in ("/", "/health", "/tasks", "/callbacks")]
    assert not any(word in text for text in shown for word in ("ann", sent[0].nonce, sent[0].task))
