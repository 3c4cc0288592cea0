"""Checks that come as objects: what they want, on which page, and after which steps."""

from typing import Any

import pytest

from action.contract.kinds_page import Element
from tests.unit.action.contract.meaning import HIDDEN, compiled, gating, parameters_of

CASES: list[tuple[Any, list[dict[str, Any]]]] = [
    ({"type": "element_exists", "selector": "img", "min_count": 3}, [{"selector": "img", "minimum": 3}]),
    ({"type": "text_contains", "text": "Hello"}, [{"contains": "Hello"}]),
    (
        {"type": "click_sequence", "buttons": ["5", "+"], "result": "8"},
        [
            {
                "steps": ({"do": "click", "name": "5"}, {"do": "click", "name": "+"}),
                "expect": ({"is": "shown", "value": "8"},),
            }
        ],
    ),
    ({"description": "#y exists"}, [{"selector": "#y"}]),
    ({"type": "count", "selector": "li", "expected": 4}, [{"selector": "li", "minimum": 4, "maximum": 4}]),
    ({"type": "class", "selector": "#y", "value": "on"}, [{"selector": "#y.on"}]),
    ({"type": "not_empty", "selector": "#y"}, [{"selector": "#y", "is_filled": True}]),
    ({"type": "selector", "value": "#y"}, [{"selector": "#y"}]),
    ({"requirement": "#y exists"}, [{"selector": "#y"}]),
    ({"selector": "#y", "exists": False}, [{"selector": "#y", "maximum": 0}]),
    ({"selector": "#y", "state": "disabled"}, [{"selector": "#y:disabled"}]),
    ({"selector": "#y", "checked": True, "required": True}, [{"selector": "#y:checked"}]),
    ({"type": "keyword", "text": "x"}, []),
    ({"type": "json_contains", "file": "a.json", "text": "x"}, [{"file": "a.json", "text": "x"}]),
    ({"steps": [{"click": "#y"}], "expect": {"expect": {"expect": {"selector": "#z", "text": "Hi"}}}}, []),
    ({"selector": "#y", "minCount": 3}, [{"selector": "#y", "minimum": 3}]),
    (
        {"selector": "#y", "visible": False},
        [{"expression": HIDDEN}],
    ),
    (
        {"selector": "#y", "property": "disabled", "value": True},
        [{"expression": 'document.querySelector("#y")?.disabled === true'}],
    ),
    ({"type": "css", "selector": "body", "property": "background-color", "value": "black"}, []),
    ({"query": "#y", "text": "5"}, [{"selector": "#y", "contains": "5"}]),
    ({"url": "?lang=de", "selector": "#y"}, [{"query": "?lang=de", "selector": "#y"}]),
    ({"query": "?lang=de", "js": "document.title"}, [{"query": "?lang=de", "expression": "document.title"}]),
    ({"page": "/about.html", "text": "#y exists"}, [{"path": "about.html", "selector": "#y"}]),
    ({"url": "https://me.github.io/repo/?x=1", "selector": "#y"}, [{"query": "?x=1", "selector": "#y"}]),
    ({"url": "https://example.com/other", "selector": "#y"}, []),
    *(({"url": url, "selector": "#y"}, []) for url in ["https://[", "/../x.html", "?a b", "#part"]),
    ({"viewport": {"width": 375}, "js": "document.body.scrollWidth <= 375"}, []),
    ({"description": "#y exists", "device": "phone"}, []),
    ({"type": "link", "text": "A", "href": "a.html"}, [{"selector": 'a[href][href$="a.html"]', "contains": "A"}]),
    ({"type": "license", "value": "MIT"}, [{}]),
    ({"type": "license", "value": "GPL"}, []),
    ({"type": "word_count", "file": "README.md", "min": 100}, [{"file": "README.md", "minimum": 100}]),
    (
        {"type": "json", "file": "a.json", "path": "$.b[0].c", "equals": "Ada"},
        [{"file": "a.json", "at": "b[0].c", "equals": "Ada", "has_equals": True}],
    ),
    *(
        (
            written,
            [
                {
                    "steps": ({"do": "fill", "on": "#a", "value": "Ada"}, {"do": "click", "on": "#y"}),
                    "expect": ({"is": "contains", "on": "#z", "value": "Hi"},),
                }
            ],
        )
        for written in [
            {"steps": [{"fill": "#a", "value": "Ada"}, {"click": "#y"}], "expect": {"selector": "#z", "text": "Hi"}},
            {"steps": [{"type": "#a", "text": "Ada"}, {"click": "#y"}, {"expect": "#z", "contains": "Hi"}]},
            {
                "actions": [
                    {"goto": "/"},
                    {"action": "fill", "selector": "#a", "value": "Ada"},
                    {"action": "click", "selector": "#y"},
                    {"action": "assert", "selector": "#z", "text": "Hi"},
                ]
            },
        ]
    ),
    (
        {"action": "press", "key": "Enter", "selector": "#y", "then": {"selector": "li", "count": 2}},
        [
            {
                "steps": ({"do": "press", "on": "#y", "value": "Enter"},),
                "expect": ({"is": "count", "on": "li", "at_least": 2, "at_most": 2},),
            }
        ],
    ),
    ({"steps": [{"click": "#y"}, {"pray": "#a"}], "expect": {"selector": "#z", "text": "Hi"}}, []),
    ({"steps": [{"click": "#y"}]}, []),
    ({"kind": "file_exists", "path": "help.html"}, [{"file": "help.html"}]),
    (
        {"kind": "dom", "assert": "count", "query": "#y li", "value": 3},
        [{"selector": "#y li", "minimum": 3, "maximum": 3}],
    ),
    ({"kind": "dom", "assert": "absent", "query": "#y"}, [{"selector": "#y", "maximum": 0}]),
    ({"name": "three", "selector": "#y", "expected_count": 3}, [{"selector": "#y", "minimum": 3, "maximum": 3}]),
    ({"js": "a.b", "expected": False}, [{"expression": "!(a.b)"}]),
    ({"js": "a.b()", "expected": 3}, [{"expression": "(a.b()) == 3"}]),
    ({"js": "a.b", "equals": "Hi"}, [{"expression": 'String(a.b).trim() == "Hi"'}]),
    ({"js": "a.b", "expected": 1}, [{"expression": "(a.b) == 1"}]),
    ({"type": "dom", "selector": "#y", "condition": "exists"}, [{"selector": "#y"}]),
    ({"type": "has_class", "selector": "#y", "class": "on"}, [{"selector": "#y.on"}]),
    ({"selector": "#y", "text": "Hi", "match": "exact"}, [{"selector": "#y", "text": "Hi"}]),
    *(
        (written, [{"steps": ({"do": "click", "on": "#y"},), "expect": ({"is": "visible", "on": "#z"},)}])
        for written in [
            {"do": "click #y", "expect": "#z is visible"},
            {"action": "click #y", "assertion": "#z is visible"},
            {"given": "the page is loaded", "when": "#y is clicked", "then": "#z is visible", "weight": 2},
        ]
    ),
    ({"given": "three notes", "when": "#y is clicked", "then": "#z is visible"}, []),
    ({"action": "evaluate", "js": "a.b"}, [{"expression": "a.b"}]),
    ({"js": "a.b", "expected": True, "weight": 2}, [{"expression": "a.b"}]),
    (
        {"kind": "download", "trigger": "#y", "filename": "a.csv"},
        [{"steps": ({"do": "download", "on": "#y"},), "expect": ({"is": "downloaded", "name": "a.csv"},)}],
    ),
    (
        {
            "action": "select",
            "before": [{"action": "input", "target": "#a", "value": "5"}],
            "target": "#y",
            "value": "20",
            "expect": {"target": "#z", "text": "1"},
        },
        [
            {
                "steps": ({"do": "fill", "on": "#a", "value": "5"}, {"do": "select", "on": "#y", "value": "20"}),
                "expect": ({"is": "contains", "on": "#z", "value": "1"},),
            }
        ],
    ),
    (
        {"actions": [{"fill": ["#a", "5"]}], "selector": "#z", "expected": "9"},
        [
            {
                "steps": ({"do": "fill", "on": "#a", "value": "5"},),
                "expect": ({"is": "contains", "on": "#z", "value": "9"},),
            }
        ],
    ),
    (
        {"steps": [{"click": "#y"}], "expect": {"selector": "#z", "attribute": "max", "value": "9"}},
        [
            {
                "steps": ({"do": "click", "on": "#y"},),
                "expect": ({"is": "attribute", "on": "#z", "name": "max", "value": "9"},),
            }
        ],
    ),
    *(
        (written, [])
        for written in [
            {"selector": "#y", "expected": {"tag": "input", "type": "number"}},
            {"selector": "#y", "expected": None},
            {"selector": "#y", "expected": False},
            {"selector": "#y", "text": "a", "case_sensitive": False},
            {"js": "a.b", "steps": ["fill in the form"]},
            {"js": "a; b", "expected": 3},
            {"assertion": "#y contains 'a'", "steps": ["answer all questions"]},
            {"assertion": "#y contains 'a'", "precondition": "the quiz is over"},
            {"action": "click #y", "assertion": "#z is 'a'", "selector": "#z"},
            {"kind": "download", "trigger": "#y", "steps": [{"click": "#z"}], "filename": "a.csv"},
            {"steps": [{"click": "#y"}], "expect": {"selector": "#z", "not_contains": "a"}},
            {"steps": [{"click": "#y"}], "expect": [{"selector": "#z", "text": "a"}, "it looks good"]},
            {"steps": [{"click": "#y"}], "reload": True, "expect": {"selector": "#z", "text": "a"}},
        ]
    ),
]


