"""The description of a repository: everybody can read it."""

import time

import pytest

from action.gates.text import without_addresses
from action.site.description import NEUTRAL, clean_description, description_of

PRIVATE = ("student@mail.internal", "nonce-4711-abcd", "https://evaluation.example.org/notify")


@pytest.mark.parametrize(
    ("brief", "description"),
    [
        ("Two\nlines\tand \x00 a bell\x07", "Two lines and a bell"),
        ("Write to student@mail.internal about it", "Write to about it"),
        ("zero​width and ‮override", "zero width and override"),
        ("", ""),
    ],
)
def test_descriptions_are_cleaned(brief: str, description: str) -> None:
    assert clean_description(brief) == description


def test_descriptions_are_cut_at_350_characters() -> None:
    cleaned = clean_description("wörd " * 200)
    assert len(cleaned) <= 350
    assert cleaned.endswith("…")


def test_a_long_brief_without_end_is_cleaned_at_once() -> None:
    began = time.monotonic()
    for brief in ("a@" * 100_000, "a@b." * 50_000, "a" * 200_000):
        assert len(clean_description(brief)) <= 350
    assert time.monotonic() - began < 2


def test_half_an_address_where_the_text_is_cut_is_left_out() -> None:
    assert clean_description("x" + " " * 1_985 + "student@mail.internal") == "x"


@pytest.mark.parametrize(
    "value", ["nonce-4711-abcd", "NONCE-4711-ABCD", "https://evaluation.example.org/notify", "gh" + "p_" + "a1B2" * 9]
)
def test_a_brief_with_a_private_value_is_not_shown(value: str) -> None:
    assert description_of(f"Show {value} on a page", "sum-of-sales", PRIVATE) == "sum-of-sales"


def test_neither_is_a_name_with_one() -> None:
    assert description_of("Use nonce-4711-abcd", "task nonce-4711-abcd", PRIVATE) == NEUTRAL


def test_a_brief_that_names_an_address_is_shown_without_it_only_when_it_is_not_the_senders() -> None:
    assert description_of("Write to a@b.example now", "t", PRIVATE) == "Write to now"
    assert description_of("Write to Student@Mail.internal now", "t", PRIVATE) == "t"


def test_addresses_are_masked_in_what_a_page_shows() -> None:
    assert without_addresses("the page shows: Me, me@x.example, +1") == "the page shows: Me, *** +1"
