"""Checks that cannot be true as they were sent: told before the first call, and no reason for another one."""

import io
import json
from collections.abc import Callable, Sequence

import pytest

from action.contract.verdict import Candidate
from action.contract.visit import Answer, Visit, VisitPlan
from action.errors import NoBrowser
from action.job.summary_contract import section
from tests.unit.action.generate.scripted_build import PAGE, build, data_uri, request_for

DATA = b"product,sales\nA,5000\nB,10000\nC,5000\n"
SUM = "js: Math.abs(parseFloat(document.querySelector('#total-sales').textContent) - 15000) < 0.01"
SITE = {**PAGE, "index.html": "<!doctype html><title>x</title><p id='total-sales'>20000</p>"}


class Shows20000:
    """A browser in whose pages everything holds but what wants another number than 20000."""

    def open(self, candidate: Candidate) -> "Shows20000":
        return self

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        found: list[Visit | None] = []
        for plan in plans:
            holds = {it.key: "15000" not in it.expression for it in plan.questions}
            answers = {key: Answer(held, "" if held else "20000") for key, held in holds.items()}
            answers |= {plan.acting.id: Answer(holds=True)} if plan.acting else {}
            found.append(Visit(status=200, answers=answers))
        return found


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (SUM, "wants 15000, data.csv gives 20000"),
        ("js: document.title === `Sales ${seed}`", "can never be true as it was sent: the placeholder ${seed}"),
        ("js: document.querySelector('#1a') !== null", "no selector that a browser takes"),
        ("js: document.title === 'x')", "the JavaScript has a syntax error"),
    ],
)
def test_a_build_with_such_a_check__uses_one_call__tells_the_model_and_the_sender(check: str, says: str) -> None:
    attachments, log = [{"name": "data.csv", "url": data_uri(DATA)}], io.StringIO()
    brief = "Show the sum of sales of data.csv in #total-sales."
    request = request_for(brief=brief, checks=[check], attachments=attachments)
    bundle, model = build(request, SITE, open_site=Shows20000().open, log=log)
    assert len(model.prompts) == 1
    assert says in model.said(0).partition("Do not try to meet the following checks")[2]
    assert says in log.getvalue()
    assert b"20000" in bundle.files["index.html"]
    assert b"15000" not in bundle.files["index.html"]
    contract = bundle.record.contract
    assert contract
    (asked,) = [each for each in contract.assertions if each.origin == "given"]
    assert (asked.state, asked.checks) == ("unclear", [1])
    assert says in asked.found
    text = section(contract, [check])
    assert text.count("> **Check 1** ") == 1
    assert says.partition(":")[0] in text


def test_what_the_model_made_of_a_check_and_is_refused__is_told_in_the_log() -> None:
    steps = {"check": 1, "kind": "steps", "steps": [{"do": "reload"}], "expect": [{"is": "lacks", "value": "error"}]}
    log = io.StringIO()
    page = {"pagewright-checks.json": json.dumps([steps]), **PAGE}
    build(request_for(checks=["It copes with everything"]), page, log=log)
    assert "What the model made of a check is not used: " in log.getvalue()


class Refuses(Shows20000):
    """A browser that cannot read one expression, and in whose pages another one throws."""

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        return [
            Visit(status=200, answers={it.key: self.says(it.expression) for it in plan.questions}) for plan in plans
        ]

    def says(self, program: str) -> Answer:
        if "let a = 2" in program:
            return Answer(holds=False, actual='"SyntaxError: a has already been declared"')
        return Answer(holds="total()" not in program, actual="ReferenceError: total" if "total()" in program else "")


def test_what_only_the_browser_cannot_read__is_told_before_the_first_call__and_what_throws_is_not() -> None:
    log = io.StringIO()
    checks = ["js: let a = 1; let a = 2", "js: total() > 0"]
    bundle, model = build(request_for(checks=checks), SITE, SITE, SITE, SITE, open_site=Refuses().open, log=log)
    unmet = model.said(0).partition("Do not try to meet the following checks")[2]
    assert "- check 1: it can never be true as it was sent: the browser says SyntaxError: a has already" in unmet
    assert "- check 2" not in unmet
    assert bundle.record.contract
    given = [each for each in bundle.record.contract.assertions if each.origin == "given"]
    assert [(each.state, bool(each.objection)) for each in given] == [("unclear", True), ("fail", False)]


def test_a_browser_that_does_not_start__leaves_the_contract_as_it_is() -> None:
    def no_start(candidate: Candidate) -> Shows20000:
        raise NoBrowser("It does not start.", "x", "y")

    log = io.StringIO()
    bundle, model = build(request_for(checks=["js: let a = 1; let a = 2"]), SITE, open_site=no_start, log=log)
    assert "The syntax of checks was not tried in the browser: It does not start." in log.getvalue()
    assert (len(model.prompts), "index.html" in bundle.files) == (1, True)
