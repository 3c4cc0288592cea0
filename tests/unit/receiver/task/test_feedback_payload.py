"""Feedback in the shapes that are taken, and those that are not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from receiver.task.feedback import LONGEST_TEXT, Feedback, Opinion


def opinion(**change: Any) -> Opinion:
    return Opinion.model_validate({"role": "linter", "text": "Two errors.", **change})


def test_the_text_is_plain_lines() -> None:
    assert opinion(text="  one\r\ntwo\x00\u202e\x1b[31m\tthree ").text == "one\ntwo[31m\tthree"


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": " \n\x00 "},
        {"text": "x" * (LONGEST_TEXT + 1)},
        {"text": "\U0001f600" * LONGEST_TEXT},  # as escapes, it is larger than GitHub's event
        {"role": ""},
        {"role": "Teacher"},
        {"role": "a" * 31},
        {"role": "coder\n"},
        {"metrics": {"1st": 1}},
        {"metrics": {"a b": 1}},
        {"metrics": {"a": float("nan")}},
        {"metrics": {"a": 1e300}},
        {"metrics": {"a": "many"}},
        {"metrics": {f"m{number}": 1 for number in range(31)}},
        {"restore": "main"},
        {"restore": "abc1234"},
        {"restore": "a" * 40, "revise": True},
    ],
)
def test_what_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        opinion(**change)


def test_the_largest_feedback_fits_in_an_event() -> None:
    largest = Feedback(
        message_id="a" * 20,
        project=f"{'o' * 39}/{'p' * 100}",
        role="r" * 30,
        text="ä" * 7_900,
        metrics={f"m{'x' * 56}{number:02}": -123456789.123456 for number in range(30)},
        revise=True,
        at=datetime.now(UTC),
    )
    body = json.dumps({"event_type": "record-feedback", "client_payload": largest.model_dump(mode="json")})
    assert len(body.encode()) < 64 * 1024
    assert len(largest.model_dump(exclude_defaults=True)) <= 10  # properties


def test_the_build_that_a_message_asks_for_is_always_the_same() -> None:
    first, second = (
        Feedback(message_id=each * 20, project="o/p", role="r", text="t", at=datetime.now(UTC)) for each in "ab"
    )
    assert first.build_id != second.build_id
    assert first.build_id == first.model_copy(update={"text": "other"}).build_id
    assert len(first.build_id) == 20
