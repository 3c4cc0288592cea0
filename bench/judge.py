"""Judges a page by the given checks alone, on the live page and the committed files, in a real browser."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.contract.assertion import Assertion
from action.contract.compile import names_of, read_one
from action.contract.contract import Contract, Result, labelled
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.contract.visit import Site
from action.generate.task_template import SeededTask
from bench.builder import Built, Order
from bench.results import AssertionResult, CheckResult, State
from receiver.task import Task

Compiled = list[tuple[int, str, list[Assertion]]]


class CheckIsNotExecutable(Exception):
    """No rule reads a check of a sample task, so nobody could say whether it passed."""


class LiveJudge:
    """Visits pages with a browser for each: which address may be visited is fixed when one starts.

    `environ` says where the browser is (CHROME, PATH) and is scrubbed before the browser gets it.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def judge(self, order: Order, built: Built) -> list[CheckResult]:
        """Return one result for each given check of the rounds 1 to `order.round`."""
        pages = urlsplit(built.pages_url)
        candidate = Candidate(built.files, order.task.attachments_until(order.round), pages.path or "/")
        chrome = find_browser(self._environ.get("CHROME"), self._environ.get("PATH"))
        with PageBrowser(chrome, self._environ, allowed_hosts=frozenset({pages.netloc})) as browser:
            return verdicts(compiled(order.task, order.round), candidate, browser.open_live(built.pages_url))


def verdicts(checks: Compiled, candidate: Candidate, site: Site | None) -> list[CheckResult]:
    """Evaluate all assertions at once, and put them together again as checks."""
    contract = Contract().plus([assertion for _, _, found in checks for assertion in found])
    results = {result.assertion.id: result for result in evaluate(contract, candidate, site).report.results}
    return [
        check_result(number, check, [results[assertion.id] for assertion in found]) for number, check, found in checks
    ]


def check_result(number: int, check: str, results: list[Result]) -> CheckResult:
    """Return a check with the worst state of its assertions."""
    states = {result.verdict.state for result in results}
    worst: State = "fail" if "fail" in states else "unclear" if "unclear" in states else "pass"
    return CheckResult(
        round=number,
        check=check,
        state=worst,
        assertions=[
            AssertionResult(
                id=result.assertion.id,
                kind=result.assertion.kind,
                sentence=result.assertion.sentence,
                state=result.verdict.state,
                actual=result.verdict.actual,
                detail=result.verdict.detail,
            )
            for result in results
        ],
    )


def compiled(task: SeededTask, until: int) -> Compiled:
    """Return the given checks of the rounds 1 to `until` as assertions. Raises CheckIsNotExecutable."""
    return [
        (number, str(check), assertions_of(task, number, index))
        for number in range(1, until + 1)
        for index, check in enumerate(task.rounds[number - 1].given())
    ]


def assertions_of(task: SeededTask, number: int, index: int) -> list[Assertion]:
    """Compile one check of a sample task. Raises CheckIsNotExecutable."""
    request = as_task(task, number)
    check = request.checks[index]
    found = labelled(read_one(check, names_of(request)), "given", number, source=str(check))
    if not found or any(assertion.kind == "advice" or assertion.objection for assertion in found):
        raise CheckIsNotExecutable(
            f"No rule reads the check {str(check)!r} of {task.id}, round {number}. Say it in other words."
        )
    return found


def as_task(task: SeededTask, number: int) -> Task:
    """Return a round as the compiler knows it."""
    return Task.model_validate(
        {
            "email": "judge@eval.example",
            "task": task.id,
            "round": number,
            "nonce": "judge",
            **task.rounds[number - 1].as_sent(),
            "evaluation_url": "http://localhost/",
        }
    )
