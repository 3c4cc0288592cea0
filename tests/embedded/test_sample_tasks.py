"""Every check of the sample tasks passes on a solution in `bench/references`, and fails on an unrelated page."""

import json
import os
from collections.abc import Iterator

import pytest

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.contract.compile import followed_data
from action.contract.contract import Contract, labelled
from action.contract.evaluate import always, evaluate
from action.contract.from_brief import told_steps
from action.contract.verdict import Candidate
from action.contract.visit import Question, VisitPlan
from action.generate.task_template import SeededTask
from bench.judge import compiled, verdicts
from bench.references import reference_candidate
from bench.task_file import load_variants

pytestmark = pytest.mark.references
TASKS = load_variants("a test")
UNRELATED = b"<!doctype html><title>Page</title><h1>Hello</h1><script>const a = 1;</script>"
WHICH_HOLD = """(async () => {
    const holds = async text => { try { return !!(await (0, eval)(text)) } catch { return false } };
    const texts = %s, states = await Promise.all(texts.map(holds));
    return states.some(Boolean) ? texts.filter((text, i) => states[i]).join(" and ") : true;
})()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    with PageBrowser(find_browser(), os.environ) as started:
        yield started


@pytest.mark.parametrize("until", [1, 2])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.id} {task.variants[1]}")
def test_a_reference_passes_every_check_and_keeps_the_earlier_ones(
    task: SeededTask, until: int, browser: PageBrowser
) -> None:
    candidate = reference_candidate(task, until)
    results = verdicts(compiled(task, until), candidate, browser.open(candidate))
    assert [result for result in results if result.state != "pass"] == []


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.id} {task.variants[1]}")
def test_what_is_tried_besides_the_checks_raises_no_alarm_on_a_reference(
    task: SeededTask, browser: PageBrowser
) -> None:
    candidate = reference_candidate(task, 2)
    briefs = [found for each in task.rounds for found in told_steps(each.brief)]
    tried = labelled([*briefs, *followed_data(candidate.attachments)], "inferred", 2)
    results = evaluate(Contract(assertions=(*tried,)), candidate, browser.open(candidate)).report.results
    assert [str(result) for result in results if result.verdict.state == "fail"] == []
    told = {found.id for found in briefs}
    assert all(result.verdict.state == "pass" for result in results if result.assertion.id in told)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.id} {task.variants[1]}")
def test_an_unrelated_page_fails_every_check_in_english(task: SeededTask, browser: PageBrowser) -> None:
    attached = task.attachments_until(2)
    candidate = Candidate({"index.html": UNRELATED, **attached}, attached, "/site/")
    english = [each for each in compiled(task, 2) if not each[1].startswith("js:")]
    assert [result for result in verdicts(english, candidate, browser.open(candidate)) if result.state != "fail"] == []


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.id} {task.variants[1]}")
def test_an_unrelated_page_fails_every_check_in_javascript(task: SeededTask, browser: PageBrowser) -> None:
    attached = task.attachments_until(2)
    expressions = [check.js for each in task.rounds for check in each.given() if check.js]
    site = browser.open(Candidate({"index.html": UNRELATED, **attached}, attached, "/site/"))
    question = Question("all", WHICH_HOLD % json.dumps(expressions), strict=True)
    (visit,) = site.visit_all([VisitPlan(questions=(question,))], always)
    assert visit
    assert visit.answers["all"].holds, visit.answers["all"].actual
