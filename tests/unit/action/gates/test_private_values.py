"""What no published file may hold, and what the sender's own brief makes public."""

import base64
import secrets
import string
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from action.gates.private_values import (
    HIDDEN_LINE,
    HIDDEN_REST,
    WITHHELD,
    confidential,
    not_published,
    private_values,
    public_log,
)
from receiver.task import BuildRequest, Task

URL = "https://evaluator.example/notify"


def request(**more: Any) -> BuildRequest:
    task = {"email": "me@example.org", "task": "t", "nonce": "nonce-4711", "brief": "A page.", "evaluation_url": URL}
    received = datetime(2026, 11, 20, tzinfo=UTC)
    task_ = Task.model_validate({**task, **more})
    return BuildRequest(build_id="0" * 20, task_key="1" * 20, received_at=received, task=task_)


def test_email_nonce_address_and_secret_are_private() -> None:
    assert set(private_values(request(), "the-secret")) == {"me@example.org", "nonce-4711", URL, "the-secret"}


def test_what_the_brief_says_is_public_in_whatever_case_but_never_a_secret_of_the_build() -> None:
    said = request(brief="Write Me@Example.org and the-secret on it.")
    assert set(private_values(said, "the-secret")) == {"nonce-4711", URL, "the-secret"}


def test_short_values_stand_in_ordinary_pages_by_chance_but_are_masked() -> None:
    short = request(nonce="seven77")
    assert "seven77" not in private_values(short, "short")
    assert "seven77" in confidential(short)


def test_values_are_private_as_they_were_sent_too() -> None:
    sent = request(email="Me@Example.org", echo={"email": " Me@Example.org ", "nonce": 12345678})
    assert {" Me@Example.org ", "12345678"} <= set(private_values(sent))


def test_what_a_check_demands_is_public() -> None:
    asked = request(checks=["The page contains me@example.org", {"js": "document.title === 'nonce-4711'"}])
    assert set(private_values(asked)) == {URL}


def test_what_of_the_sender_is_on_the_page_already_is_not_private_any_more() -> None:
    private = private_values(request(), "the-secret")
    published = [b"\xff\x00", b"<p>Me@Example.org and the-secret"]
    assert set(not_published(private, request(), published)) == {"nonce-4711", URL, "the-secret"}
    assert not_published(private, request(), []) == private


TOKEN = f"ghp_{secrets.token_hex(20)}"
BODY = "\n".join(base64.b64encode(secrets.token_bytes(48)).decode() for _ in range(5))
BEGIN, END = (f"-----{word} PRIVATE KEY-----" for word in ("BEGIN", "END"))


@pytest.mark.parametrize(
    ("log", "kept"),
    [
        ("one\ntwo\r\n\nthree", "one\ntwo\r\n\nthree"),
        (f"one\nI have {TOKEN} here\nthree", f"one\n{HIDDEN_LINE}\nthree"),
        (f"{TOKEN}\n{TOKEN}", f"{HIDDEN_LINE}\n{HIDDEN_LINE}"),
        ("from me@school.edu (hello)", "from *** (hello)"),
        ("the Shared-Secret-1 was used", "the *** was used"),
        (f"one\n{BEGIN}\n{BODY}\n{END}\nthree", f"one\n{HIDDEN_LINE}\nthree"),
        (f"one\n{BEGIN}\n{BODY}\n", f"one\n{HIDDEN_LINE}\n{HIDDEN_REST}"),
        (f"{BEGIN}\n{BODY}\n{END}\n{TOKEN}\nend", f"{HIDDEN_LINE}\n{HIDDEN_LINE}\nend"),
        (base64.b64encode(b"it is shared-secret-1, really").decode(), WITHHELD),
    ],
    ids=range(9),
)
def test_a_log_is_kept_without_the_lines_that_look_like_secrets(log: str, kept: str) -> None:
    assert public_log(log, ["shared-secret-1"]) == kept


@pytest.mark.parametrize("piece", ["token=", f"{string.ascii_letters}@"])
def test_a_whole_log_is_looked_through_in_time(piece: str) -> None:
    began = time.process_time()
    public_log(piece * (1_000_000 // len(piece)), ["shared-secret-1"])
    assert time.process_time() - began < 15
