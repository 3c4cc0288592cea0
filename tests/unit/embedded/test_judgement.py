from typing import Any

import pytest

from evaluator.callback_rules import reasons_to_refuse

SENT = {"email": "someone@example.com", "task": "a-task", "round": 1, "nonce": "n1"}
RIGHT = {
    **SENT,
    "repo_url": "http://localhost:1/o/r",
    "commit_sha": "0123456789abcdef0123456789abcdef01234567",
    "pages_url": "http://localhost:2/o/r/",
}


def test_a_callback_that_matches_is_taken() -> None:
    assert reasons_to_refuse(RIGHT, [{**SENT, "nonce": "n0"}, SENT]) == []


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_each_missing_field_is_named(name: str) -> None:
    callback = {key: value for key, value in RIGHT.items() if key != name}
    assert reasons_to_refuse(callback, [SENT]) == [f"{name} is missing"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("email", "x@example.com"), ("task", "other"), ("round", 2), ("round", "1"), ("round", True), ("nonce", "n2")],
)
def test_what_must_be_copied_is_compared_with_its_type(name: str, value: Any) -> None:
    assert reasons_to_refuse({**RIGHT, name: value}, [SENT]) == [f"{name} does not match what was sent"]


def test_a_round_sent_as_text_must_come_back_as_text() -> None:
    assert reasons_to_refuse({**RIGHT, "round": "1"}, [{**SENT, "round": "1"}]) == []


@pytest.mark.parametrize("sha", ["", "abc", "0" * 40, "main", RIGHT["commit_sha"].upper(), 7, None])  # type: ignore[attr-defined]
def test_a_commit_id_is_not_made_up(sha: Any) -> None:
    assert reasons_to_refuse({**RIGHT, "commit_sha": sha}, [SENT]) == [
        "commit_sha is not a full commit id (40 hex digits)"
    ]


@pytest.mark.parametrize("url", ["", None, "localhost/o/r", "ftp://localhost/o/r", "http://["])
def test_addresses_are_http(url: Any) -> None:
    assert reasons_to_refuse({**RIGHT, "pages_url": url}, [SENT]) == ["pages_url is not an http address"]


def test_nothing_matches_when_nothing_was_sent() -> None:
    assert reasons_to_refuse(RIGHT, []) == ["no task was ever sent from here"]
    assert reasons_to_refuse(["not", "an", "object"], [SENT]) == ["the body is not a JSON object"]
