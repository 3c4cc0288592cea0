"""What only a run can bring: unclear before the push, settled after it, and English checks that speak of it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from action.contract.assertion import ASSERTION, Assertion
from action.contract.compile import compile_contract
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.kinds_runs import program_ran
from action.contract.rules import Names, read_check
from action.contract.run_verdicts import contract_at, run_verdict, served_verdict, settle
from action.contract.verdict import Candidate
from action.contract.visit import Answer, FailedRequest, Visit, VisitPlan
from action.record import AssertionRecord, ContractRecord, RunSeen
from receiver.task import Task

CI = ".github/workflows/ci.yml"
WITH_WORKFLOW = {"index.html": b"<p>", CI: b"on: push\njobs: {a: {steps: [{run: ruff check .}]}}"}
SHELL = "shell: /usr/bin/bash -e {0}\n##[endgroup]\n"  # how GitHub ends what it writes before a step
LOG = f"##[group]Run ruff check .\nruff check .\n{SHELL}All checks passed!"
BOTH = f"##[group]Run pip install ruff\npip install ruff\nruff check . && echo clean\n{SHELL}"
FAILED = "\n##[error]Process completed with exit code 1."


def an(kind: str, **values: Any) -> Assertion:
    return ASSERTION.validate_python({"kind": kind, **values})


RUN = an("run_succeeds")
SERVED = an("page_serves_file", file="result.json")


def state(assertion: Assertion, files: dict[str, bytes], *others: Assertion) -> str:
    report = evaluate(Contract(assertions=(assertion, *others)), Candidate(files), None).report
    return report.results[0].verdict.state


@pytest.mark.parametrize("assertion", [RUN, SERVED, an("run_log_contains", ran="ruff")])
def test_before_the_push_it_is_unclear_with_a_workflow_and_fails_without_one(assertion: Assertion) -> None:
    assert state(assertion, WITH_WORKFLOW) == "unclear"
    assert state(assertion, {"index.html": b"<p>", ".github/workflows/pages.yml": b"jobs: {}"}) == "fail"


def test_a_file_that_is_committed_will_be_served() -> None:
    assert state(SERVED, {"result.json": b"{}"}) == "pass"


@pytest.mark.parametrize(
    "assertion", [an("json_at", file="result.json", at="n", type="number"), an("file_exists", file="result.json")]
)
def test_the_content_of_a_file_that_a_run_makes_is_unclear(assertion: Assertion) -> None:
    assert state(assertion, WITH_WORKFLOW, SERVED) == "unclear"
    assert state(assertion, WITH_WORKFLOW) == "fail"


def test_a_link_to_a_file_that_a_run_makes_leads_somewhere() -> None:
    files = {**WITH_WORKFLOW, "index.html": b'<a href="result.json">it</a>'}
    assert state(an("links_resolve"), files, SERVED) == "pass"
    assert state(an("links_resolve"), files) == "fail"


class EarlySite:
    """A page that asks for a file before a run has made it."""

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit]:
        return [early_visit(plan) for plan in plans]


def early_visit(plan: VisitPlan) -> Visit:
    request = FailedRequest("http://localhost:1/repo/result.json", "404", "site", "fetch")
    answers = {question.key: Answer(holds=False, actual="false") for question in plan.questions}
    return Visit(status=200, answers=answers, console_errors=("404",), failed_requests=(request,))


def test_what_a_page_cannot_show_yet_is_not_its_fault() -> None:
    asserted = (an("no_console_errors"), an("js", expression="shown === 3"), SERVED)
    seen = evaluate(Contract(assertions=asserted), Candidate(WITH_WORKFLOW, site_path="/repo/"), EarlySite())
    assert [result.verdict.state for result in seen.report.results] == ["unclear"] * 3
    assert seen.report.is_perfect, "nothing to repair: the file comes with the run"
    seen = evaluate(Contract(assertions=asserted[:2]), Candidate(WITH_WORKFLOW, site_path="/repo/"), EarlySite())
    assert [result.verdict.state for result in seen.report.results] == ["fail"] * 2


OK = RunSeen(CI, "success", "url", ("Check out", "Lint it"), LOG)


@pytest.mark.parametrize(
    ("assertion", "run", "expected"),
    [
        (RUN, OK, "pass"),
        (RUN, RunSeen(CI, "failure"), "fail"),
        (RUN, RunSeen(CI, "in_progress"), "unclear"),
        (an("run_succeeds", file=".github/workflows/other.yml"), OK, "fail"),
        (an("run_log_contains", text="all checks PASSED"), OK, "pass"),
        (an("run_log_contains", text="nothing of it"), OK, "fail"),
        (an("run_log_contains", text="ruff check"), OK, "fail"),
        (an("run_log_contains", text="clean"), RunSeen(CI, "success", "", (), f"{BOTH}clean"), "pass"),
        (an("run_log_contains", text="clean"), RunSeen(CI, "failure", "", (), f"{BOTH}{FAILED}"), "fail"),
        (an("run_log_contains", step="lint"), OK, "pass"),
        (an("run_log_contains", step="Deploy"), OK, "fail"),
        (an("run_log_contains", ran="ruff"), OK, "pass"),
        (an("run_log_contains", ran="ruff"), RunSeen(CI, "failure", "", (), LOG), "pass"),
        (an("run_log_contains", ran="ruff"), RunSeen(CI, "success", "", ("Lint",), None), "unclear"),
        (an("run_log_contains", text="x"), RunSeen(CI, "cancelled", "", (), "y", ("test",)), "unclear"),
        (an("run_log_contains", text="y"), RunSeen(CI, "cancelled", "", (), "y", ("test",)), "pass"),
        (an("run_log_contains", text="x"), RunSeen(CI, "in_progress", "", (), "y"), "unclear"),
    ],
)
def test_verdicts_on_runs(assertion: Assertion, run: RunSeen, expected: str) -> None:
    verdict = run_verdict(assertion, [run])
    assert verdict
    assert verdict.state == expected


def test_no_run_at_all_and_other_kinds() -> None:
    verdict = run_verdict(RUN, [])
    assert verdict
    assert verdict.state == "fail"
    assert run_verdict(SERVED, [OK]) is None
    assert run_verdict(an("license_is_mit"), [OK]) is None


@pytest.mark.parametrize(
    ("log", "ran"),
    [
        ("ruff check .", True),
        ("python -m ruff check", True),
        ("uvx ruff check", True),
        ("a && ruff check", True),
        ("pip install ruff", False),
        ("Successfully installed ruff-0.5", False),
        ("ruff check .\nx.sh: line 1: ruff: command not found", False),
        ("python -m ruff\nNo module named ruff", False),
        ("", False),
        (LOG, True),
        (f"{LOG}{FAILED}", True),
        (f"{BOTH}Successfully installed ruff-0.5\nAll checks passed!", True),
        (f"{BOTH}ERROR: No matching distribution found for ruff{FAILED}", False),
        (f"{BOTH}x.py:1:1: F401\n$ ruff check .{FAILED}", False),
        (f"{BOTH}x.py:1:1: F401\n/home/x/.venv/bin/ruff found 1 error{FAILED}", True),
        (f"##[group]Run true || ruff check .\ntrue || ruff check .\n{SHELL}", False),
        (f"##[group]Run pip install ruff && ruff .\npip install ruff && ruff .\n{SHELL}{FAILED}", False),
        (f"##[group]Run make\nmake\n{SHELL}##[group]Run the checks\nruff check .\n##[endgroup]", True),
        ("##[group]Run actions/x@v1\nwith:\n  command: ruff check\n##[endgroup]\ndone", False),
        (f"{LOG.replace('ruff', 'mypy')}\n##[group]Run ruff\nnever ended", True),
    ],
)
def test_a_program_that_is_only_installed_has_not_run(log: str, ran: bool) -> None:
    assert program_ran("ruff", log) is ran


def test_served_files_are_read_as_if_they_were_committed() -> None:
    candidate = Candidate(WITH_WORKFLOW, generated=frozenset({"result.json"}))
    number = an("json_at", file="result.json", at="n", type="number")
    for served, expected in (
        ({"result.json": b'{"n": 1}'}, "pass"),
        ({"result.json": b'{"n": "1"}'}, "fail"),
        ({}, "fail"),
    ):
        verdict = served_verdict(number, candidate, served)
        assert verdict
        assert verdict.state == expected
    assert served_verdict(SERVED, candidate, {"result.json": b""}) is not None
    assert served_verdict(an("file_exists", file="index.html"), candidate, {}) is None
    assert served_verdict(RUN, candidate, {}) is None


class Stored:
    """A commit with one file."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content

    def read(self, commit: str, path: str) -> bytes | None:
        return self.content


