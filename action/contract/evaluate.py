"""The contract against a candidate: files by pure functions, pages through the browser's door."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import urlsplit

from action.contract.assertion import (
    Advice,
    AfterPublishing,
    Assertion,
    FollowsData,
    InPage,
    Js,
    NoConsoleErrors,
    PageLoads,
    Steps,
)
from action.contract.contract import Contract, Report, Result
from action.contract.probes import acts
from action.contract.repair_notes import blamed
from action.contract.run_verdicts import excused, is_generated, with_generated
from action.contract.scripts import HOPELESS
from action.contract.variations import CannotVary, other_data, varied
from action.contract.verdict import (
    PASS,
    Candidate,
    Verdict,
    failed,
    failed_with_excuse,
    passed_with_warning,
    unclear,
)
from action.contract.visit import LATE_SECONDS, Answer, FailedRequest, Screenshots, Site, Visit, VisitPlan

RESTLESS = "it is never idle: it goes on asking the network, so who waits for that waits in vain"
NO_NAMES = frozenset(
    {"js", "mjs", "min", "umd", "esm", "cjs", "iife", "bundle", "dist", "index", "main", "all", "core"}
)
NOT_THE_PAGE = " (only the network of this test is to blame: change nothing because of it)"
NETWORK_RESOURCES = {"script", "fetch", "xhr"}  # without these a page cannot be expected to work


class Evaluation:
    """One evaluation: the report, and the screenshots that do not belong into it."""

    def __init__(self, report: Report, screenshots: Screenshots | None) -> None:
        self.report = report
        self.screenshots = screenshots


def always() -> bool:
    """There is time."""
    return True


def evaluate(
    contract: Contract,
    candidate: Candidate,
    site: Site | None,
    *,
    screenshots: bool = False,
    has_time: Callable[[], bool] = always,
) -> Evaluation:
    """Return the verdict on every assertion. Without a browser, or time for a visit, those about pages are unclear."""
    began = time.monotonic()
    candidate = with_generated(contract, candidate)
    in_page: list[InPage] = [a for a in contract.assertions if isinstance(a, InPage) and not is_hopeless(a)]
    data = {**candidate.files, **candidate.attachments}
    visits = visit_all(in_page, site, data, screenshots=screenshots, has_time=has_time)
    visits = {key: excused(visit, candidate) for key, visit in visits.items()} if candidate.generated else visits
    visits = {key: blamed(visit, candidate.asked) for key, visit in visits.items()} if candidate.asked else visits
    results = tuple(
        Result(assertion=assertion, verdict=verdict_on(assertion, candidate, visits))
        for assertion in contract.assertions
    )
    seen = list({id(visit): visit for visit in visits.values()}.values())
    report = Report(results=results, notes=notes_on(seen), seconds=round(time.monotonic() - began, 3))
    return Evaluation(report, next((visit.screenshots for visit in seen if visit.screenshots), None))


def verdict_on(assertion: Assertion, candidate: Candidate, visits: dict[str, Visit]) -> Verdict:
    """Return the verdict on one assertion. One with an objection that is not true is nobody's fault in the page."""
    if is_hopeless(assertion):
        return unclear(assertion.objection)
    verdict = plain_verdict(assertion, candidate, visits)
    return unclear(assertion.objection) if assertion.objection and verdict.state == "fail" else verdict


def is_hopeless(assertion: Assertion) -> bool:
    """Whether an assertion cannot even be asked."""
    return assertion.objection.startswith(HOPELESS)


def plain_verdict(assertion: Assertion, candidate: Candidate, visits: dict[str, Visit]) -> Verdict:
    """Return the verdict on an assertion as it stands."""
    if isinstance(assertion, Advice):
        return unclear("nothing that can be executed")
    if isinstance(assertion, AfterPublishing):
        return assertion.before_push(candidate)
    if isinstance(assertion, InPage):
        visit = visits.get(assertion.id)
        return (
            page_verdict(assertion, visit)
            if visit
            else unclear("the page was not visited: no browser, or no time left")
        )
    if is_generated(assertion, candidate):
        return unclear("the run of a workflow makes this file, after the push")
    return assertion.verdict(candidate)


def visit_all(
    assertions: list[InPage],
    site: Site | None,
    attachments: Mapping[str, bytes] = MappingProxyType({}),
    *,
    screenshots: bool,
    has_time: Callable[[], bool] = always,
) -> dict[str, Visit]:
    """Visit each page and query once for all its assertions; once more for each that acts: clicks, types, goes on."""
    if site is None:
        return {}
    groups: defaultdict[tuple[str, str, str], list[InPage]] = defaultdict(list)
    for assertion in assertions:
        groups[assertion.path, assertion.query, assertion.id if is_alone(assertion) else ""].append(assertion)
    ordered = [groups[key] for key in sorted(groups)]
    plans = [plan_for(group, attachments, screenshots=screenshots and not n) for n, group in enumerate(ordered)]
    seen = with_late_answers(plans, site.visit_all(plans, has_time), site, has_time)
    return {assertion.id: visit for group, visit in zip(ordered, seen, strict=True) if visit for assertion in group}


def is_alone(assertion: InPage) -> bool:
    """Whether an assertion needs a page that nothing else has touched."""
    return isinstance(assertion, Steps | FollowsData) or (isinstance(assertion, Js) and acts(assertion.expression))


