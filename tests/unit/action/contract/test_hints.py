"""Each trap in a check is named in words that tell the model what to do."""

import pytest

from action.contract.assertion import Assertion, Element, Js, SourceText
from action.contract.hints import hints_in

TRAPS = [
    ('document.querySelector("script").textContent.includes("fetch(")', {"first-script", "literal"}),
    (
        '!!document.querySelector("script").textContent.includes("localStorage.setItem(\\"k\\"")',
        {"first-script", "literal"},
    ),
    ('Math.abs(parseFloat(document.querySelector("#total").textContent) - 5) < 0.01', {"plain-number"}),
    ('parseInt(document.querySelector("#age").textContent, 10) >= 0', {"plain-number"}),
    ('document.querySelector("#count").textContent.includes(",")', {"comma"}),
    ("document.title === `Shop 7`", {"exact-title"}),
    ('document.querySelector("#kind").tagName === "SELECT"', {"tag"}),
    ('document.querySelector("#total").dataset.activeRegion !== undefined', {"attribute"}),
    ('document.querySelectorAll("#list li").length >= 3', {"late-data", "container"}),
    ('document.querySelector("#notes > p code").textContent.includes("x")', {"container"}),
    ('document.querySelector("p#notes").id', set()),
    ("!!document.querySelector(\"link[href*='bootstrap']\")", {"address"}),
    ('document.querySelector("#x").textContent === "Ready"', {"exact-text"}),
    ("!!document.querySelector('#x')", set()),
]


@pytest.mark.parametrize(("expression", "codes"), TRAPS, ids=[expression for expression, _ in TRAPS])
def test_a_check_has_its_traps(expression: str, codes: set[str]) -> None:
    assert {trap.code for trap in hints_in([Js(expression=expression)])} == codes


def test_the_words_say_what_to_do() -> None:
    checks: list[Assertion] = [
        Js(expression='document.querySelector("script").textContent.includes("localStorage.setItem(\\"k\\"")'),
        Js(expression='parseFloat(document.querySelector("#total").textContent) > 1'),
        Js(expression='document.querySelector("#t").dataset.activeRegion === "x"', query="?a=1"),
        Element(selector="#t", tag="table"),
    ]
    words = "\n".join(trap.words for trap in hints_in(checks))
    assert 'localStorage.setItem("k"' in words
    assert "must be inline" in words
    assert "#total" in words
    assert "unformatted" in words
    assert "data-active-region" in words
    assert "?a=1" in words
    assert "<table> element itself" in words


def test_a_trap_of_two_checks_is_named_once_with_both() -> None:
    checks = [SourceText(text=text, where="first_script") for text in ("fetch(", "https://api.example/")]
    first = [trap for trap in hints_in(checks) if trap.code == "first-script"]
    assert [trap.assertions for trap in first] == [tuple(check.id for check in checks)]
