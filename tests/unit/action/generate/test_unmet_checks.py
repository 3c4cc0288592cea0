"""Checks that cannot be true as they were sent: told before the first call, and no reason for another one."""

import io
import json
from collections.abc import Callable, Sequence

import pytest

from action.contract.verdict import Candidate
from action.contract.visit import Answer, Visit, VisitPlan
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
