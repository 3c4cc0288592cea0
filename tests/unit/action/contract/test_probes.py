"""What is looked at when an expression is not true follows from the expression."""

import pytest

from action.contract.probes import acts, beginnings, left_of, looks, parts_of


@pytest.mark.parametrize(
    ("expression", "does"),
    [
        ('document.querySelector("#b").click()', True),
        ('document.querySelector("#i").value = "x"', True),
        ('document.querySelector("#i").value === "x"', False),
        ('document.querySelector("#i").checked == true', False),
        ("document.title.length > 0", False),
    ],
)
def test_expressions_that_change_the_page_are_recognised(expression: str, does: bool) -> None:
    assert acts(expression) is does


def test_the_left_side_and_each_selector_are_looked_at() -> None:
    found = looks('parseInt(document.querySelector("#a \\"b\\"").textContent) >= document.getElementById("c").value')
    assert len(found) == 3
    assert 'return "parseInt(' in found[0]
    assert "#c" in found[2]


def test_no_selector_that_is_put_together_is_looked_at() -> None:
    assert looks("document.querySelector(`#${name}`)") == ()


def test_no_part_of_what_changes_the_page_is_evaluated_again() -> None:
    (found,) = looks('document.querySelector("#b").click() || document.title === "x" && true')
    assert "click" not in found


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a && b", ("a", "b")),
        ("a", ("a",)),
        ("f('&&') && [x && y].length", ("f('&&')", "[x && y].length")),
        ('"a\\"&&" && `&& ${b && c}`', ('"a\\"&&"', "`&& ${b && c}`")),
        ("a && /[(]/.test(b)", ()),
        ("a && ", ()),
        ("'a && b", ()),
    ],
)
def test_an_expression_is_split_outside_of_quotes_and_brackets(expression: str, parts: tuple[str, ...]) -> None:
    assert parts_of(expression, "&&") == parts


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("[...a].map(b => b.c).join() === 'x,y'", "[...a].map(b => b.c).join()"),
        ("a.length >= 3", "a.length"),
        ("a.b == 3", "a.b"),
        ("!!a", ""),
        ("a !== b", ""),
    ],
)
def test_the_left_side_of_a_comparison_is_known(part: str, left: str) -> None:
    assert left_of(part) == left


def test_a_selector_is_shortened_step_by_step() -> None:
    assert beginnings("#a > b.c i") == ["#a > b.c", "#a"]
    assert beginnings("#a") == []
    assert beginnings('[title="a b"] i') == []
