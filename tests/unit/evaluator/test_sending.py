"""What came back is put into words that people can use, and that never hold the secret."""

from typing import Any

from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttpError
from evaluator.db import Store
from evaluator.queue import Outbox, Request, Sender


class Endpoint:
    """Answers every request in the same way, and remembers what it got."""

    def __init__(self, answer: Fetched | GuardedHttpError) -> None:
        self.answer = answer
        self.got: list[tuple[str, Any, float]] = []

    def post_json(self, url: str, body: Any, *, timeout_s: float) -> Fetched:
        self.got.append((url, body, timeout_s))
        if isinstance(self.answer, GuardedHttpError):
            raise self.answer
        return self.answer


def said_after(answer: Fetched | GuardedHttpError, outbox: Outbox, request: Request, store: Store) -> str:
    endpoint = Endpoint(answer)
    sender = Sender(outbox, endpoint, "https://e.example/notify", 7)
    sender.send(request.id)
    ((url, body, timeout_s),) = endpoint.got
    assert (url, timeout_s, body["evaluation_url"]) == (request.endpoint, 7, "https://e.example/notify")
    (row,) = store.rows("SELECT said FROM attempts")
    return str(row["said"])


def answer(status: int, body: bytes) -> Fetched:
    return Fetched(status, {}, body, "https://ann.example/api")


def test_200_is_accepted(asked: list[Request], outbox: Outbox, store: Store) -> None:
    assert said_after(answer(200, b'{"ok": true}'), outbox, asked[0], store) == '200 OK: {"ok": true}'
    assert store.rows("SELECT accepted_at FROM requests WHERE id = ?", asked[0].id)[0]["accepted_at"]


def test_everything_else_is_not__and_is_said(asked: list[Request], outbox: Outbox, store: Store) -> None:
    said = said_after(answer(202, b"later"), outbox, asked[0], store)
    assert said == "202 Accepted: later"
    assert store.rows("SELECT accepted_at FROM requests WHERE id = ?", asked[0].id)[0]["accepted_at"] is None


def test_an_endpoint_that_repeats_the_secret_does_not_bring_it_into_the_record(
    asked: list[Request], outbox: Outbox, store: Store
) -> None:
    said = said_after(answer(401, b"wrong secret:\n ann-secret-value\x1b[2J\xff"), outbox, asked[0], store)
    assert said == "401 Unauthorized: wrong secret: *** [2J\ufffd".replace("*** ", "***")


def test_no_answer_is_said_with_its_reason(asked: list[Request], outbox: Outbox, store: Store) -> None:
    said = said_after(FetchFailed("it took too long"), outbox, asked[0], store)
    assert said == "No answer: it took too long."


def test_an_endpoint_inside_the_instructor_s_network_is_not_asked(
    asked: list[Request], outbox: Outbox, store: Store
) -> None:
    said = said_after(AddressRefused("its host is not on the public internet"), outbox, asked[0], store)
    assert said == "No answer: its host is not on the public internet."


def test_an_accepted_request_is_not_sent_by_a_second_worker(asked: list[Request], outbox: Outbox) -> None:
    endpoint = Endpoint(answer(200, b""))
    sender = Sender(outbox, endpoint, "https://e.example/notify", 7)
    sender.send(asked[0].id)
    sender.send(asked[0].id)
    assert len(endpoint.got) == 1
