"""Assertions about a page become questions, one visit each for those that change the page, and fair verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from action.contract.assertion import Assertion, Element, Js, NoConsoleErrors, PageLoads, PageTitle
from action.contract.contract import Contract, Report
from action.contract.evaluate import evaluate
from action.contract.kind import Origin
from action.contract.kinds_steps import Expect, Step, Steps
from action.contract.verdict import Candidate
from action.contract.visit import Answer, FailedRequest, Visit, VisitPlan

CDN = FailedRequest("https://cdn.example/x.js", "its name does not resolve", "unreachable", "script")
API = FailedRequest("https://api.example/x", "no answer in time", "unreachable", "fetch")
OWN = FailedRequest("http://site/missing.png", "it answers 404", "site", "image")


class ScriptedSite:
    """Answers every visit with the same observations, and remembers what was asked."""

    def __init__(self, visit: Visit, holds: bool = False) -> None:
        self._visit = visit
        self._holds = holds
        self.asked: list[tuple[str, str, list[str]]] = []

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        return [self._visited(plan) for plan in plans]

    def _visited(self, plan: VisitPlan) -> Visit:
        self.asked.append((plan.path, plan.query, [question.key for question in plan.questions]))
        answers = {
            question.key: Answer(self._holds, "false", ("#x matches 0 elements",)) for question in plan.questions
        }
        return replace(self._visit, answers=answers)


def report(visit: Visit, *assertions: Assertion, holds: bool = False) -> Report:
    return evaluate(Contract(assertions=assertions), Candidate({}), ScriptedSite(visit, holds)).report


def states(found: Report) -> list[str]:
    return [result.verdict.state for result in found.results]


def test_assertions_of_one_page_share_a_visit_and_those_that_click_do_not() -> None:
    site = ScriptedSite(Visit(status=200))
    click = Js(expression='document.querySelector("#b").click() || document.title === "x"')
    same = (PageTitle(equals="A"), Js(expression="true"), PageLoads())
    other = (Js(expression="true", query="?a=1"), PageTitle(equals="B", path="b.html"))
    evaluate(Contract(assertions=(*same, click, *other)), Candidate({}), site)
    assert sorted(site.asked) == sorted(
        [
            ("", "", [same[0].id, same[1].id]),
            ("", "", [click.id]),
            ("", "?a=1", [other[0].id]),
            ("b.html", "", [other[1].id]),
        ]
    )


class LateSite:
    """The first page says no, a later one says yes."""

    def __init__(self, *, is_busy: bool) -> None:
        self.is_busy = is_busy
        self.pauses: list[float] = []

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        self.pauses += [plan.pause for plan in plans]
        return [
            Visit(status=200, answers={q.key: Answer(plan.pause > 0) for q in plan.questions}, is_busy=self.is_busy)
            for plan in plans
        ]


@pytest.mark.parametrize(("is_busy", "pauses", "state"), [(True, [0, 5], "pass"), (False, [0], "fail")])
def test_what_acts_is_asked_again_in_another_page_where_the_first_was_not_done(
    is_busy: bool, pauses: list[float], state: str
) -> None:
    site = LateSite(is_busy=is_busy)
    click = Js(expression="document.body.click() || document.title === 'x'")
    (result,) = evaluate(Contract(assertions=(click,)), Candidate({}), site).report.results
    assert (site.pauses, result.verdict.state, result.verdict.is_warned) == (pauses, state, is_busy)


@pytest.mark.parametrize(("origin", "state"), [("given", "fail"), ("inferred", "unclear")])
def test_a_step_that_cannot_be_done_counts_only_where_the_sender_names_it(origin: Origin, state: str) -> None:
    wish = Expect.model_validate({"is": "visible", "on": "#b"})
    steps = Steps(steps=(Step(do="click", on="#a"),), expect=(wish,), origin=origin)
    site = ScriptedSite(Visit(status=200))
    answer = Answer(False, "step 1 cannot be done", could_run=False)
    site.visit_all = lambda plans, has_time: [Visit(status=200, answers={steps.id: answer})]  # type: ignore[method-assign]
    (result,) = evaluate(Contract(assertions=(steps,)), Candidate({}), site).report.results
    assert result.verdict.state == state


class HastySite:
    """Time is up after the first visit."""

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        return [Visit(status=200), *(None for _ in plans[1:])]


def test_what_there_was_no_time_for_is_unclear() -> None:
    contract = Contract(assertions=(PageLoads(), PageLoads(path="b.html")))
    assert states(evaluate(contract, Candidate({}), HastySite()).report) == ["pass", "unclear"]


def test_a_no_is_a_failure_with_evidence() -> None:
    found = report(Visit(status=200), Js(expression="x"))
    (result,) = found.results
    assert (result.verdict.state, result.verdict.actual) == ("fail", "false")
    assert "#x matches 0 elements" in result.verdict.detail


@pytest.mark.parametrize(
    ("visit", "state"),
    [
        (Visit(status=200, failed_requests=(CDN,), exceptions=("ReferenceError: lib is not defined",)), "unclear"),
        (Visit(status=200, failed_requests=(API,)), "unclear"),
        (Visit(status=200, failed_requests=(CDN,)), "fail"),
        (Visit(status=200, failed_requests=(OWN,), exceptions=("ReferenceError: lib is not defined",)), "fail"),
    ],
)
def test_the_network_here_is_not_blamed_on_the_page(visit: Visit, state: str) -> None:
    found = report(visit, Js(expression="x"))
    assert states(found) == [state]
    assert states(report(visit, Js(expression="x"), holds=True)) == ["pass"]
    verdict = found.results[0].verdict
    assert ("could not be reached from the runner" in verdict.detail) == bool(visit.unreachable)
    assert verdict.is_excused == (state == "unclear")
    assert (found.is_good, found.is_perfect) == (state == "unclear", state == "unclear")


@pytest.mark.parametrize(
    ("file", "expression", "state"),
    [
        ("npm/chart.js@4.4.0/dist/chart.umd.min.js", "typeof Chart === 'function'", "unclear"),
        ("npm/marked@12/marked.min.js", "!!window.marked", "unclear"),
        ("npm/marked@12/marked.min.js", "document.title === 'x'", "fail"),
        ("npm/x/dist/index.min.js", "document.querySelector('#index, main')", "fail"),
    ],
)
def test_a_library_that_cannot_be_reached_excuses_what_asks_for_it(file: str, expression: str, state: str) -> None:
    library = FailedRequest(f"https://cdn.jsdelivr.net/{file}", "its name does not resolve", "unreachable", "script")
    found = report(Visit(status=200, failed_requests=(library,)), Js(expression=expression))
    assert states(found) == [state]
    assert "change nothing because of it" in found.notes[0]


@pytest.mark.parametrize(
    ("visit", "state"),
    [
        (Visit(status=200), "pass"),
        (Visit(status=200, console_errors=("bad",)), "fail"),
        (Visit(status=200, exceptions=("TypeError",)), "fail"),
        (Visit(status=200, failed_requests=(OWN,)), "fail"),
        (Visit(status=200, failed_requests=(CDN,), exceptions=("ReferenceError",)), "unclear"),
        (Visit(status=200, failed_requests=(CDN, OWN)), "fail"),
        (Visit(problem="the page is blank"), "fail"),
    ],
)
def test_console_errors_count_when_they_are_the_pages_own(visit: Visit, state: str) -> None:
    assert states(report(visit, NoConsoleErrors())) == [state]


def test_a_page_that_answers_404_does_not_load() -> None:
    assert states(report(Visit(status=404), PageLoads())) == ["fail"]
    assert states(report(Visit(status=200), PageLoads())) == ["pass"]


def test_a_page_that_hangs_fails_everything_on_it() -> None:
    assert states(report(Visit(problem="stopped"), PageLoads(), Element(selector="#a"), holds=True)) == ["fail", "fail"]
