"""Every kind of assertion can pass, fail with what was found, and stay unclear with a reason; and it says itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from action.contract.assertion import ASSERTION, KINDS, Advice, Assertion, InPage, OfFiles, OfRuns
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.model_checks import ALLOWED
from action.contract.run_verdicts import run_verdict
from action.contract.verdict import Candidate, Verdict
from action.contract.visit import Answer, FailedRequest, Site, Visit, VisitPlan
from action.record import RunSeen

MIT = (
    b"MIT License. Permission is hereby granted, free of charge, to any person obtaining a copy ... the above "
    b"copyright notice and this permission notice shall be included ... "
    b'the software is provided "as is", without warranty of any kind'
)
CI = ".github/workflows/ci.yml"
WORKFLOW = b"on: push\njobs: {a: {steps: [{name: Lint, run: ruff check}]}}"
AWAY = FailedRequest("https://cdn.example/x.js", "its name does not resolve", "unreachable", "fetch")


@dataclass(frozen=True)
class Case:
    """`good` and `bad` are files of a candidate; `absent` is what makes the verdict unclear."""

    parameters: Mapping[str, Any]
    good: Mapping[str, bytes]
    bad: Mapping[str, bytes]
    found: str  # what is said of the bad one


FILES = {
    "file_exists": Case({"file": "a.txt"}, {"a.txt": b"x"}, {}, "does not exist"),
    "file_absent": Case({"file": "a.txt"}, {}, {"a.txt": b"x"}, "exists"),
    "json_at": Case(
        {"file": "a.json", "at": "b[0]", "type": "integer"},
        {"a.json": b'{"b": [1]}'},
        {"a.json": b'{"b": ["1"]}'},
        "type",
    ),
    "text_contains": Case({"file": "a.txt", "text": "Tea"}, {"a.txt": b"Tea"}, {"a.txt": b"tea"}, "does not contain"),
    "word_count": Case({"file": "a.txt", "maximum": 1}, {"a.txt": b"a"}, {"a.txt": b"a b"}, "2 words"),
    "valid_file": Case({"file": "a.json", "format": "json"}, {"a.json": b"{}"}, {"a.json": b"{,}"}, "not valid JSON"),
    "data_files_parse": Case({}, {"a.json": b"{}"}, {"a.json": b"{,}"}, "not valid JSON"),
    "links_resolve": Case(
        {},
        {"index.html": b"<a href=b.html>", "b.html": b"b"},
        {"index.html": b"<a href=b.html>"},
        "not among the files",
    ),
    "equals_attachment": Case(
        {"file": "a.csv", "attachment": "a.csv"}, {"a.csv": b"a,b\n1,2\n"}, {"a.csv": b"x"}, "differs"
    ),
    "converts_attachment": Case(
        {"file": "a.json", "attachment": "a.csv"},
        {"a.json": b'[{"a": 1, "b": 2}]'},
        {"a.json": b'[{"a": 1, "b": 3}]'},
        "",
    ),
    "license_is_mit": Case({}, {"LICENSE": MIT}, {"LICENSE": b"none"}, "does not contain"),
    "readme_sections": Case(
        {"sections": ["Usage"]},
        {"README.md": b"# A\n\n## How to use it\n"},
        {"README.md": b"# A\n"},
        "no section Usage",
    ),
    "source_text": Case({"text": "fetch("}, {"a.js": b"fetch(1)"}, {"a.js": b"get(1)"}, "contains"),
    "workflow": Case({"runs": "ruff"}, {CI: WORKFLOW}, {CI: WORKFLOW.replace(b"ruff", b"black")}, "has not"),
}
# What the run of a workflow has yet to make is unclear; these are about no single file, or about its absence.
NEVER_UNCLEAR = {
    *(
        "file_absent",
        "data_files_parse",
        "links_resolve",
        "license_is_mit",
        "readme_sections",
        "source_text",
        "workflow",
    ),
}
IN_PAGE: dict[str, Mapping[str, Any]] = {
    "js": {"expression": "true"},
    "page_loads": {},
    "no_console_errors": {},
    "page_title": {"equals": "A"},
    "page_text": {"contains": "A"},
    "page_words": {"minimum": 1},
    "element": {"selector": "#a"},
    "page_links": {"targets": ["b.html"]},
    "steps": {"steps": [{"do": "click", "on": "#a"}], "expect": [{"is": "visible", "on": "#b"}]},
    "follows_data": {"attachment": "a.csv"},
}
AFTER = {
    "run_succeeds": {},
    "run_log_contains": {"ran": "ruff"},
    "page_serves_file": {"file": "made.json"},
}


def make(kind: str, parameters: Mapping[str, Any]) -> Assertion:
    return ASSERTION.validate_python({"kind": kind, **parameters})


def verdict(assertion: Assertion, files: Mapping[str, bytes], site: Site | None = None) -> Verdict:
    candidate = Candidate(files, {"a.csv": b"a,b\n1,2\n"})
    return evaluate(Contract(assertions=(assertion,)), candidate, site).report.results[0].verdict


class OneVisit:
    """A site on which every question has the same answer."""

    def __init__(self, visit: Visit, *, holds: bool) -> None:
        self.visit, self.holds = visit, holds

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        keys = [q.key for plan in plans for q in plan.questions] + [plan.acting.id for plan in plans if plan.acting]
        answer = Answer(holds=self.holds, actual="" if self.holds else "it is not")
        return [replace(self.visit, answers=dict.fromkeys(keys, answer)) for _ in plans]


def test_every_kind_is_in_one_of_the_tables() -> None:
    kinds = {str(kind.model_fields["kind"].default) for kind in KINDS}
    assert kinds == {*FILES, *IN_PAGE, *AFTER, "advice"}
    assert kinds > ALLOWED


@pytest.mark.parametrize("kind", FILES)
def test_files__pass_and_fail_with_what_was_found(kind: str) -> None:
    case = FILES[kind]
    assertion = make(kind, case.parameters)
    assert isinstance(assertion, OfFiles)
    assert verdict(assertion, case.good).state == "pass"
    bad = verdict(assertion, case.bad)
    assert (bad.state, bool(bad.actual)) == ("fail", True)
    assert case.found in bad.actual


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind not in NEVER_UNCLEAR])
def test_files__what_a_run_has_yet_to_make_is_unclear(kind: str) -> None:
    assertion = make(kind, FILES[kind].parameters)
    served = make("page_serves_file", {"file": FILES[kind].parameters["file"]})
    contract = Contract(assertions=(assertion, served))
    found = evaluate(contract, Candidate({CI: WORKFLOW}, {"a.csv": b"a,b\n1,2\n"}), None).report.results[0].verdict
    assert (found.state, "after the push" in found.detail) == ("unclear", True)


@pytest.mark.parametrize("kind", IN_PAGE)
def test_pages__pass_and_fail_and_are_unclear_without_a_browser_or_without_the_network(kind: str) -> None:
    assertion = make(kind, IN_PAGE[kind])
    assert isinstance(assertion, InPage)
    good, broken = Visit(status=200), Visit(status=500, exceptions=("Error: x",))
    assert verdict(assertion, {}, OneVisit(good, holds=True)).state == "pass"
    assert verdict(assertion, {}, OneVisit(broken, holds=False)).state == "fail"
    assert verdict(assertion, {}, None).state == "unclear"
    cut_off = replace(good, exceptions=("x is not defined",), failed_requests=(AWAY,))
    states = {verdict(assertion, {}, OneVisit(cut_off, holds=False)).state}
    assert states == ({"pass"} if kind == "page_loads" else {"unclear"})


@pytest.mark.parametrize("kind", AFTER)
def test_runs__unclear_before_the_push_with_a_workflow_and_failing_without_one(kind: str) -> None:
    assertion = make(kind, AFTER[kind])
    assert verdict(assertion, {CI: WORKFLOW}).state == "unclear"
    assert verdict(assertion, {}).state == "fail"
    if not isinstance(assertion, OfRuns):
        assert verdict(assertion, {"made.json": b"{}"}).state == "pass"
        return
    seen = RunSeen(CI, "success", log="##[group]Run ruff check")
    for run, state in (
        (seen, "pass"),
        (replace(seen, conclusion="failure", log="nothing"), "fail"),
        (replace(seen, conclusion="in_progress", log=None), "unclear"),
    ):
        found = run_verdict(assertion, [run])
        assert found is not None
        assert found.state == state
    none = run_verdict(assertion, [])
    assert none is not None
    assert none.state == "fail"


def test_advice_is_always_unclear() -> None:
    assert verdict(Advice(question="Is it nice?"), {}).state == "unclear"


@pytest.mark.parametrize("kind", [*FILES, *IN_PAGE, *AFTER])
def test_every_kind_says_itself_in_one_sentence(kind: str) -> None:
    tables = {**{name: case.parameters for name, case in FILES.items()}, **IN_PAGE, **AFTER}
    words = make(kind, tables[kind]).in_words()
    assert words.endswith(".")
    assert words[0] == words[0].upper()
    assert "{" not in words