def plan_for(group: list[InPage], attachments: Mapping[str, bytes], *, screenshots: bool) -> VisitPlan:
    """Return the visit that assertions about one page share."""
    first = group[0]
    if isinstance(first, Steps | FollowsData):
        original, other = variation_of(first, attachments)
        return VisitPlan(first.path, first.query, (), screenshots, acting=first, originals=original, replaced=other)
    questions = tuple(question for assertion in group if (question := assertion.question()))
    return VisitPlan(first.path, first.query, questions, screenshots, is_once=is_alone(first))


def variation_of(
    assertion: Steps | FollowsData, attachments: Mapping[str, bytes]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the attachment as it is, and as it comes instead; nothing when there is none that can be varied."""
    name = assertion.attachment or ""
    if not name:
        return {}, {}
    try:
        original = attachments[name]
        variation = assertion.variation if isinstance(assertion, Steps) else None
        other = varied(name, original, variation) if variation else other_data(name, original)
        return {name: original}, {name: other}
    except (CannotVary, KeyError):
        return {}, {}


def with_late_answers(
    plans: Sequence[VisitPlan], visits: Sequence[Visit | None], site: Site, has_time: Callable[[], bool]
) -> list[Visit | None]:
    """Ask what acts and was not true once more, in another fresh page and later, where the page was not done yet."""
    found = list(visits)
    numbers = [n for n, plan in enumerate(plans) if plan.is_once and (visit := found[n]) and is_for_later(visit)]
    again = [replace(plans[number], pause=LATE_SECONDS, screenshots=False) for number in numbers]
    for number, visit in zip(numbers, site.visit_all(again, has_time) if again else (), strict=True):
        first = found[number]
        if visit and first:
            late = Answer(True, f"true only after {visit.seconds:.0f} s")
            answers = {key: late for key, answer in visit.answers.items() if answer.holds}
            found[number] = replace(first, answers={**first.answers, **answers})
    return found


def is_for_later(visit: Visit) -> bool:
    """Whether an answer may be another one later."""
    return visit.is_busy and not visit.problem and not all(answer.holds for answer in visit.answers.values())


def page_verdict(assertion: InPage, visit: Visit) -> Verdict:
    """Read one assertion off the visit of its page."""
    if visit.problem:
        return failed(visit.problem, is_broken=isinstance(assertion, PageLoads))
    if isinstance(assertion, PageLoads):
        if visit.status != 200:
            return failed(f"the page answers {visit.status}", is_broken=True)
        return passed_with_warning(RESTLESS) if visit.is_restless and not visit.unreachable else PASS
    if isinstance(assertion, NoConsoleErrors):
        return console_verdict(visit)
    answer = visit.answers.get(assertion.id, Answer(holds=False, actual="it was not asked"))
    if not answer.could_run and (assertion.origin != "given" or answer.holds):
        return PASS if assertion.origin == "given" else unclear(answer.actual)
    if answer.holds:
        return passed_with_warning(answer.actual) if answer.actual else PASS
    return answer_verdict(answer, visit, assertion.describe())


def answer_verdict(answer: Answer, visit: Visit, about: str = "") -> Verdict:
    """A no counts against the page, unless the network here kept it from working. `about` is what was asked."""
    evidence = list(answer.evidence)
    cut_off = [request for request in visit.unreachable if request.resource in NETWORK_RESOURCES]
    missed = [request for request in cut_off if request.resource != "script" or is_about(request.url, about)]
    if cut_off and (visit.exceptions or missed):
        if all(request.blame == "early" for request in cut_off):
            return unclear(f"{answer.actual}; {network_words(cut_off)}")
        return failed_with_excuse(answer.actual, "; ".join([*evidence, network_words(cut_off)]))
    if visit.unreachable:
        evidence.append(network_words(visit.unreachable))
    return failed(answer.actual, "; ".join(evidence))


def is_about(script: str, asked: str) -> bool:
    """Whether what was asked names a library by its file: `typeof Chart` of .../chart.umd.min.js."""
    file = urlsplit(script).path.rpartition("/")[2].lower()
    names = {name for name in re.split(r"[^a-z0-9]+", file) if len(name) > 1} - NO_NAMES
    return not names.isdisjoint(re.split(r"[^a-z0-9]+", asked.lower()))


def console_verdict(visit: Visit) -> Verdict:
    """Errors of the page itself fail; those that follow from the network here are unclear."""
    own = [*request_lines(r for r in visit.failed_requests if r not in visit.unreachable)]
    errors = [*visit.exceptions, *visit.console_errors]
    if visit.unreachable and not own:
        return unclear("; ".join([network_words(visit.unreachable), *errors]))
    return failed("; ".join([*errors, *own]), is_broken=bool(visit.exceptions)) if errors or own else PASS


def network_words(requests: list[FailedRequest]) -> str:
    """Say which servers this machine could not reach. That is nobody's fault in the page."""
    urls = ", ".join(dict.fromkeys(request.url[:200] for request in requests[:5]))
    return f"could not be reached from the runner: {urls}"


def request_lines(requests: Iterable[FailedRequest]) -> list[str]:
    """Return one line for each failed request, which says when nothing of the site is to blame."""
    return [
        f"{request.resource or 'request'} {request.url[:200]} failed: {request.reason}"
        + (NOT_THE_PAGE if request.blame == "unreachable" else "")
        for request in requests
    ]


def notes_on(visits: list[Visit]) -> tuple[str, ...]:
    """Return what the console and the network said, each line once."""
    lines = [
        line
        for visit in visits
        for line in (
            *(f"uncaught exception: {text}" for text in visit.exceptions),
            *(f"console error: {text}" for text in visit.console_errors),
            *request_lines(visit.failed_requests),
        )
    ]
    return tuple(dict.fromkeys(lines))[:30]
