"""Pages that stay open: they take up what is new, and watch GitHub's runs as far as GitHub allows."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bench.static_server import served
from dashboard.render import render
from dashboard.settings import Config
from tests.embedded.dashboard.visitor import Visitor
from tests.unit.action.ledger.example_ledger import SALES, START, opaque, write_example

pytestmark = pytest.mark.timeout(240)
API = "https://api.github.example"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
}
RUNS = f"{API}/repos/owner/runner/actions/runs"
FEEDBACK_BUILD = opaque("sum-of-sales build 155")


class Lively:
    """A dashboard that changes, and a GitHub that answers what a test says."""

    def __init__(self, folder: Path) -> None:
        self.ledger, self.out = write_example(folder / "ledger"), folder / "out"
        self.asked: list[str] = []
        self.runs: list[dict[str, Any]] = []
        self.refusal: tuple[int, dict[str, str]] | None = None
        self.render()

    def render(self) -> None:
        """Render what the ledger holds now."""
        render(self.ledger, self.out, Config(api_url=API, runner="owner/runner", refresh_seconds=1))

    def add_message(self, text: str) -> None:
        """Let somebody say something."""
        source = next((self.ledger / "tasks" / SALES / "messages").iterdir())
        name = opaque(text)
        message = {**json.loads(source.read_text()), "id": name, "text": text, "at": f"{START:%Y-%m-19T%H:%M:%SZ}"}
        source.with_name(f"{name}.json").write_text(json.dumps(message))

    def add_build(self, build: str, key: str = SALES) -> None:
        """Let the record of a third round of the sales arrive, or of the first one of another task."""
        source = next((self.ledger / "tasks" / SALES / "builds").glob("*/101-1.json"))
        record = {**json.loads(source.read_text()), "build_id": build, "task_key": key, "round": 3}
        record |= {"received_at": "2026-11-19T10:00:00Z", "run": None, "screenshots": []}
        target = self.ledger / "tasks" / key / "builds" / build / "200-1.json"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(record))

    def answer(self, route: Route) -> None:
        """Answer as GitHub's API does."""
        self.asked.append(route.request.url)
        if self.refusal:
            status, headers = self.refusal
            return route.fulfill(status=status, headers={**CORS, **headers}, json={"message": "no"})
        if route.request.url.startswith(f"{RUNS}/"):
            return route.fulfill(headers=CORS, json={"jobs": [JOB]})
        return route.fulfill(headers=CORS, json={"total_count": len(self.runs), "workflow_runs": self.runs})


def run(number: int, build: str, status: str = "in_progress", task: str = "") -> dict[str, Any]:
    return {
        "id": number,
        "path": ".github/workflows/build.yml",
        "display_title": f"build {build}{f' · task {task} round 3' if task else ''}",
        "status": status,
        "html_url": f"https://github.example/owner/runner/actions/runs/{number}",
        "run_started_at": f"{START:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": datetime.now(UTC).isoformat(),
    }


JOB = {
    "name": "Write the files",
    "status": "in_progress",
    "conclusion": None,
    "html_url": "https://github.example/job/1",
    "steps": [
        {"name": "Check out the code", "status": "completed", "conclusion": "success"},
        {"name": "Ask the model for the files", "status": "in_progress", "conclusion": None},
        {"name": "Hand the files over", "status": "queued", "conclusion": None},
    ],
}


@pytest.fixture
def lively(tmp_path: Path) -> Lively:
    return Lively(tmp_path)


@pytest.fixture
def visitor(browser: Browser, lively: Lively) -> Iterator[Visitor]:
    with served(lively.out) as address:
        visitor = Visitor(browser, address)
        visitor.expected = ["^another origin: https://api.github.example/", "Failed to load resource"]
        yield visitor
    assert visitor.complaints == []


def watched(page: Page, lively: Lively, address: str) -> None:
    """Open a page while the test answers for GitHub."""
    page.route(f"{API}/**", lively.answer)
    page.goto(address)


def test_overview__takes_up_what_is_new_and_says_so(visitor: Visitor, lively: Lively) -> None:
    with visitor.context(timezone_id="UTC") as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}index.html")
        page.get_by_text("The same as a table").click()
        page.get_by_role("link", name="trail-signs").focus()
        expect(page.locator("table.tasks tbody a").last).to_have_text("sum-of-sales")
        lively.add_message("Something new about the sales.")
        lively.render()
        expect(page.locator("#news")).to_have_text("Updated: 3 tasks, 5 builds")
        assert page.locator("table.tasks tbody a").first.text_content() == "sum-of-sales"
        expect(page.locator("details")).to_have_attribute("open", "")
        expect(page.locator("a:focus")).to_have_text("trail-signs")
        expect(page.locator("time").first).to_have_attribute("title", "19 Nov 2026, 09:00")


def test_task__takes_up_what_is_new_and_leaves_the_reader_in_place(visitor: Visitor, lively: Lively) -> None:
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}task.html?key={SALES}")
        page.locator(".files button", has_text="README.md").click()
        expect(page.locator(".viewer h3")).to_have_text("README.md")
        lively.add_message("The evaluator is content now.")
        lively.render()
        expect(page.locator("#timeline")).to_contain_text("The evaluator is content now.")
        expect(page.locator("#news")).to_contain_text("Updated: 0 new builds, 1 new messages.")
        expect(page.locator(".viewer h3")).to_have_text("README.md")
        expect(page.locator(".files button:focus")).to_contain_text("README.md")


