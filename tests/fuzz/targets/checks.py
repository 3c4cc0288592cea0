"""Checks in English, JavaScript and objects, and briefs: the compiler, its traps, and what the browser is asked."""

from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from action.contract.compile import compile_contract
from action.contract.contract import Contract
from action.contract.hints import hints_in
from action.contract.probes import looks
from receiver.task import Task
from tests.fuzz.running import Target
from tests.fuzz.shapes import NAME, as_json, text_of

ENGLISH = text_of(
    "page has a ", "#total", " with ?url=x", "“", "”", "README.md", " contains ", " the same rows as ", "data.xlsx",
    "; ", ". The ", " at least ", "3 words", "js: ", "'", "License is MIT", " element ", "(", "?a=", "or ",
    "in data.json", " at first", " once the data has loaded", " and ", " is ", "$5.50", " is gone", "no more ",
    "Clicking ", " shows ", " leaves 3 rows in #t", " at 360 px",
)  # fmt: skip
SCRIPT = text_of(
    'document.querySelector("', '")', ".textContent", '.includes("', "\\a", " === ", "document.title", "parseFloat(",
    'script").', "getElementById('", "&&", "||", "`${", "}`", "#a > b", ".dataset.x", "[src*='", "// with ?url=x", ";",
)  # fmt: skip
# The text of a literal is where patterns for JavaScript can go wrong.
LITERAL = st.builds(
    lambda start, inside, end: start + inside + end,
    st.sampled_from(
        ['document.querySelector("script").textContent.includes("', 'document.querySelector("', "getElementById('"]
    ),
    text_of("\\a", "\\\\", "\\'", "a", '"', longest=5_000),
    st.sampled_from(["", '")', "')", "`)"]),
)
CHECK = ENGLISH | SCRIPT.map("js: {}".format) | LITERAL.map("js: {}".format)
PLAIN = (
    ENGLISH
    | st.sampled_from(["#a", "?a=1", "about.html", "https://[", "click", "element", "json", "word_count", "$.a[0]"])
    | st.integers(-3, 10**6)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False)
)
KEYS = [
    "type", "kind", "selector", "text", "value", "url", "page", "query", "path", "file", "steps", "action",
    "click", "fill", "expect", "then", "count", "minCount", "exists", "visible", "property", "state",
    "attribute", "href", "js", "key", "keys", "equals", "length", "description", "viewport", "result",
    "buttons", "before", "given", "when", "expected", "trigger", "filename", "assertion", "condition", "class",
    "actions",
]  # fmt: skip
OBJECT = st.recursive(
    st.dictionaries(st.sampled_from(KEYS), PLAIN, max_size=5),
    lambda inner: st.dictionaries(
        st.sampled_from(KEYS), PLAIN | inner | st.lists(PLAIN | inner, max_size=3), max_size=5
    ),
    max_leaves=6,
)
PLACED = st.builds(
    lambda key, address: {key: address, "selector": "#a"},
    st.sampled_from(["url", "page", "query", "path"]),
    text_of("?a=", "/", "..", "about.html", "https://", "[", " ", "#", "\n"),
)
ASKED = st.fixed_dictionaries(
    {"brief": st.just("A page.") | ENGLISH, "checks": st.lists(CHECK | OBJECT | PLACED, min_size=1, max_size=3)},
    optional={"attachments": st.lists(NAME, max_size=2)},
)


def compiles(asked: dict[str, Any]) -> None:
    """Each check becomes assertions or stays words; the contract survives being stored; every assertion has words."""
    attachments = [{"name": name, "url": "data:text/csv,a"} for name in asked.get("attachments", [])]
    try:
        task = Task.model_validate_json(as_json({"task": "t", "nonce": "n", **asked, "attachments": attachments}))
    except ValidationError:
        return
    contract = compile_contract(task)
    assert Contract.from_storage(contract.for_storage()) == contract, "a contract changes when it is stored"
    ids = [assertion.id for assertion in contract.assertions]
    assert len(set(ids)) == len(ids), "two assertions have one id"
    assert all(assertion.in_words().strip() for assertion in contract.assertions), "an assertion has no words"
    again = compile_contract(task, earlier=contract)
    assert {assertion.id for assertion in again.assertions} == set(ids), "the same task again changes its contract"
    hints_in(contract.assertions)


def is_looked_at(expression: str) -> None:
    """What is asked about an expression that is not true is a few questions."""
    assert len(looks(expression)) <= 4, "more questions than the browser is asked"


TARGETS = [Target("checks", ASKED, compiles), Target("looking", SCRIPT | LITERAL, is_looked_at)]
