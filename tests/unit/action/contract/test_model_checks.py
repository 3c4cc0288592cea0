"""What a model compiles is accepted only when it is one of our assertions; everything else becomes advice."""

import json
from typing import Any

import pytest

from action.contract.assertion import ASSERTION
from action.contract.contract import Contract
from action.contract.model_checks import ALLOWED, KIND_LINES, MOST_PER_CHECK, parse_compiled
from action.generate.inputs import CHECKS_FILE, checks_question

CHECKS = ("The total is shown", "It looks nice")


def entry(**values: Any) -> dict[str, Any]:
    return {"check": 1, "kind": "element", "selector": "#total", **values}


def test_a_valid_reply_becomes_inferred_assertions() -> None:
    compiled = parse_compiled(json.dumps([entry(), entry(check=2, kind="advice", selector=None)]), CHECKS)
    assert [(a.kind, a.origin, a.source) for a in compiled.assertions] == [
        ("element", "inferred", CHECKS[0]),
        ("advice", "inferred", CHECKS[1]),
    ]
    assert compiled.assertions[0].sentence == "The page has an element #total."


def test_a_model_may_write_steps_and_what_proves_nothing_is_dropped_with_a_note() -> None:
    shown = {"steps": [{"do": "click", "on": "#add"}], "expect": [{"is": "more", "on": "#list li"}]}
    empty = {"steps": [{"do": "reload"}], "expect": [{"is": "lacks", "value": "error"}]}
    entries = [{"check": 1, "kind": "steps", **shown}, {"check": 2, "kind": "steps", **empty}]
    compiled = parse_compiled(json.dumps(entries), CHECKS)
    assert [(a.kind, a.origin) for a in compiled.assertions] == [("steps", "inferred"), ("advice", "inferred")]
    assert ["proves nothing" in refusal for refusal in compiled.refused] == [True]


@pytest.mark.parametrize("wrapped", ["```json\n{}\n```", "Here it is:\n{}\nDone.", "{}"])
def test_fences_and_prose_around_the_json_do_not_matter(wrapped: str) -> None:
    compiled = parse_compiled(wrapped.replace("{}", json.dumps([entry()])), CHECKS)
    assert compiled.assertions[0].kind == "element"


@pytest.mark.parametrize(
    "bad",
    [
        entry(kind="page_loads", selector=None),
        entry(kind="rm"),
        entry(origin="given"),
        entry(sentence="trust me"),
        entry(unknown=1),
        entry(check=0),
        entry(check=True),
        entry(check="1"),
        entry(tag="<b>"),
        {"check": 1, "kind": "file_exists", "file": "../x"},
        {"check": 1, "kind": "file_exists", "file": 7},
        {"check": 1, "kind": "word_count", "file": "a.txt", "minimum": "300"},
        {"check": 1, "kind": "js", "expression": ""},
        {"check": 1, "kind": "js", "expression": "1", "query": "?a b"},
        "text",
        None,
    ],
    ids=str,
)
def test_what_does_not_validate_becomes_advice(bad: Any) -> None:
    compiled = parse_compiled(json.dumps([bad]), CHECKS)
    assert [a.kind for a in compiled.assertions] == ["advice", "advice"]
    assert len(compiled.refused) == 1


@pytest.mark.parametrize("reply", ["", "no", "{", "[" * 100_000, '{"a": 1}', "[1, 2"])
def test_a_reply_that_is_no_json_array_leaves_advice(reply: str) -> None:
    compiled = parse_compiled(reply, CHECKS)
    assert [a.kind for a in compiled.assertions] == ["advice", "advice"]
    assert compiled.refused


def test_a_check_gets_a_limited_number_of_assertions() -> None:
    compiled = parse_compiled(json.dumps([entry(selector=f"#a{i}") for i in range(50)]), CHECKS)
    assert [a.source for a in compiled.assertions] == [CHECKS[0]] * MOST_PER_CHECK + [CHECKS[1]]


def test_the_question_names_checks_files_and_every_kind_that_is_accepted() -> None:
    question = checks_question(Contract(uncompiled=CHECKS), ["a.json"])
    assert "1. The total is shown\n2. It looks nice" in question
    assert "a.json" in question
    assert CHECKS_FILE in question
    assert KIND_LINES in question
    assert set(ASSERTION.json_schema()["discriminator"]["mapping"]) > ALLOWED


def test_without_such_checks_nothing_is_asked() -> None:
    assert checks_question(Contract(), ["a.json"]) == ""
