"""The expression language, as run names, job names and concurrency groups use it."""

from typing import Any

import pytest

from embedded.actions.expressions import InvalidExpression, evaluate, interpolate, resolve

CONTEXTS: dict[str, Any] = {
    "github": {
        "event": {"client_payload": {"build_id": "b1", "round": 2}, "inputs": None},
        "repository": "o/n",
        "sha": "abc",
        "ref": "refs/heads/main",
    },
    "inputs": {"payload": '{"build_id": "b2", "list": [1, 2]}', "flag": False},
    "job": {},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.event.client_payload.build_id", "b1"),
        ("github['event']['client_payload'].round", 2),
        ("GitHub.Event.client_payload.Build_ID", "b1"),
        ("github.event.missing.deeper", None),
        ("job.workflow_repository || github.repository", "o/n"),
        ("github.event.inputs.payload || 'none'", "none"),
        ("fromJSON(inputs.payload).build_id", "b2"),
        ("fromJSON(inputs.payload).list[1]", 2),
        ("inputs.flag && 'yes' || 'no'", "no"),
        ("github.ref == 'refs/heads/MAIN'", True),
        ("github.ref != 'refs/heads/main'", False),
        ("!inputs.flag", True),
        ("(1 < 2) && (2 >= 2)", True),
        ("'1' == 1", True),
        ("null == 0", True),
        ("format('task-{0}-{{x}}-{1}', github.sha, 7)", "task-abc-{x}-7"),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("endsWith(github.ref, 'dev')", False),
        ("contains('build-task', 'TASK')", True),
        ("contains(fromJSON('[\"a\", \"b\"]'), 'b')", True),
        ("join(fromJSON('[1, 2]'), '-')", "1-2"),
        ("'it''s'", "it's"),
        ("-1.5", -1.5),
    ],
)
def test_evaluate(expression: str, value: Any) -> None:
    assert evaluate(expression, CONTEXTS) == value


def test_interpolate__text_around_expressions() -> None:
    assert interpolate("build ${{ github.event.client_payload.build_id }} of ${{ github.repository }}", CONTEXTS) == (
        "build b1 of o/n"
    )


def test_interpolate__braces_inside_a_text_do_not_end_the_expression() -> None:
    assert interpolate("${{ format('a}}b{0}', 1) }}!", CONTEXTS) == "a}b1!"


def test_interpolate__null_is_empty_and_booleans_are_lower_case() -> None:
    assert interpolate("[${{ github.nothing }}][${{ true }}]", CONTEXTS) == "[][true]"


def test_resolve__a_single_expression_keeps_its_type() -> None:
    assert resolve("${{ inputs.flag }}", CONTEXTS) is False
    assert resolve(5, CONTEXTS) == 5


@pytest.mark.parametrize("expression", ["github.", "1 +", "hashFiles('x')", "format('{3}', 1)", "a b", "fromJSON('{')"])
def test_evaluate__refuses_what_it_cannot_read(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        evaluate(expression, CONTEXTS)


def test_evaluate__the_other_side_of_a_known_value_calls_nothing() -> None:
    assert evaluate("true || fromJSON('{')", CONTEXTS) is True
    assert evaluate("inputs.flag && fromJSON('{')", CONTEXTS) is False
