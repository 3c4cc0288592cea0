"""What others wrote: private values are masked in every usual spelling, and ordinary words stay."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from action.gates.private_values import WITHHELD, public_text, without

EMAIL, NONCE, SHORT = "student@example.org", "nonce-4711-äb", "x1"
PRIVATE = (EMAIL, NONCE, SHORT, "")


def test_values_are_masked_as_they_are_in_whatever_case() -> None:
    assert public_text("No task of Student@Example.ORG, NONCE-4711-ÄB.", PRIVATE) == "No task of ***, ***."


def test_other_peoples_addresses_are_masked_too() -> None:
    assert public_text("Write to teacher@school.example", PRIVATE) == "Write to ***"


def test_a_short_value_is_masked_as_a_word_and_leaves_other_words_alone() -> None:
    assert public_text("x1 is not in box12: (x1)", PRIVATE) == "*** is not in box12: (***)"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("value", [EMAIL, NONCE])
def test_a_value_in_base64_is_withheld_wherever_it_begins(value: str, before: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        said = encode(f"{before}{value}".encode()).decode()
        assert public_text(f"unknown: {said}", PRIVATE) == WITHHELD
        assert public_text(f"unknown: {said.rstrip('=')}", PRIVATE) == WITHHELD


@pytest.mark.parametrize(
    "said",
    [
        quote(EMAIL, safe=""),
        quote(NONCE, safe=""),
        EMAIL.replace("@", "&#64;"),
        html.escape(NONCE).replace("-", "&#x2d;"),
        json.dumps(NONCE),
        EMAIL.replace("@", "\\u0040"),
    ],
)
def test_a_value_in_another_spelling_is_withheld(said: str) -> None:
    assert public_text(f"<p>400: {said}</p>", PRIVATE) == WITHHELD


def test_what_looks_like_a_key_is_withheld() -> None:
    assert public_text("token ghp_" + "a1B2c3D4e5" * 4, PRIVATE) == WITHHELD


def test_ordinary_texts_stay_as_they_are() -> None:
    text = "<p>Bad request &amp; more: 100% of 'aGVsbG8gd29ybGQ' is \\u0041.</p>"
    assert public_text(text, PRIVATE) == text


def test_the_longest_value_goes_first() -> None:
    assert without(["https://a.example/x", "a.example"], "at https://a.example/x") == "at ***"
