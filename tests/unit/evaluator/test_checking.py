"""How a submission is judged: when to wait, what counts when something is missing, and who is to blame."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests
import responses

from action.contract.compile import read_one
from action.contract.contract import Contract, Report
from action.contract.evaluate import evaluate
from action.contract.rules import Names
from action.contract.verdict import Candidate
from action.record import RunSeen
from action.site.files import license_text
from evaluator.callbacks import Inbox
from evaluator.checking import SECONDS_BETWEEN_LOOKS, Checker
from evaluator.db import Store
from evaluator.gradebook import Gradebook, Submission, protocol_marks
from evaluator.marks import Mark
from evaluator.page import SHOWN
from evaluator.queue import Request
from evaluator.repository import Ages, RepositoryProblem, Snapshot
from evaluator.repository_marks import PUBLIC, RepositoryRules
from evaluator.workflow_runs import verdicts_after_push
from receiver.task import Check
from tests.unit.evaluator.doubles import SHA, Clock, callback_for

FILES = {"index.html": b"<title>x</title><p>hi", "notes.txt": b"lark", "LICENSE": license_text("Ann", 2027)}


@dataclass
class Repos:
    """Returns a snapshot, or raises."""

    found: Snapshot | RepositoryProblem
    known: tuple[str, ...] = ()

    def read(self, repo_url: str, commit: str, *, known: Iterable[str], foreign: Iterable[bytes]) -> Snapshot:
        self.known = tuple(known)
        assert [body[:5] for body in foreign] == [b"bird,"]
        if isinstance(self.found, RepositoryProblem):
            raise self.found
        return self.found


@dataclass
class PageDouble:
    """Says what is wrong with a page, and serves files."""

    problems: list[str] = field(default_factory=list)
    served: dict[str, bytes] = field(default_factory=dict)

    def problem(self, pages_url: str, committed: bytes | None) -> str:
        return self.problems.pop(0) if self.problems else ""

    def fetch(self, pages_url: str, name: str) -> bytes | None:
        return self.served.get(name)


class AllVisited:
    """A browser that saw nothing: every assertion about the page is unclear."""

    def look(self, contract: Contract, candidate: Candidate, pages_url: str) -> Report:
        self.seen = (candidate.site_path, pages_url)
        return evaluate(contract, candidate, None).report


@pytest.fixture
def submission(asked: list[Request], inbox: Inbox, send: Callable[..., None], gradebook: Gradebook) -> Submission:
    send(asked[0])
    inbox.take(callback_for(asked[0]))
    return gradebook.read(asked[0].id)


Make = Callable[..., Checker]


@pytest.fixture
def make(gradebook: Gradebook, clock: Clock) -> Make:
    def made(found: Snapshot | RepositoryProblem, **changes: Any) -> Checker:
        values: dict[str, Any] = {
            "gradebook": gradebook,
            "repositories": Repos(found),
            "rules": RepositoryRules(Ages(requests.Session(), "https://api.github.example")),
            "pages": PageDouble(),
            "looks": AllVisited(),
            "critic": None,
            "runs": None,
            "seconds_for_page": 300,
            "now": clock,
        }
        return Checker(**{**values, **changes})

    return made


@pytest.fixture
def snapshot(clock: Clock) -> Snapshot:
    return Snapshot("ann/birds", FILES, {SHA: clock.time + 10})


@pytest.fixture(autouse=True)
def api() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get("https://api.github.example/repos/ann/birds", status=403)
        yield mock


def saved(store: Store) -> dict[str, tuple[str, str]]:
    return {
        row["check"]: (row["state"], row["reason"]) for row in store.rows('SELECT "check", state, reason FROM marks')
    }


def test_everything_that_can_be_decided_is_one_row(
    make: Make, snapshot: Snapshot, submission: Submission, store: Store
) -> None:
    checker = make(snapshot)
    checker.check(submission.id)
    rows = store.rows("SELECT origin, state FROM marks ORDER BY number")
    by_origin = {row["origin"]: [r["state"] for r in rows if r["origin"] == row["origin"]] for row in rows}
    assert list(by_origin) == ["protocol", "repository", "rule", "given", "model"]
    assert by_origin["protocol"] == ["pass", "pass"]
    assert by_origin["repository"] == ["pass"] * 5
    assert by_origin["model"] == ["not checked"] * 3
    marks = saved(store)
    assert marks["notes.txt exists"] == ("pass", "")
    assert marks["The page is a joy to look at"][0] == "not checked"
    assert [state for check, (state, _) in marks.items() if "birds.csv" in check] == ["fail"], (
        "the attachment is missing"
    )
    assert isinstance(checker.looks, AllVisited)
    assert checker.looks.seen == ("/ann/birds/", submission.pages_url)
    assert isinstance(checker.repositories, Repos)
    assert checker.repositories.known == ("ann-secret-value", submission.nonce)


@pytest.mark.parametrize("problems", [["the page answers 404"], ["", "the page is not the index.html of the commit"]])
def test_a_page_that_is_not_there_yet_is_waited_for__and_judged_as_it_is_in_the_end(
    make: Make,
    snapshot: Snapshot,
    submission: Submission,
    store: Store,
    gradebook: Gradebook,
    clock: Clock,
    problems: list[str],
) -> None:
    checker = make(snapshot, pages=PageDouble(list(problems)))
    checker.check(submission.id)
    assert (saved(store), gradebook.due()) == ({}, [])
    clock.time += SECONDS_BETWEEN_LOOKS
    assert gradebook.due() == [submission.id]
    clock.time += 300
    make(snapshot, pages=PageDouble(list(problems) * 3)).check(submission.id)
    assert gradebook.due() == []
    assert saved(store)


def test_a_repository_that_is_not_there_fails_and_so_does_what_it_should_hold(
    make: Make, submission: Submission, store: Store
) -> None:
    make(RepositoryProblem("not found", is_certain=True)).check(submission.id)
    marks = saved(store)
    assert marks[PUBLIC] == ("fail", "not found")
    assert marks["notes.txt exists"][0] == "fail"


def test_a_repository_that_cannot_be_read_for_now_is_tried_again__and_then_nobody_s_fault(
    make: Make, submission: Submission, store: Store, clock: Clock
) -> None:
    checker = make(RepositoryProblem("timeout", is_certain=False))
    checker.check(submission.id)
    assert saved(store) == {}
    clock.time += 301
    checker.check(submission.id)
    states = {state for check, (state, _) in saved(store).items() if check not in {"The endpoint answered 200"}}
    assert states == {"unclear", "pass"}
    assert saved(store)["notes.txt exists"][0] == "unclear"


def test_a_page_that_never_shows_the_commit_fails_for_that_reason__and_one_of_a_later_round_is_not_looked_at(
    make: Make, snapshot: Snapshot, submission: Submission, clock: Clock
) -> None:
    clock.time += 301
    pages = PageDouble(["the page answers 404"])
    shown = {mark.check: mark for mark in make(snapshot, pages=pages).marks(submission, []) or []}[SHOWN]
    assert (shown.state, shown.reason) == ("fail", "the page answers 404")
    marks = make(snapshot, pages=PageDouble(["x"])).marks(replace(submission, is_superseded=True), []) or []
    assert {mark.check: mark.state for mark in marks}[SHOWN] == "not checked"


def test_a_reason_that_repeats_the_student_s_secret_is_kept_without_it(
    make: Make, submission: Submission, store: Store
) -> None:
    make(RepositoryProblem("no branch ann-secret-value", is_certain=True)).check(submission.id)
    assert saved(store)[PUBLIC] == ("fail", "no branch ***")


def test_without_a_browser_it_is_said_that_pages_were_not_visited(
    make: Make, snapshot: Snapshot, submission: Submission, store: Store
) -> None:
    make(snapshot, looks=None).check(submission.id)
    not_checked = [check for check, (_, reason) in saved(store).items() if "browser is switched off" in reason]
    assert len(not_checked) == 3, not_checked
    assert saved(store)["notes.txt exists"][0] == "pass"


def test_a_round_whose_page_shows_a_later_one_is_judged_by_its_files_only(
    make: Make, snapshot: Snapshot, submission: Submission
) -> None:
    checker = make(snapshot, pages=PageDouble(["another page"]))
    marks = checker.marks(replace(submission, is_superseded=True), [])
    assert marks
    assert any(mark.state == "not checked" and "later round" in mark.reason for mark in marks)


def test_a_late_callback_and_a_request_that_was_not_answered_are_marked(
    make: Make, snapshot: Snapshot, submission: Submission
) -> None:
    late = replace(submission, is_late=True, accepted=False, received_at=submission.sent_at + 700)
    accepted, in_time = protocol_marks(late)
    assert (accepted.state, in_time.state) == ("fail", "fail")
    assert in_time.evidence == "700 s after the request"


def test_the_model_is_asked_with_the_files_and_the_undecidable_checks(
    make: Make, snapshot: Snapshot, submission: Submission, store: Store
) -> None:
    class Opinion:
        def marks(self, undecidable: Any, files: Any) -> list[Mark]:
            assert files == FILES
            return [Mark("model", wish.check, "fail", "ugly") for wish in undecidable]

    make(snapshot, critic=Opinion()).check(submission.id)
    assert saved(store)["The page is a joy to look at"] == ("fail", "ugly")


WORKFLOW = {**FILES, ".github/workflows/ci.yml": b"on: push\njobs: {a: {steps: [{run: make}]}}"}


def after_push(checks: list[str], served: dict[str, bytes], runs: list[RunSeen] | None) -> list[str]:
    """Return the states of checks that only a run can settle."""
    assertions = [each for check in checks for each in read_one(Check(text=check), Names())]
    assert assertions
    contract, candidate = Contract().plus(assertions), Candidate(WORKFLOW)
    read_runs = None if runs is None else lambda: runs
    verdict_on = verdicts_after_push(contract, candidate, served.get, read_runs)
    return [verdict.state if (verdict := verdict_on(each)) else "-" for each in contract.assertions]


def test_what_only_a_run_can_bring_is_settled_by_the_page_and_the_runs() -> None:
    good = RunSeen(".github/workflows/ci.yml", "success", log="ok")
    bad = replace(good, conclusion="failure")
    assert after_push(["The page serves data.json"], {"data.json": b"{}"}, None) == ["pass"]
    assert after_push(["The page serves data.json"], {}, None) == ["fail"]
    assert after_push(["The workflow succeeds"], {}, [good]) == ["pass"]
    assert after_push(["The workflow succeeds"], {}, [bad]) == ["fail"]
    assert after_push(["The workflow succeeds"], {}, None) == ["unclear"]
    assert after_push(["notes.txt exists"], {}, None) == ["-"]
