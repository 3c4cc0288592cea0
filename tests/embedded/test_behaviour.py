"""Behaviour in a real Chromium: pages that only look right are told or fail, and correct ones raise no alarm."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.browser.visit import Limits
from action.contract.assertion import Assertion, Js, PageLoads, PageTitle
from action.contract.compile import followed_data
from action.contract.contract import Contract, Report
from action.contract.evaluate import evaluate
from action.contract.from_brief import told_steps
from action.contract.kinds_steps import Expect, FollowsData, Step, Steps
from action.contract.rules import Names, read_check
from action.contract.verdict import Candidate

pytestmark = pytest.mark.timeout(240)

SALES = b"region,sales\nNorth,5000\nSouth,10000\nWest,5000\n"
PAGE = """<!doctype html><html lang="en"><head><title>Shop</title></head><body class="light">
<form id="form"><input id="name" name="name"><button>Add</button><p id="error"></p></form>
<ul id="list"></ul><b id="total"></b><p>Last year: 20000, in 2026</p><button id="dark">Dark</button>
<select id="currency"><option>USD</option><option>EUR</option></select><p id="price">10</p>
<a id="export" href="data:text/csv,a,b" download="report.csv">Export</a>
<div id="card" draggable="true">Card</div><div id="done">Done</div><section id="about" hidden>About us</section>
<dialog id="dialog" open>Hello</dialog>
<button onclick="display.value += 5">5</button><button onclick="display.value += '+'">+</button>
<button onclick="display.value += 3">3</button><button onclick="display.value = eval(display.value)">=</button>
<input id="display" aria-label="result"><script>
const get = id => document.querySelector(id), show = text => get("#list").append(item(text));
const item = text => {
    const li = document.createElement("li"), box = Object.assign(document.createElement("input"), {type: "checkbox"});
    box.checked = localStorage.getItem("done " + text) === "1";
    box.onchange = () => { KEEP && localStorage.setItem("done " + text, box.checked ? "1" : "0") };
    li.append(box, text);
    return li;
};
const KEEP = true, CHECKS = true, items = JSON.parse(localStorage.getItem("items") || '["tea"]');
items.forEach(show);
get("#form").onsubmit = event => {
    event.preventDefault();
    get("#error").textContent = "";
    if (CHECKS && !get("#name").value) { get("#error").textContent = "A name is needed"; return }
    items.push(get("#name").value);
    show(get("#name").value);
    if (KEEP) localStorage.setItem("items", JSON.stringify(items));
};
get("#dark").onclick = () => document.body.classList.toggle("dark");
get("#currency").onchange = () => { get("#price").textContent = get("#currency").value === "EUR" ? "9" : "10" };
get("#card").ondragstart = event => event.dataTransfer.setData("text", "card");
get("#done").ondragover = event => event.preventDefault();
get("#done").ondrop = () => get("#done").append(get("#card"));
const route = () => { get("#about").hidden = location.hash !== "#about" };
onhashchange = route; route();
onkeydown = event => { if (event.key === "Escape") get("#dialog").close() };
fetch("sales.csv").then(r => r.text()).then(text => {
    const rows = text.replace(/^\\uFEFF/, "").trim().split(/\\r?\\n/).slice(1);
    get("#total").textContent = rows.reduce((sum, row) => sum + Number(row.split(",")[1]), 0);
});
</script></body></html>"""
WORDS = [
    "Pressing Enter in #name shows an error in #error",
    "Submitting the form with an empty #name shows an error in #error",
    "With an empty name the form shows an error",
    "Typing 'rice' in #name and clicking the 'Add' button adds an item to #list",
    "A ticked item stays ticked after a reload",
    "Items persist after a reload",
    "Toggling #dark adds class dark",
    "Selecting 'EUR' in #currency changes #price to 9",
    "Clicking #export downloads report.csv",
    "Dragging #card to #done moves it",
    "With the hash #about the page shows 'About us'",
    "Pressing Escape closes #dialog",
]
DARK = "(document.querySelector('#dark').click(), document.body.classList.contains('dark'))"


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    limits = Limits(visit=60, response=10, rest=2, moving=1)
    with PageBrowser(find_browser(search_path=os.environ["PATH"]), os.environ, limits=limits) as opened:
        yield opened


def report(browser: PageBrowser, page: str, *assertions: Assertion, data: bytes = SALES) -> Report:
    files = {"index.html": page.encode(), "sales.csv": data}
    candidate = Candidate(files, {"sales.csv": data}, "/some-page/")
    return evaluate(Contract(assertions=assertions), candidate, browser.open(candidate)).report


def told(found: Report) -> list[str]:
    return [str(result) for result in found.results if result.verdict.state != "pass" or result.verdict.is_warned]


def behaviour() -> list[Assertion]:
    read = [found for words in WORDS for found in read_check(words, Names())]
    assert len(read) == len(WORDS)
    sequence = Steps(
        steps=tuple(Step(do="click", name=name) for name in "5+3="),
        expect=(Expect.model_validate({"is": "shown", "value": "8"}),),
    )
    return [*read, *followed_data({"sales.csv": SALES}), sequence, Js(expression=DARK)]


def test_a_correct_page_raises_no_alarm(browser: PageBrowser) -> None:
    assert told(report(browser, PAGE, *behaviour())) == []


COMPUTES = 'get("#total").textContent = rows'
WRONG = {
    "a hard-coded total": (COMPUTES, COMPUTES.replace("rows", "20000 || rows"), [-3]),
    "a theme that starts dark": ('class="light"', 'class="dark"', [6, -1]),
    "a list that forgets": ("KEEP = true", "KEEP = false", [4, 5]),
    "a form without its error": ("CHECKS = true", "CHECKS = false", [0, 1, 2]),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_page_that_only_looks_right_is_told(browser: PageBrowser, fault: str) -> None:
    right, wrong, places = WRONG[fault]
    assert right in PAGE
    wanted = [behaviour()[place] for place in places]
    found = report(browser, PAGE.replace(right, wrong), *wanted)
    assert [result.verdict.state for result in found.results] == ["fail"] * len(places), told(found)


def test_what_cannot_be_done_fails_when_the_sender_names_it_and_is_advice_otherwise(browser: PageBrowser) -> None:
    step, wish = (Step(do="click", on="#nothing"),), (Expect.model_validate({"is": "visible", "on": "#list"}),)
    given, guess = Steps(steps=step, expect=wish), Steps(steps=step, expect=wish, path="index.html", origin="inferred")
    same = Steps(steps=(Step(do="click", on="#dark"),), expect=wish, origin="inferred")
    wrong = (Expect.model_validate({"is": "visible", "on": "p:"}),)
    invalid = Steps(steps=same.steps, expect=wrong)
    no_selector = Steps(steps=(Step(do="click", on="p:"),), expect=wish, origin="inferred")
    stays = (Expect.model_validate({"is": "visible", "on": "#dialog"}),)
    opens = Steps(steps=(Step(do="press", value="Escape"),), expect=stays, origin="inferred")  # it was open before
    found = report(browser, PAGE, given, guess, same, invalid, no_selector, opens)
    assert [result.verdict.state for result in found.results] == ["fail", *["unclear"] * 2, "fail", *["unclear"] * 2]
    assert "no element matches p:" in found.results[3].verdict.actual
    assert "step 1 (click #nothing) cannot be done" in found.results[0].verdict.actual
    assert "before the steps, too" in found.results[2].verdict.detail


def test_other_data_reach_the_page_in_every_form(browser: PageBrowser) -> None:
    def data(variation: str, total: str) -> Steps:
        wish: dict[str, Any] = {"is": "text", "on": "#total", "value": total}
        return Steps.model_validate({"attachment": "sales.csv", "variation": variation, "expect": [wish]})

    forms = {"numbers": "40012", "rows": "25000", "crlf": "20000", "bom": "20000", "empty": "0"}
    wrong = data("quoted", "20000")  # this page cannot read quoted fields
    missing = Steps.model_validate({**data("bom", "0").model_dump(by_alias=True), "attachment": "none.csv"})
    found = report(browser, PAGE, *(data(form, total) for form, total in forms.items()), wrong, missing)
    assert [result.verdict.state for result in found.results] == ["pass"] * 5 + ["fail"] * 2, told(found)


READS = "fetch('sales.csv').then(r => r.text()).then(t => {"


@pytest.mark.parametrize(
    "page",
    [
        "<b id=total>20000</b>",  # it reads no data
        f"<b id=first></b><script>{READS} first.textContent = t.split('\\n')[1] }})</script>",
        f"<p id=rows></p><p>20000 is a lot</p><script>{READS} rows.textContent = t.length }})</script>",
    ],
)
def test_static_text_and_single_rows_are_no_reason_for_an_alarm(browser: PageBrowser, page: str) -> None:
    found = report(browser, page, FollowsData(attachment="sales.csv", origin="inferred"))
    assert found.results[0].verdict.state == "unclear"


MANY = SALES + b"East,7000\nCentre,8000\n"
ROWS = (
    f"<b id=count></b><ul id=list></ul><script>{READS} const n = t.trim().split('\\n').length - 1; count.textContent = "
)


def test_a_hard_coded_number_of_rows_fails_and_one_that_is_counted_does_not(browser: PageBrowser) -> None:
    follows = FollowsData(attachment="sales.csv", origin="inferred")
    for written, state in (("5", "fail"), ("n", "pass"), ("Math.min(n, 3)", "unclear"), ("`${n} of 5`", "unclear")):
        found = report(browser, f"{ROWS}{written} }})</script>", follows, data=MANY)
        assert found.results[0].verdict.state == state, (written, told(found))
        assert state != "fail" or "with 4 rows instead of 5 it should be 4" in str(found.results[0])


TOLD = """Make a list with an input #name and a button. Typing 'rice' in #name and clicking the 'Add' button adds an
item to #list. After a reload the items are still there; the toggle #dark switches the body to dark. With the hash
#about the page shows 'About us'."""