@pytest.mark.parametrize(("check", "wanted"), CASES, ids=[str(check)[:60] for check, _ in CASES])
def test_an_object_is_read_as_it_is_meant(check: Any, wanted: list[dict[str, Any]]) -> None:
    assert parameters_of(check) == wanted


@pytest.mark.parametrize(
    "entry",
    [
        *({"type": f"text_{word}", "selector": "#a", "text": "x"} for word in ["not_equals", "starts_with", "matches"]),
        *({"type": name, "selector": "#a", "value": 9} for name in ["greater_than", "color", "sum", "css_property"]),
        *({"type": name, "value": "x"} for name in ["text_not_present", "title_not_contains"]),
        {"type": "element_hidden", "selector": "#a"},
        {"type": "script_loaded", "script": "chart.js"},
        {"type": "status", "code": 200},
    ],
)
def test_an_object_whose_type_means_something_else_is_not_read_as_its_text(entry: Any) -> None:
    assert compiled(entry) == []


@pytest.mark.parametrize("check", [*({"selector": "#a", "text": "${result}"}, {"type": "title", "value": "{seed}"})])
def test_a_placeholder_in_an_object_is_told(check: Any) -> None:
    found = compiled(check)
    assert ([bool(each.objection) for each in found], gating(found)) == ([True], set())


def test_one_of_several_texts_is_enough_for_a_button() -> None:
    (found,) = compiled({"type": "button_exists", "text": ["C", "AC"]})
    assert isinstance(found, Element)
    assert (found.one_of, found.selector.split(", ")[0]) == (("C", "AC"), "button")
