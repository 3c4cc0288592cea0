"""The whole way: a task is posted, watched live, opened, its versions compared, and its page visited."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.system.system import System
from tests.embedded.dashboard.visitor import DESKTOP, Visitor
from tests.embedded.senders import CallbackServer, Sender

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(1800)]
SOON_MS = 60_000
BUILD_MS = 560_000  # a build, and the run that collects and renders; the machine may be slow


@pytest.fixture
def sender(system_with_dashboard: System, callbacks: CallbackServer) -> Iterator[Sender]:
    sender = Sender(system_with_dashboard, callbacks)
    until = time.monotonic() + BUILD_MS / 1000
    while (
        sender.session.get(f"{system_with_dashboard.addresses.dashboard}api/stats.json", timeout=10).status_code != 200
    ):
        assert time.monotonic() < until, "the dashboard never appeared"
        time.sleep(1)
    yield sender
    sender.session.close()


def test_a_task__is_posted_watched_live_opened_compared_and_visited(browser: Browser, sender: Sender) -> None:
    addresses = sender.system.addresses
    visitor = Visitor(browser, addresses.dashboard)
    asked_and_visited = f"{re.escape(addresses.api)}/repos/|{re.escape(addresses.pages)}/"
    visitor.expected = [f"^another origin: ({asked_and_visited})", "Failed to load resource"]
    task = sender.task(brief='A page with the title "First words" and a file named data.json.')
    with visitor.context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(f"{addresses.dashboard}index.html")
        watch(page, sender.post(task))
        open_task(page, task["task"])
        sender.post({**task, "round": 2, "nonce": f"{task['nonce']}-2", "brief": 'Now the title is "Last words".'})
        compare(page)
        visit(page)
    assert visitor.complaints == []


def watch(page: Page, build_id: str) -> None:
    """See the build run, step by step, until it is over; nobody loads the page again."""
    run = page.locator(f"#running [data-build='{build_id}']")
    expect(run).to_be_visible(timeout=SOON_MS)
    expect(run.locator(".jobs .step.in_progress").first).to_be_visible(timeout=BUILD_MS)
    expect(run.locator(".jobs")).to_contain_text("Write the files")
    expect(run).to_be_hidden(timeout=BUILD_MS)


def open_task(page: Page, name: str) -> None:
    """Find the task among the newest ones when it was collected, and open it."""
    link = page.locator("table.tasks a", has_text=name)
    expect(link).to_be_visible(timeout=BUILD_MS)
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("#timeline")).to_contain_text("The callback was accepted")
    expect(page.locator("#checks .origin").first).to_be_visible()
    expect(page.locator("#screenshots img")).to_have_count(2, timeout=BUILD_MS)
    expect(page.get_by_role("link", name=re.compile("^Whole log of run"))).to_be_visible()


def compare(page: Page) -> None:
    """See round 2 arrive on the page that is open, and what it changed."""
    expect(page.locator("#timeline")).to_contain_text("Received round 2.", timeout=2 * BUILD_MS)
    changed = page.get_by_role("region", name="Changes in index.html")
    expect(changed.locator("tr.added", has_text="Last words").first).to_be_visible(timeout=BUILD_MS)
    expect(changed.locator("tr.removed", has_text="First words").first).to_be_visible()


def visit(page: Page) -> None:
    """Go to the page that was built."""
    page.get_by_role("link", name="Open the page").click()
    expect(page).to_have_title("Last words")
