"""Checks as people sent them: which share is compiled to the right kind, and what cannot be met as it was sent.

sent_checks.jsonl holds checks from public projects of this kind and from a course, each once, without names and
secrets; what is right was set by hand. No kinds: no program can decide it. "library": a script or style sheet, as an
element or as an expression.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from action.contract.compile import compile_contract, objections
from action.contract.contract import Contract
from action.contract.effects import ITEMS
from action.contract.evaluate import evaluate
from action.contract.explain import explain
from action.contract.kinds_page import Element
from action.contract.scripts import is_script, script_problem, selector_problem
from action.contract.verdict import Candidate
from tests.unit.action.contract.meaning import HIDDEN, compiled, gating, parameters_of, task_with

SENT = [json.loads(line) for line in Path(__file__).with_name("sent_checks.jsonl").read_text().splitlines()]
DATA = b"product,sales\nA,5000\nB,10000\nC,5000\n"


def is_right(entry: dict[str, Any]) -> bool:
    found = compiled(entry["check"])
    kinds = {each.kind for each in found} - {"advice"}
    wanted = set(entry["kinds"])
    is_kind = kinds in ({"js"}, {"element"}) if wanted == {"library"} else kinds == wanted
    may_gate = bool(wanted) and not entry.get("guides_only") and not entry.get("cannot_be_met")
    return is_kind and bool(gating(found)) == may_gate


def test_the_share_of_executable_checks_that_become_the_right_kind(capsys: pytest.CaptureFixture[str]) -> None:
    executable = [entry for entry in SENT if entry["kinds"]]
    wrong = [entry["check"] for entry in executable if not is_right(entry)]
    with capsys.disabled():
        print(f"\n{len(executable) - len(wrong)} of {len(executable)} executable checks become the right kind")
    assert len(wrong) <= len(executable) * 0.05, wrong


def test_none_of_the_others_gates() -> None:
    assert [entry["check"] for entry in SENT if not entry["kinds"] and gating(compiled(entry["check"]))] == []


def test_what_cannot_be_met_is_found_before_any_call_and_nothing_else_is() -> None:
    found = [[each.objection for each in compiled(entry["check"])] for entry in SENT]
    assert [bool(any(each)) for each in found] == [bool(entry.get("cannot_be_met")) for entry in SENT]


@pytest.mark.parametrize(
    "text",
    [
        *("Button", "Button(s)", "README.md", "HTML, CSS, JavaScript", "Result: 5", "Return policy", "total > 5"),
        *("`#a`, `#b`", "`#a` `#b`", "README.md >= 200", "Item(s) >= 3", "expect(page).toHaveTitle('x')"),
        *("page.title() == 'x'", "driver.find_element(By.ID, 'x').text == '4'", "len(rows) >= 3", "By.ID(x) == 'y'"),
        *("document.title is 'X'", "document.querySelector('#a') exists", "Array of items is rendered", "Yes!", "`x`y"),
    ],
)
def test_english_is_no_script(text: str) -> None:
    assert not is_script(text)


@pytest.mark.parametrize(
    "text",
    [
        "fetch('x').then(response => response.ok)",
        "const response = await fetch('x'); return response.ok",
        "[...document.links].every((page, i) => page.href.length > i)",
        "screen.width > 100",
        "document.title === `x`",
    ],
)
def test_what_declares_the_name_of_a_tool_itself_is_a_script(text: str) -> None:
    assert is_script(text)


@pytest.mark.parametrize(
    "check",
    [
        "JavaScript check: document.title === 'x'",
        "The title is set (js: document.title === 'x').",
        "```js\ndocument.title === 'x'\n```",
        "~~~\ndocument.title === 'x'\n~~~",
        {"type": "js_expression", "value": "document.title === 'x'"},
        {"test": "document.title === 'x'"},
    ],
)
def test_a_script_without_what_stands_around_it(check: Any) -> None:
    assert [each.parameters().get("expression") for each in compiled(check)] == ["document.title === 'x'"]


@pytest.mark.parametrize(
    "check",
    [
        *("Optional: #a exists", "Nice to have: #a exists", "#a exists (optional)", "If possible, #a exists"),
        {"type": "optional", "check": "#a exists"},
    ],
)
def test_what_may_be_left_out_guides_and_does_not_gate(check: Any) -> None:
    found = compiled(check)
    assert ([each.kind for each in found], gating(found)) == (["element"], set())


@pytest.mark.parametrize(
    "check",
    [
        *(f"{mark} #a exists" for mark in ["-", "*", "•", "✓", "- [x]", "[ ]", "3.", "a)", "(b)", "1.2", "[5 points]"]),
        *("**#a** exists", "#a exists (2 pts)", "#a exists!", "#a exists;", "(10%) #a exists"),
    ],
)
def test_what_stands_around_an_entry_of_a_list_says_nothing(check: str) -> None:
    assert [each.parameters().get("selector") for each in compiled(check)] == ["#a"]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("document.title === 'x')", "syntax error"),
        ("document.querySelectorAll('.x').length >", "syntax error"),
        ("<b>bold</b>", "syntax error"),
        ("document.querySelector('a:contains(1)')", "no selector"),
        ("document.querySelector('#1a') !== null", "no selector"),
        ("document.title === `Sales ${seed}`", "${seed}"),
        ("Math.abs(parseFloat(document.title) - {result}) < 1", "{result}"),
        ("document.title === 'Sales {{seed}}'", "{{seed}}"),
        ("(() => { const n = 3; return document.title === `Hi ${n}` })()", ""),
        ("document.querySelector('script').text.includes('users/${username}')", ""),
        ("document.title === '{count} items'", ""),
        ("function() { return true }", ""),
        ("await fetch('x')", ""),
    ],
)
def test_an_expression_that_can_never_be_true_says_why(expression: str, words: str) -> None:
    found = script_problem(expression)
    assert (words in found) if words else found == ""


@pytest.mark.parametrize("selector", ["a[data-x=1]", "#", "#a,", "> a", "a[href='x]", "a..b", "", "a{b}", "a:first"])
def test_a_selector_that_no_browser_takes(selector: str) -> None:
    assert selector_problem(selector)


@pytest.mark.parametrize(
    "selector", ["#a > b", "a[href$='.css' i]", "a:has(> img)", "a[x=']']", "a:first-child", "#x\\31 ", "*", "h1 + *"]
)
def test_a_selector_that_browsers_take(selector: str) -> None:
    assert not selector_problem(selector)


def test_what_cannot_be_met__is_not_asked__does_not_gate__and_is_not_kept_for_later_rounds() -> None:
    contract = compile_contract(task_with("js: document.title ===", "Page has a footer"))
    report = evaluate(contract, Candidate({"index.html": b"<p>x"}), None).report
    (result,) = [each for each in report.results if each.assertion.objection]
    assert (result.verdict.state, result.gates) == ("unclear", False)
    assert "syntax error" in result.verdict.detail
    later = compile_contract(task_with("Page has a nav"), earlier=Contract.from_storage(contract.for_storage()))
    assert [each.kind for each in later.assertions if each.objection] == []
    assert sum(isinstance(each, Element) for each in later.assertions) == 2


C1 = "js: Math.abs(parseFloat(document.querySelector('#total-sales').textContent) - {}) < 0.01"


@pytest.mark.parametrize(
    ("check", "brief", "says"),
    [
        (C1.format(15000), "Sum up data.csv.", "it wants 15000, data.csv gives 20000"),
        (C1.format(20000), "Sum up data.csv.", ""),
        (C1.format(15000), "Sum up data.csv, without product B.", ""),
        ("#avg-sales displays 5000", "Show data.csv.", "it wants 5000, data.csv gives 6666.67"),
        ("#avg-sales displays 6666.7", "Show data.csv.", ""),
        ("#avg-sales displays 6667", "Show data.csv.", ""),
        ("js: document.querySelector('#max-sales').textContent == 9999", "Show it.", "data.csv gives 10000"),
        ("js: +document.querySelector('#row-count').textContent === 4", "Show it.", "data.csv gives 3"),
        ("js: +document.querySelector('#answer').textContent === 42", "Show it.", ""),
    ],
)
def test_a_number_that_the_attachments_contradict_is_told(check: str, brief: str, says: str) -> None:
    task = task_with(check, brief=brief, attachments=[{"name": "data.csv", "url": "data:,x"}])
    contract = compile_contract(task, attachments={"data.csv": DATA})
    assert says in objections(task, contract).get(1, "") if says else objections(task, contract) == {}


C2 = ["Page title is correct", "Title is displayed", "Title is descriptive", "Title is updated dynamically"]
CASES: list[tuple[Any, list[dict[str, Any]]]] = [
    *((check, []) for check in C2),
    ("The title should be: sales 2024", [{"equals": "sales 2024"}]),
    ("README.md contains a 'Usage' or 'Setup' section", [{"sections": ("Usage", "Setup"), "one_is_enough": True}]),
    ("README.md has at least 3 sections", [{"minimum": 3}]),
    (
        "README.md includes all required sections",
        [{"sections": ("Summary", "Setup", "Usage", "Code explanation", "License")}],
    ),
    ("Chart.js is loaded (script[src*='chart.js'])", [{"selector": "script[src*='chart.js']"}]),
    ("Canvas with id='y' exists", [{"selector": "#y", "tag": "canvas"}]),
    ("#y exists", [{"selector": "#y"}]),
    ("h1#y displays Two Words", [{"selector": "#y", "tag": "h1", "contains": "Two Words"}]),
    ("#y has data-a='b'", [{"selector": '#y[data-a="b"]'}]),
    (
        "Table #y has at least 4 rows",
        [{"selector": "#y tr:has(td)", "minimum": 4}, {"selector": "#y", "tag": "table"}],
    ),
    ("Bulma CSS is loaded from CDN", [{"selector": "link[href*='bulma' i]"}]),
    ("Has style.css file", [{"file": "style.css"}]),
    ("Page includes meta viewport tag", [{"selector": 'meta[name="viewport"]'}]),
    ("README.md contains setup instructions", [{"sections": ("Setup",)}]),
    ("The page title must read: Rain Log", [{"equals": "Rain Log"}]),
    ('A <nav> with id="site-menu" is on the page', [{"selector": "#site-menu"}]),
    ("No file called secrets.json is in the repository", [{"file": "secrets.json"}]),
    (
        "After clicking #more, at least 10 items are listed",
        [
            {
                "steps": ({"do": "click", "on": "#more"},),
                "expect": ({"is": "count", "on": ITEMS, "at_least": 10},),
            }
        ],
    ),
    (
        'about.html has a heading "About us"',
        [{"path": "about.html", "selector": "h1, h2, h3, h4, h5, h6", "one_of": ("About us",)}],
    ),
    ("There is no element #y", [{"selector": "#y", "maximum": 0}]),
    ("No element with class 'y' is on the page", [{"selector": ".y", "maximum": 0}]),
    ("#y does not exist", [{"selector": "#y", "maximum": 0}]),
    ("The page has no h3", [{"selector": "h3", "maximum": 0}]),
    ("Must not: #y", []),
    ("The page shows 'Hello, {name}'", []),
    ('The word "offline" appears on the page', [{"contains": "offline"}]),
    ("The text in #y is 'Ready'", [{"selector": "#y", "text": "Ready"}]),
    ("There is no #y after saving", []),
    ("items.json has at least 10 entries", []),
    (
        "data.json is an array of at least 5 objects",
        [{"file": "data.json", "type": "array", "minimum_length": 5}],
    ),
    ('#y contains the text "Hello"', [{"selector": "#y", "contains": "Hello"}]),
    ('#y has the text "Hello"', [{"selector": "#y", "text": "Hello"}]),
    ('A footer with the text "Made by"', [{"selector": "footer", "contains": "Made by"}]),
    ("The text of #y is 'Ready'", [{"selector": "#y", "text": "Ready"}]),
    ("The page has exactly 3 h2 headings", [{"selector": "h2", "minimum": 3, "maximum": 3}]),
    ("A form with action='/send' exists", [{"selector": 'form[action="/send"]'}]),
    ("There is a link called 'Docs'", [{"selector": "a[href]", "one_of": ("Docs",)}]),
    ("1. Title is 'A'\n2. #b exists", [{"equals": "A"}, {"selector": "#b"}]),
    ("- #a exists\n- it looks good", []),
    ("README.md is at least 200 words long", [{"file": "README.md", "minimum": 200}]),
    ("data.csv is in the repo", [{"file": "data.csv"}]),
    ("README.md exists and is not empty", [{"file": "README.md"}]),
    (
        "When #y is ticked, #z is enabled",
        [{"steps": ({"do": "check", "on": "#y"},), "expect": ({"is": "enabled", "on": "#z"},)}],
    ),
    ("Error message is displayed in #error", []),
    ("Clicking Save (#save) stores the note", []),
    ("#output updates when the text changes", []),
    *(
        (f"README.md {words}", [{"file": "README.md", **{k: v for k, v in limits.items() if v is not None}}])
        for words, limits in {
            "has fewer than 500 words": {"maximum": 499},
            "is under 500 words": {"maximum": 499},
            "has no more than 500 words": {"maximum": 500},
            "has up to 500 words": {"maximum": 500},
            "is longer than 200 words": {"minimum": 201},
            "has 100+ words": {"minimum": 100},
            "contains 150 words or more": {"minimum": 150},
            "is a minimum of 90 words": {"minimum": 90},
        }.items()
    ),
    ("The page has at least 200 words", [{"minimum": 200}]),
    ("#y is under 50 words", [{"selector": "#y", "maximum": 49}]),
    ("#y has up to 10 items", [{"selector": "#y > *", "minimum": 0, "maximum": 10}]),
    ("#y has 3-5 items", [{"selector": "#y > *", "minimum": 3, "maximum": 5}]),
    ("#y has between three and five items", [{"selector": "#y > *", "minimum": 3, "maximum": 5}]),
    ("#y contains 3 or more items", [{"selector": "#y > *", "minimum": 3}]),
    ("The page has fewer than 5 links", [{"selector": "a[href]", "minimum": 0, "maximum": 4}]),
    ("There is only one h1 on the page", [{"selector": "h1", "minimum": 1, "maximum": 1}]),
    ("There is an input with id 'from' and one with id 'to'", [{"selector": "#from"}, {"selector": "#to"}]),
    ("Tables with ids a, b and c", [{"selector": f"#{name}", "tag": "table"} for name in "abc"]),
    ("The following ids exist: total, tax", [{"selector": "#total"}, {"selector": "#tax"}]),
    ("There is a table with id rows and a chart", []),
    ("Users with ids a and b are shown", []),
    ("#y is required", [{"selector": "#y"}]),
    ("Inputs #y and #z are required", [{"selector": "#y:required"}, {"selector": "#z:required"}]),
    ("Initially, the #y button is disabled", [{"selector": "#y:disabled"}]),
    ("The checkbox #y is unchecked by default", [{"selector": "#y:not(:checked)"}]),
    ("#y is hidden", []),
    (
        "#y should not be visible when the page loads",
        [{"expression": HIDDEN}],
    ),
    ("The element #spinner is visible on page load", [{"selector": "#spinner"}]),
    ("#y defaults to EUR", [{"selector": "#y:not(select), #y option:checked", "one_of": ("EUR",)}]),
    ("#y defaults to today", []),
    ("The value of #y is 'x'", [{"selector": "#y:not(select), #y option:checked", "one_of": ("x",)}]),
    ("#y is a number input", [{"selector": "#y[type=number]"}]),
    ("The placeholder of #y is 'Search'", [{"selector": '#y[placeholder="Search"]'}]),
    ("#y points to about.html", [{"selector": '#y[href$="about.html"], #y a[href$="about.html"]'}]),
    ("The html element has lang='en'", [{"selector": 'html[lang="en"]'}]),
    ("#y contains Milk and Bread", [{"selector": "#y", "contains": "Milk"}, {"selector": "#y", "contains": "Bread"}]),
    ("The page shows 'a' and 'b'", [{"contains": "a"}, {"contains": "b"}]),
    ("The page shows 'a' and 'b' after clicking #go", []),
    (
        "The page must not contain 'TODO'",
        [{"expression": '!(document.querySelector("body")?.innerText ?? "").includes("TODO")'}],
    ),
    (
        "Table #y has the columns Name and Age",
        [
            {"selector": "#y", "tag": "table"},
            *({"selector": "#y th, #y tr:first-child td", "one_of": (name,)} for name in ("Name", "Age")),
        ],
    ),
    ("The table contains columns for each product", []),
    ("The nav has links to Home and About", [{"selector": "nav a[href]", "one_of": (it,)} for it in ("Home", "About")]),
    ("The nav has links to all pages", []),
    ("index.html links to style.css", [{"selector": "link[href$='style.css']"}]),
    ("style.css is linked", [{"selector": "link[href$='style.css']"}]),
    ("data.csv is loaded", []),
    ("about.html has the title 'About'", [{"path": "about.html", "equals": "About"}]),
    ("app.js contains a function named addItem", [{"file": "app.js", "text": "addItem"}]),
    ("The script contains function names in camelCase", []),
    ("data.json has a key 'items' that is an array", [{"file": "data.json", "at": "items", "type": "array"}]),
    (
        "items in data.json has at least 3 entries",
        [{"file": "data.json", "at": "items", "type": "array", "minimum_length": 3}],
    ),
    ("The JSON file data.json is valid", [{"file": "data.json", "format": "json"}]),
    ("There's a 404.html page", [{"file": "404.html"}]),
    ("The favicon loads", []),
    ("#y is a button labelled 'Go'", [{"selector": "#y", "tag": "button", "text": "Go"}]),
]


@pytest.mark.parametrize(("check", "wanted"), CASES, ids=[str(check)[:60] for check, _ in CASES])
def test_each_kind_of_check_is_read_as_it_is_meant(check: Any, wanted: list[dict[str, Any]]) -> None:
    assert parameters_of(check) == wanted


def test_a_library_with_js_in_its_name_is_demanded_with_it() -> None:
    (found,) = compiled("Page loads highlight.js")
    assert isinstance(found, Element)
    assert "script[src*='highlight.js' i]" in found.selector
    assert any("must contain highlight.js" in words for _, words in found.hints())


def test_explain__every_check_has_its_line__with_what_gates_and_what_to_know() -> None:
    checks = ["#a exists", "It is nice", "js: document.title ===", "Page displays Hello World", {"odd": [1]}]
    found = [each.model_dump() for each in explain({"checks": checks, "brief": "x"})]
    assert [each["check"] for each in found] == checks
    assert [[(it["executable"], it["gates"]) for it in each["read_as"]] for each in found] == [
        [(True, True)],
        [],
        [(False, False)],
        [(True, False)],
        [],
    ]
    notes = [each["note"] for each in found]
    assert notes[0] == ""
    assert "No rule reads this" in notes[1]
    assert "syntax error" in notes[2]
    assert "guess" in notes[3]


def test_explain__stops_in_time_and_says_so() -> None:
    moments = iter([0.0, 0.0, 99.0])
    found = list(explain({"checks": ["#a exists", "#b exists"]}, lambda: next(moments)))
    assert [bool(each.read_as) for each in found] == [True, False]
    assert "too many" in found[1].note