def test_the_record_gets_the_late_verdicts() -> None:
    contract = contract_at(Stored(Contract(assertions=(RUN, SERVED)).for_storage()), "c")
    assert contract
    entries = [
        AssertionRecord(
            id=a.id, kind=a.kind, origin="given", round=1, sentence="s", states=["unclear"], state="unclear"
        )
        for a in contract.assertions
    ]
    record = ContractRecord(assertions=entries)
    settle(record, contract, lambda assertion: run_verdict(assertion, [RunSeen(CI, "failure")]))
    assert [entry.state for entry in record.assertions] == ["fail", "unclear"]
    assert "ended with failure" in record.assertions[0].found
    assert contract_at(Stored(None), "c") is None
    assert contract_at(Stored(b"["), "c") is None


def test_a_wish_for_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        an("run_log_contains")


ABSENT_AND_SERVED = ["file_absent", "page_serves_file"]


@pytest.mark.parametrize(
    ("check", "kinds"),
    [
        ("The workflow run succeeds", ["run_succeeds"]),
        ("CI passes", ["run_succeeds"]),
        ("The workflow .github/workflows/ci.yml completes successfully", ["run_succeeds"]),
        ("The log shows that ruff ran", ["workflow", "run_log_contains"]),
        ("ruff runs in CI", ["workflow", "run_log_contains"]),
        ("GitHub Action push workflow runs ruff and shows results in CI log", ["workflow", "run_log_contains"]),
        ("Ruff results are shown in the CI log", ["workflow", "run_log_contains"]),
        ('The step "Lint" ran', ["workflow", "run_log_contains"]),
        ('The log of the workflow shows "3 files"', ["run_log_contains"]),
        ("result.json is published via GitHub Pages", ["page_serves_file"]),
        ("The page serves result.json that the run generated", ["page_serves_file"]),
        ("result.json is not committed", ["file_absent"]),
        ("result.json must not be committed", ["file_absent"]),
        ("result.json is not committed but served", ABSENT_AND_SERVED),
        ("result.json is generated in CI and not committed", ABSENT_AND_SERVED),
        ("The workflow runs on push", ["workflow"]),
        ('The workflow runs "python x.py"', ["workflow"]),
        ("The page shows the log", []),
        ("The workflow runs well", []),
    ],
)
def test_english_checks(check: str, kinds: list[str]) -> None:
    assert [assertion.kind for assertion in read_check(check, Names())] == kinds


def test_a_brief_that_keeps_a_file_out_of_the_commit() -> None:
    brief = "Add a GitHub Action that runs make.py > result.json and publishes result.json. Do not commit result.json."
    task = Task(email="a@b.c", task="t", round=1, nonce="n", brief=brief, evaluation_url="https://example.com/")
    about = [a.kind for a in compile_contract(task).assertions if getattr(a, "file", None) == "result.json"]
    assert about == ABSENT_AND_SERVED
