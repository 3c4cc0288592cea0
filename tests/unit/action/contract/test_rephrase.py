"""Statements about the page at rest, in the words that people put around them, and several in one sentence."""

import pytest

from action.contract.rephrase import rephrased
from tests.unit.action.contract.meaning import compiled, gating, parameters_of

SHOWS_5 = [{"selector": "#y", "contains": "$5.50"}]
AT_REST = [
    *("#y is $5.50 at first", "At first #y is $5.50", "#y is $5.50 once the data has loaded", "Initially, #y is $5.50"),
    *(
        "#y reads $5.50 when the page is loaded",
        "#y now shows $5.50",
        "After loading, #y shows $5.50",
        "#y is now $5.50",
    ),
    *("The average price in #y is $5.50.", "#y shows $5.50 on the first visit", "#y is $5.50 before anything is typed"),
]
ABSENT = [
    *("#y no longer exists", "#y is gone", "There is no #y any more", "There's no #y left on the page", "no more #y"),
    *('Nothing on the page has the id "y" any longer', "#y has been removed", "Neither #y exists"),
]
SEVERAL = [
    (
        "#a is 1084.50 and #b is 100.00.",
        [{"selector": "#a", "contains": "1084.50"}, {"selector": "#b", "contains": "100.00"}],
    ),
    (
        'There is no #a any more, and #b shows "x and y"',
        [{"selector": "#a", "maximum": 0}, {"selector": "#b", "contains": "x and y"}],
    ),
    ("neither #a nor #b exists", [{"selector": "#a", "maximum": 0}, {"selector": "#b", "maximum": 0}]),
    (
        "#a is gone, and #b has three rect.bar elements",
        [{"selector": "#a", "maximum": 0}, {"selector": "#b rect.bar", "minimum": 3}],
    ),
    (
        "README.md mentions orders.csv and notes.json",
        [{"file": "README.md", "text": it} for it in ("orders.csv", "notes.json")],
    ),
]
OTHERS = [
    (
        "#y offers All, North and South",
        [{"selector": "#y option", "one_of": (it,)} for it in ("All", "North", "South")],
    ),
    ("Within 15 seconds #y shows X7KQ2", [{"selector": "#y", "contains": "X7KQ2"}]),
    (
        "The link to https://a.example/ opens in a new tab",
        [{"selector": 'a[href^="https://a.example"][target=_blank]'}],
    ),
]
VALUES = [
    *(
        "#y is 59.9 °F",
        "#y reads 20.5 °C at 15:00",
        "#y is 4.8 m/s",
        "#y is 5 of 12",
        "#y shows +12.5%",
        "#y is 350 ml",
    ),
]
NOT_REPHRASED = [
    *(
        "#a and #b are gone",
        "#a is wide and is blue",
        "The first row in #y is 5",
        "Clicking #a shows 1 and #b is hidden",
    ),
    *("#a is 1 and #b is 2 after clicking #c", "Item and price are shown", '#y shows "it is now 5 o\'clock"'),
    "x" * 401,
]
UNREAD = [
    *("#a is good and #b is nice", "#a is 1 and the rest is fine", "#y is correct once the data has loaded"),
    *('#y offers "All" and then the others, in order', "#progress starts with Question 1 of 6"),
    *("Text entered in #y is shown in #z", "#y is Ready or Done", "#y is gone after pressing Escape"),
    *("The total in #y is updated", "no more trouble", "no boring button"),
]


@pytest.mark.parametrize("check", AT_REST)
def test_that_the_page_is_at_rest_need_not_be_said(check: str) -> None:
    assert parameters_of(check) == SHOWS_5


@pytest.mark.parametrize("check", ABSENT)
def test_what_is_gone_is_absent(check: str) -> None:
    assert parameters_of(check) == [{"selector": "#y", "maximum": 0}]


@pytest.mark.parametrize(("check", "wanted"), [*SEVERAL, *OTHERS])
def test_each_statement_of_a_sentence_is_read(check: str, wanted: list[dict[str, object]]) -> None:
    assert parameters_of(check) == wanted


@pytest.mark.parametrize("check", VALUES)
def test_a_number_has_its_unit(check: str) -> None:
    value = check.split(maxsplit=2)[2]
    assert parameters_of(check) == [{"selector": "#y", "contains": value}]


@pytest.mark.parametrize("check", NOT_REPHRASED)
def test_what_means_more_stays_in_one_piece(check: str) -> None:
    assert rephrased(check) == []


@pytest.mark.parametrize("check", UNREAD)
def test_what_is_read_in_part_only_does_not_gate(check: str) -> None:
    assert not gating(compiled(check))


@pytest.mark.parametrize(
    "check",
    [
        *("Every input has a label", "All form fields have a visible label", "Each input and every select has a label"),
        *("No horizontal scrolling at 320px", "The page works at 375 px width without horizontal scrolling"),
        *("On a phone (360 px) no page can be moved sideways", "There is no horizontal overflow on mobile (375px)"),
        *("On a 360px wide screen nothing sticks out sideways", "helpers.html fits on 360 px"),
        *("no Start over button", 'There is no button labelled "Start over" on the page', "The page title is Tea Shop"),
    ],
)
def test_what_is_the_same_on_all_pages_is_read(check: str) -> None:
    assert len(gating(compiled(check))) >= 1
