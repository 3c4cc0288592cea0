"""Attachments in other forms, and pages whose numbers follow them or stay behind."""

import json

import pytest

from action.contract.compile import followed_data
from action.contract.variations import (
    CannotVary,
    can_vary,
    computed_from,
    count_behind,
    other_data,
    stays_behind,
    table_of,
    varied,
)

SALES = b"id,region,sales\n1,North,5000\n2,South,10000.50\n3,West,5000\n"


@pytest.mark.parametrize(
    ("variation", "expected"),
    [
        ("numbers", b"id,region,sales\n1,North,10003\n2,South,20001.04\n3,West,10005\n"),
        ("rows", SALES + b"3,West,5000\n"),
        ("crlf", SALES.replace(b"\n", b"\r\n")),
        ("bom", b"\xef\xbb\xbf" + SALES),
        ("quoted", b'"id","region","sales"\n"1","North","5000"\n"2","South","10000.50"\n"3","West","5000"\n'),
        ("empty", b""),
    ],
)
def test_a_table_comes_in_another_form(variation: str, expected: bytes) -> None:
    assert varied("sales.csv", SALES, variation) == expected  # type: ignore[arg-type]


def test_records_keep_their_types() -> None:
    records = [{"name": "a", "price": 2.5}, {"name": "b", "price": 3}]
    assert json.loads(varied("a.json", json.dumps(records).encode(), "numbers")) == [
        {"name": "a", "price": 5.3},
        {"name": "b", "price": 10},
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"id,year\n1,2020\n"),
        ("a.csv", b"name\nx\n"),
        ("a.csv", b"price\n"),
        ("a.txt", SALES),
        ("a.json", b'[{"a": {"b": 1}}]'),
        ("a.json", b'{"a": 1}'),
        ("a.json", b"[" * 100_000),
        ("a.csv", b"a\n" + b"1\n" * 600_000),
    ],
)
def test_what_has_no_numbers_of_its_own_is_not_varied(name: str, content: bytes) -> None:
    assert not can_vary(name, content)
    with pytest.raises(CannotVary):
        varied(name, content, "numbers")


OTHER = varied("sales.csv", SALES, "numbers")
COMPUTED = computed_from(table_of("sales.csv", SALES), table_of("sales.csv", OTHER))
STATIC = "In 2026 the total was 20000.50"
# What the page shows with the data as they are, and with other numbers; and whether it stays behind.
PAGES = [
    ({"#total": "20000.5"}, {"#total": "40009.04"}, False),
    ({"#total": "20,000.50 EUR"}, {"#total": "20,000.50 EUR"}, True),
    ({"#total-sales": "20001"}, {"#total-sales": "20001"}, True),  # rounded
    (
        {"#total": "20000.50", "p": "In 2026 the total was 20000.50"},
        {"#total": "40009.04", "p": "In 2026 the total was 20000.50"},
        False,
    ),
    ({"p": "Budget: 30000"}, {"p": "Budget: 30000"}, False),
    ({"td": "5000"}, {"td": "10003"}, False),  # the first row only
    ({"footer": "2026"}, {"footer": "2026"}, False),
    ({"#count": "3"}, {"#count": "3"}, False),
    ({"#total": "20000.50"}, {"#total": "could not be read"}, False),
    ({"#max": "10000.50", "#total": "40009.04"}, {"#max": "10000.50", "#total": "40009.04"}, True),
    ({}, {}, False),
]


@pytest.mark.parametrize(("before", "after", "is_behind"), PAGES)
def test_only_a_number_that_follows_from_the_data_and_stays_is_told(
    before: dict[str, str], after: dict[str, str], is_behind: bool
) -> None:
    behind, _ = stays_behind(COMPUTED, before, after)
    assert bool(behind) is is_behind, behind


def test_what_stays_behind_is_told_with_what_it_should_be() -> None:
    (told, *_), _ = stays_behind(COMPUTED, {"#total": "20000.50"}, {"#total": "20000.50"})
    assert "#total shows '20000.50' (the sum of sales)" in told
    assert "40009.04" in told


FIVE = [["month", "kwh"], *([name, "7"] for name in ("May", "June", "July", "August", "October"))]
COUNTS = [
    ({"#count": "5"}, {"#count": "5"}, True),
    ({"#rowCount": "5 rows"}, {"#rowCount": "4 rows"}, False),
    ({"#months": "5"}, {"#months": "5"}, True),  # of a column "month"
    ({"p": "5 records were read"}, {"p": "5 records were read"}, True),
    ({"p": "5 records", "#count": "5"}, {"p": "5 records", "#count": "4"}, False),  # of something else
    ({"p": "Page 1 of 5"}, {"p": "Page 1 of 5"}, False),
    ({"#page-count": "5"}, {"#page-count": "5"}, False),
    ({"h2": "Top 5 months"}, {"h2": "Top 5 months"}, False),
    ({"#count": "3"}, {"#count": "3"}, False),  # filtered
    ({"#discount": "5"}, {"#discount": "5"}, False),
    ({"#version": "5"}, {"#version": "5"}, False),
    ({"td": "5 rows"}, {"td": "5 rows"}, False),
    ({"#count": "5"}, {"#count": "could not be read"}, False),
    ({"p": "We have had 5 items of news since the last time somebody looked"}, {}, False),
]


@pytest.mark.parametrize(("before", "after", "is_behind"), COUNTS)
def test_a_number_of_rows_follows_when_one_goes(before: dict[str, str], after: dict[str, str], is_behind: bool) -> None:
    behind, _ = count_behind(FIVE, FIVE[:-1], before, after)
    assert bool(behind) is is_behind, behind


def test_numbers_that_are_often_said_are_counts_only_where_an_element_is_named_for_it() -> None:
    year = [["month"], *([str(n)] for n in range(12))]
    assert count_behind(year, year[:-1], {"p": "12 months"}, {"p": "12 months"}) == ([], [])
    assert count_behind(year, year[:-1], {"#count": "12"}, {"#count": "12"})[0]
    many = [["name"], *(["x"] for _ in range(2026))]
    assert count_behind(many, many[:-1], {"#count": "2026"}, {"#count": "2026"}) == ([], [])


def test_numbers_are_followed_before_rows_alone() -> None:
    names = b"name\nw\nx\ny\nz\n"
    found = followed_data({"a.csv": names, "b.csv": names, "c.csv": b"name\nx\n", "sales.csv": SALES})
    assert [assertion.model_dump()["attachment"] for assertion in found] == ["sales.csv", "a.csv"]


def test_the_last_row_goes_where_enough_are_left() -> None:
    assert other_data("a.csv", b"name\nw\nx\ny\nz\n") == b"name\nw\nx\ny\n"
    assert other_data("a.csv", b"name,kwh\nw,1\nx,2\ny,3\nz,4\n") == b"name,kwh\nw,5\nx,8\ny,11\n"
    assert other_data("sales.csv", SALES) == OTHER  # too few