def test_what_a_brief_tells_is_done_by_a_correct_page_and_not_by_one_that_is_not(browser: PageBrowser) -> None:
    wanted = told_steps(TOLD)
    assert [result.verdict.state for result in report(browser, PAGE, *wanted).results] == ["pass"] * 4
    wrong = PAGE.replace("KEEP = true", "KEEP = false").replace('toggle("dark")', 'toggle("")')
    assert [result.verdict.state for result in report(browser, wrong, *wanted).results] == [
        "pass",
        "fail",
        "fail",
        "pass",
    ]


LATE = "<p>hi</p><script>setTimeout(() => { document.title = 'Late' }, 900)</script>"
NEVER_IDLE = "<p>hi</p><title>Late</title><script>setInterval(() => fetch('sales.csv'), 300)</script>"


def test_what_is_true_late_and_a_page_that_is_never_idle_pass_with_a_warning(browser: PageBrowser) -> None:
    title = Js(expression="document.title === 'Late'")
    clicks = Js(expression="(document.body.click(), document.title === 'Late')")
    late = report(browser, LATE, title, PageTitle(equals="Late"), clicks, PageLoads())
    assert [result.verdict.state for result in late.results] == ["pass"] * 4
    assert [result.verdict.is_warned for result in late.results] == [True, True, True, False]
    assert late.is_good
    assert not late.is_perfect
    assert "[warning]" in str(late.results[0])
    assert late.results[0].verdict.actual.startswith("true only after ")
    restless = report(browser, NEVER_IDLE, title, PageLoads())
    assert [result.verdict.is_warned for result in restless.results] == [False, True]
    assert "never idle" in restless.results[1].verdict.actual