def test_runs__are_watched_with_their_steps_until_they_are_over(visitor: Visitor, lively: Lively) -> None:
    lively.runs = [run(7, "a" * 20), run(8, "b" * 20, "queued"), run(9, "c" * 20, "completed")]
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}index.html")
        panel = page.locator("#running")
        expect(panel.locator(".runs > li")).to_have_count(2)
        expect(panel.locator("[data-run='7']")).to_contain_text("Running")
        expect(panel.locator("[data-run='7'] a").first).to_have_attribute("href", lively.runs[0]["html_url"])
        expect(panel.locator("[data-run='7'] .step.in_progress").last).to_have_text(
            "Ask the model for the files: under way"
        )
        expect(panel.locator("[data-run='8']")).to_contain_text("Waiting")
        expect(page.locator("#card-running b")).to_have_text("2")
        lively.runs = []
        expect(panel).to_be_hidden()
        expect(page.locator("#card-running b")).to_have_text("0")
        expect(page.locator("#news")).to_contain_text(f"Over: build {'a' * 20}")
    assert all(url.startswith(RUNS) for url in lively.asked)


def test_task__shows_its_own_build_until_its_results_are_here(visitor: Visitor, lively: Lively) -> None:
    build = "d" * 20
    lively.runs = [run(7, "a" * 20, task="e" * 20), run(8, build, task=SALES)]
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}task.html?key={SALES}")
        shown = page.locator("#running .runs > li")
        expect(shown).to_have_attribute("data-build", build)
        expect(shown).to_contain_text("Running")
        expect(shown.locator(".step.in_progress").last).to_have_text("Ask the model for the files: under way")
        page.locator(".round[data-round='1'] > summary").click()
        lively.runs = [run(8, build, "completed", task=SALES)]
        expect(shown).to_contain_text("Collecting results…")
        lively.add_build(build)
        lively.render()
        expect(page.locator("#running")).to_be_hidden()
        rounds = page.locator(".round")
        expect(rounds.first).to_have_attribute("data-round", "3")
        assert rounds.evaluate_all("all => all.map(each => each.open)") == [True] * 3  # what was open stays open


def test_task__that_is_not_collected_yet__shows_its_build_and_then_itself(visitor: Visitor, lively: Lively) -> None:
    key, build = "e" * 20, "d" * 20
    lively.runs = [run(8, build, task=key)]
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}task.html?key={key}")
        expect(page.locator("main")).to_contain_text("There is no such task")
        expect(page.locator("#running .runs > li")).to_contain_text("Running")
        lively.runs = [run(8, build, "completed", task=key)]
        expect(page.locator("#running .runs > li")).to_contain_text("Collecting results…")
        lively.add_build(build, key)
        lively.render()
        expect(page.get_by_role("heading", level=1)).to_have_text("sum-of-sales")


def test_task__a_build_that_ended_long_ago__is_waited_for_no_more(visitor: Visitor, lively: Lively) -> None:
    lively.runs = [{**run(8, "d" * 20, "completed", task=SALES), "updated_at": "2026-11-16T09:00:00Z"}]
    lively.runs.append(run(7, FEEDBACK_BUILD))
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}task.html?key={SALES}")
        expect(page.locator("#running .runs > li")).to_have_attribute("data-build", FEEDBACK_BUILD)


def test_task__shows_the_runs_that_are_about_it(visitor: Visitor, lively: Lively) -> None:
    lively.runs = [run(7, "a" * 20), run(8, FEEDBACK_BUILD)]
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}task.html?key={SALES}")
        expect(page.locator("#running .runs > li")).to_have_count(1)
        expect(page.locator("#running .runs > li")).to_have_attribute("data-build", FEEDBACK_BUILD)


@pytest.mark.parametrize(
    ("status", "headers", "says"),
    [
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1800)}, "used up. Watching"),
        (429, {"Retry-After": "90"}, "are used up. Watching goes on at"),
        (404, {}, "the runner repository is private"),
        (500, {}, "GitHub does not answer. It is asked again in a minute."),
    ],
)  # fmt: skip
def test_what_is_in_the_way__is_said_and_respected(
    visitor: Visitor, lively: Lively, status: int, headers: dict[str, str], says: str
) -> None:
    lively.refusal = (status, headers)
    with visitor.context() as context:
        page = context.new_page()
        watched(page, lively, f"{visitor.address}index.html")
        expect(page.locator("#running-state")).to_contain_text(says)
        page.wait_for_timeout(2_500)
        assert len(lively.asked) == 1
        expect(page.locator("#card-running b")).to_have_text("0")


def test_a_hidden_tab__asks_nobody_until_it_is_seen_again(visitor: Visitor, lively: Lively) -> None:
    with visitor.context() as context:
        page = context.new_page()
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        watched(page, lively, f"{visitor.address}index.html")
        page.wait_for_timeout(2_500)
        see(page, hidden=True)
        page.wait_for_timeout(1_500)  # what was under way ends
        asked = len(lively.asked), len(fetched)
        page.wait_for_timeout(3_000)
        assert (len(lively.asked), len(fetched)) == asked
        see(page, hidden=False)
        page.wait_for_timeout(1_500)
        assert len(lively.asked) > asked[0]
        assert len(fetched) > asked[1] + 1


def see(page: Page, *, hidden: bool) -> None:
    """Let the page believe that its tab was put away or brought back."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')) }",
        hidden,
    )
