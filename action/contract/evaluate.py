"""The contract against a candidate: files by pure functions, pages through the browser's door, runs after the push."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote, urlsplit

from action.contract.assertion import (
    Advice,
    AfterPublishing,
    Assertion,
    FileAbsent,
    InPage,
    Js,
    NoConsoleErrors,
    OfFiles,
    OfRuns,
    PageLoads,
    PageServesFile,
)
from action.contract.contract import PATH, Contract, Report, Result
from action.contract.probes import acts
from action.contract.repair_notes import blamed
from action.contract.scripts import HOPELESS
from action.contract.verdict import PASS, Candidate, Verdict, failed, failed_with_excuse, unclear
from action.contract.visit import Answer, FailedRequest, Screenshots, Site, Visit, VisitPlan
from action.record import ContractRecord, RunSeen

NO_NAMES = frozenset(
    {"js", "mjs", "min", "umd", "esm", "cjs", "iife", "bundle", "dist", "index", "main", "all", "core"}
)
NETWORK_RESOURCES = {"script", "fetch", "xhr"}  # without these a page cannot be expected to work


NOT_THE_PAGE = " (only the network of this test is to blame: change nothing because of it)"


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
    visits = visit_all(in_page, site, screenshots=screenshots, has_time=has_time)
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
    assertions: list[InPage], site: Site | None, *, screenshots: bool, has_time: Callable[[], bool] = always
) -> dict[str, Visit]:
    """Visit each page and query once for all its assertions; once more for each that clicks or types."""
    if site is None:
        return {}
    groups: defaultdict[tuple[str, str, str], list[InPage]] = defaultdict(list)
    for assertion in assertions:
        alone = assertion.id if isinstance(assertion, Js) and acts(assertion.expression) else ""
        groups[assertion.path, assertion.query, alone].append(assertion)
    ordered = [groups[key] for key in sorted(groups)]
    plans = [plan_for(group, screenshots=screenshots and not number) for number, group in enumerate(ordered)]
    visits = zip(ordered, site.visit_all(plans, has_time), strict=True)
    return {assertion.id: visit for group, visit in visits if visit for assertion in group}


def plan_for(group: list[InPage], *, screenshots: bool) -> VisitPlan:
    """Return the visit that assertions about one page share."""
    questions = tuple(question for assertion in group if (question := assertion.question()))
    return VisitPlan(group[0].path, group[0].query, questions, screenshots)


def page_verdict(assertion: InPage, visit: Visit) -> Verdict:
    """Read one assertion off the visit of its page."""
    if visit.problem:
        return failed(visit.problem, is_broken=isinstance(assertion, PageLoads))
    if isinstance(assertion, PageLoads):
        return PASS if visit.status == 200 else failed(f"the page answers {visit.status}", is_broken=True)
    if isinstance(assertion, NoConsoleErrors):
        return console_verdict(visit)
    answer = visit.answers.get(assertion.id, Answer(holds=False, actual="it was not asked"))
    return PASS if answer.holds else answer_verdict(answer, visit, assertion.describe())


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


LONGEST_FOUND = 300


def with_generated(contract: Contract, candidate: Candidate) -> Candidate:
    """Return the candidate with the files that the page shall serve and that a workflow has yet to make."""
    served = {a.file for a in contract.assertions if isinstance(a, PageServesFile)}
    can_be_made = bool(candidate.workflow_files)
    return replace(candidate, generated=frozenset(served - candidate.files.keys()) if can_be_made else frozenset())


def is_generated(assertion: Assertion, candidate: Candidate) -> bool:
    """Whether an assertion is about the content of a file that a run makes."""
    return not isinstance(assertion, FileAbsent) and getattr(assertion, "file", None) in candidate.generated


def excused(visit: Visit, candidate: Candidate) -> Visit:
    """Return a visit in which a request for a file that a run has yet to make is nobody's fault."""
    return visit.with_requests(
        lambda request: replace(request, blame="early") if is_early(request, candidate) else request
    )


def is_early(request: FailedRequest, candidate: Candidate) -> bool:
    """Whether a request was for a file that a run has yet to make."""
    return unquote(urlsplit(request.url).path).removeprefix(candidate.site_path) in candidate.generated


def run_verdict(assertion: Assertion, runs: Sequence[RunSeen]) -> Verdict | None:
    """Return the verdict on an assertion about runs; None for one about anything else."""
    return assertion.after_push(runs) if isinstance(assertion, OfRuns) else None


def served_verdict(assertion: Assertion, candidate: Candidate, served: Mapping[str, bytes]) -> Verdict | None:
    """Return the verdict on a file that the page serves or should; None for an assertion about anything else.

    `candidate` is the commit, its `generated` files are those that the page was asked for.
    """
    if isinstance(assertion, PageServesFile):
        return PASS if assertion.file in served else failed(f"the page does not serve {assertion.file}")
    if not isinstance(assertion, OfFiles) or not is_generated(assertion, candidate):
        return None
    whole = Candidate({**candidate.files, **served}, candidate.attachments, candidate.site_path)
    return assertion.verdict(whole)


class GitDoor(Protocol):
    """Reads files of a commit."""

    def read(self, commit: str, path: str) -> bytes | None: ...


def contract_at(git: GitDoor, commit: str) -> Contract | None:
    """Return the contract that a commit holds, None when it has none that can be read."""
    stored = git.read(commit, PATH)
    try:
        return Contract.from_storage(stored) if stored else None
    except ValueError:
        return None


def settle(
    record: ContractRecord | None, contract: Contract, verdict_on: Callable[[Assertion], Verdict | None]
) -> Mapping[str, Verdict]:
    """Put the verdicts into the record and return them by id; what `verdict_on` says nothing about stays."""
    found = {a.id: verdict for a in contract.assertions if (verdict := verdict_on(a)) is not None}
    for entry in record.assertions if record else []:
        if verdict := found.get(entry.id):
            entry.state = verdict.state
            entry.found = (verdict.actual or verdict.detail)[:LONGEST_FOUND]
    return found
