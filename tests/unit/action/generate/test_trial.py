"""What the page of the last round fulfilled must not be lost; without a browser or time, pages stay unclear."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from action.console import Console
from action.contract.assertion import Assertion, FileExists, InPage, Js, NoConsoleErrors, Origin, PageLoads
from action.contract.contract import Contract, Report, Result
from action.contract.evaluate import page_verdict
from action.contract.verdict import PASS, Candidate, State, Verdict, failed
from action.contract.visit import Answer as Seen
from action.contract.visit import Site, Visit, VisitPlan
from action.deadline import Deadline
from action.errors import NoBrowser
from action.gates.http import GuardedHttp
from action.generate.attachments import Attached
from action.generate.candidate import Draft
from action.generate.inputs import Inputs
from action.generate.tools import Budget, Tools
from action.generate.trial import Attempt, Trial, lost_since
from receiver.task import BuildRequest, Task
from tests.unit.action.generate.scripted_build import ScriptedModel

RECEIVED = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
CONSOLE = NoConsoleErrors(origin="base", sentence="Nothing is thrown.")
JS = Js(expression="true", origin="given", sentence="It is true.")


def report(**states: tuple[Origin, State]) -> Report:
    return Report(
        results=tuple(
            Result(
                assertion=FileExists(file=name, origin=origin, sentence=f"{name} exists."),
                verdict=Verdict(state=state),
            )
            for name, (origin, state) in states.items()
        )
    )


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [
        ("pass", "fail", 1),
        ("pass", "pass", 0),
        ("pass", "unclear", 0),
        ("fail", "fail", 0),
        ("unclear", "fail", 0),
    ],
)
def test_lost_is_what_passed_and_fails_now(before: State, now: State, lost: int) -> None:
    assert len(lost_since(report(a=("given", before)), report(a=("given", now)))) == lost


def test_what_is_only_wished_for_is_never_lost() -> None:
    assert lost_since(report(a=("inferred", "pass")), report(a=("inferred", "fail"))) == ()


def test_nothing_is_lost_in_the_first_round_or_by_what_is_new() -> None:
    assert lost_since(None, report(a=("given", "fail"))) == ()
    assert lost_since(report(a=("given", "pass")), report(b=("given", "fail"))) == ()


def attempt(before: Report, now: Report) -> Attempt:
    return Attempt(1, Draft(), {"index.html": b"<p>x"}, now, (), lost_since(before, now))


@pytest.mark.parametrize(("origin", "breaks"), [("given", 1), ("base", 0), ("inferred", 0)])
def test_only_a_lost_check_that_was_given_is_a_reason_to_hold_back(origin: Origin, breaks: int) -> None:
    tried = attempt(report(a=(origin, "pass")), report(a=(origin, "fail")))
    assert len(tried.breaks) == breaks
    assert not tried.is_good or origin == "inferred"


def page_report(verdict: Verdict, assertion: Assertion = CONSOLE) -> Report:
    return Report(results=(Result(assertion=assertion, verdict=verdict),))


THROWS = failed("Error: oops", is_broken=True)
COMPLAINS = failed("a warning")


@pytest.mark.parametrize(
    ("before", "now", "breaks"),
    [
        (PASS, THROWS, 1),
        (COMPLAINS, THROWS, 1),
        (THROWS, THROWS, 0),
        (PASS, COMPLAINS, 0),
        (PASS, PASS, 0),
    ],
)
def test_a_page_that_throws_and_did_not_before_is_a_reason_to_hold_back(
    before: Verdict, now: Verdict, breaks: int
) -> None:
    assert len(attempt(page_report(before), page_report(now)).breaks) == breaks


def test_a_page_that_lost_more_of_what_holds_for_all_pages_is_better_than_one_that_lost_what_was_given() -> None:
    before = report(a=("base", "pass"), b=("base", "pass"), c=("given", "pass"))
    mild = attempt(before, report(a=("base", "fail"), b=("base", "fail"), c=("given", "pass")))
    grave = attempt(before, report(a=("base", "pass"), b=("base", "pass"), c=("given", "fail")))
    assert mild.is_better_than(grave)


@pytest.mark.parametrize(
    ("visit", "assertion", "is_broken"),
    [
        (Visit(problem="the page is blank"), PageLoads(), True),
        (Visit(problem="the page is blank"), JS, False),
        (Visit(status=404), PageLoads(), True),
        (Visit(status=200, exceptions=("Error: oops",)), CONSOLE, True),
        (Visit(status=200, console_errors=("not nice",)), CONSOLE, False),
    ],
)
def test_blank_not_loading_and_throwing_is_broken(visit: Visit, assertion: InPage, is_broken: bool) -> None:
    verdict = page_verdict(assertion, visit)
    assert (verdict.state, verdict.is_broken) == ("fail", is_broken)


class FakeSite:
    """A site on which everything is true."""

    def __init__(self) -> None:
        self.visits = 0

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        return [self._visit(plan) if has_time() else None for plan in plans]

    def _visit(self, plan: VisitPlan) -> Visit:
        self.visits += 1
        return Visit(status=200, answers={question.key: Seen(holds=True) for question in plan.questions})


def trial(current: Mapping[str, bytes] | None = None, elapsed: float = 10, **changes: Any) -> Trial:
    task = {
        "email": "a@example.org",
        "task": "t",
        "nonce": "n",
        "brief": "A page.",
        "evaluation_url": "https://evaluator.example/",
        "round": 2,
    }
    request = BuildRequest(build_id="0" * 20, task_key="1" * 20, received_at=RECEIVED, task=Task.model_validate(task))
    inputs = Inputs(request, Attached({}, ()), current or {})
    contract = Contract(assertions=(JS, PageLoads(origin="base", sentence="It loads.")))
    deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + elapsed)
    console = changes.pop("console", Console(io.StringIO()))
    values = {"open_site": lambda candidate: FakeSite(), **changes}
    return Trial(inputs, contract, Tools(ScriptedModel(), GuardedHttp(), console, deadline, "owner", **values))


def states(found: Report) -> list[State]:
    return [result.verdict.state for result in found.results]


def test_an_attempt_is_the_whole_site_with_its_report() -> None:
    made = trial()
    made.made = {"made.csv": b"a\n"}
    attempt = made(1, Draft({"index.html": b"<p>"}))
    assert set(attempt.files) == {"index.html", "README.md", "LICENSE", "made.csv"}
    assert states(attempt.report) == ["pass", "pass"]


def test_a_browser_that_does_not_start_is_asked_once_and_said() -> None:
    def fail(candidate: Candidate) -> Site:
        raise NoBrowser("It does not start.", "x", "y")

    log = io.StringIO()
    prove = trial(open_site=fail, console=Console(log))
    for number in (1, 2):
        assert states(prove(number, Draft()).report) == ["unclear", "unclear"]
    assert log.getvalue().count("It does not start.") == 1


@pytest.mark.parametrize(("elapsed", "visits"), [(334, 1), (336, 0)])
def test_no_visit_begins_that_could_take_the_time_of_publishing(elapsed: float, visits: int) -> None:
    site = FakeSite()
    attempt = trial(open_site=lambda candidate: site, elapsed=elapsed)(1, Draft())
    assert site.visits == visits
    assert states(attempt.report) == ["pass" if visits else "unclear"] * 2


def test_beyond_the_bound_nothing_is_run() -> None:
    assert trial(budget=Budget(candidates=0))(1, Draft()).report == Report()


def test_the_current_page_is_looked_at_only_when_there_is_one() -> None:
    with_page, without = trial({"index.html": b"<p>"}), trial()
    with_page.look_back()
    without.look_back()
    assert with_page.before is not None
    assert without.before is None


def test_what_holds_no_secret_is_better_than_what_fulfills_more() -> None:
    leaking = Attempt(1, Draft(), {"index.html": b"<p>x"}, report(a=("given", "pass")), is_public=False)
    clean = Attempt(2, Draft(), {"index.html": b"<p>x"}, report(a=("given", "fail")))
    assert clean.is_better_than(leaking)
    assert not leaking.is_better_than(clean)
