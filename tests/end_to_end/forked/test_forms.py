"""A person with a key and a browser: a task with its live progress, a dry run, a message, files, a version restored."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, FilePayload, Page, expect

from embedded.system.system import System
from tests.embedded.dashboard.visitor import PHONE, Visitor, is_too_wide, issues

pytestmark = pytest.mark.timeout(600)

BUILD_MS = 120_000
VIEWS = ("task", "message", "versions", "upload", "builds", "evaluate")


@pytest.fixture
def visitor(browser: Browser, system: System) -> Iterator[Visitor]:
    """A visitor; at the end, no page may have done anything wrong."""
    visitor = Visitor(browser, system.addresses.receiver)
    visitor.expected.append("the server responded with a status of 404")  # of a build whose run is not listed yet
    yield visitor
    assert visitor.complaints == []


@pytest.fixture(autouse=True, scope="module")
def patience() -> Iterator[None]:
    """Wait for each reply as long as for a build: the machine may be slow."""
    expect.set_options(timeout=BUILD_MS)
    yield
    expect.set_options(timeout=None)


def open_view(page: Page, view: str) -> None:
    page.locator(f'nav a[href="#{view}"]').click()
    expect(page.locator(f"#{view}")).to_be_visible()


def send_task(page: Page, name: str, brief: str) -> None:
    page.locator("#task-brief").fill(brief)
    page.locator("#task-checks").fill("The page has a heading")
    page.locator("#task-name").fill(name)
    page.locator("#task-email").fill("person@example.org")
    page.get_by_role("button", name="Send the task").click()


def test_a_person_sends_a_task__sees_it_live__answers_and_brings_a_file(visitor: Visitor, system: System) -> None:
    with visitor.context() as context:
        page = context.new_page()
        page.goto(f"{visitor.address}/forms?task=by-form")
        expect(page.locator("#task-name")).to_have_value("by-form")

        visitor.expected.append("the server responded with a status of 401")
        page.locator("#key").fill("wrong")
        send_task(page, "by-form", "A page that lists birds.csv with the heading <b>Birds</b>.")
        expect(page.locator("#task-outcome [role=alert]")).to_contain_text("does not hold the secret")
        assert page.url == f"{visitor.address}/forms?task=by-form"

        page.locator("#key").fill(system.secret)
        page.locator("#task-files").set_input_files(
            FilePayload(name="birds.csv", mimeType="text/csv", buffer=b"bird,count\nheron,2\n")
        )
        expect(page.locator("#task-list")).to_contain_text("birds.csv")
        page.get_by_role("button", name="Send the task").click()
        box = page.locator("#task-outcome .progress")
        expect(box.get_by_role("heading")).to_have_text("The page is live", timeout=BUILD_MS)
        expect(box.locator("[data-state=done]")).to_have_count(4)
        address = box.locator("dd a").first.get_attribute("href")
        assert address
        assert "heron" in requests.get(f"{address}birds.csv", timeout=30).text
        expect(box.locator(".facts")).to_contain_text("passed")

        box.get_by_role("button", name="Say something about it").click()
        page.locator("#message-text").fill("Thank you. <img src=x onerror=alert(1)>")
        page.get_by_role("button", name="Send the message").click()
        expect(page.locator("#message-outcome [role=status]")).to_contain_text("on its way")

        open_view(page, "upload")
        page.locator("#upload-files").set_input_files(
            FilePayload(name="more.csv", mimeType="text/csv", buffer=b"a,b\n1,2\n")
        )
        page.get_by_role("button", name="Upload and publish").click()
        box = page.locator("#upload-outcome .progress")
        expect(box.get_by_role("heading")).to_have_text("The page is live", timeout=BUILD_MS)

        box.get_by_role("button", name="Versions").click()
        page.get_by_role("button", name="List the versions").click()
        expect(page.locator("#versions-outcome li").first).to_contain_text("more.csv")
        page.get_by_role("button", name=re.compile("^Restore ")).first.click()
        page.get_by_role("button", name=re.compile("^Restore ")).first.click()
        expect(page.locator("#versions-outcome .progress h2")).to_have_text("The page is live", timeout=BUILD_MS)


def test_a_dry_run_is_tried_and_not_published(visitor: Visitor, system: System) -> None:
    with visitor.context() as context:
        page = context.new_page()
        page.goto(f"{visitor.address}/forms")
        page.locator("#key").fill(system.secret)
        page.get_by_text("More", exact=True).click()
        page.locator("#task-form").get_by_label("Dry run").check()
        send_task(page, "only-tried", "A page with a heading.")
        box = page.locator("#task-outcome .progress")
        expect(box.get_by_role("heading")).to_have_text("The page was tried, and not published", timeout=BUILD_MS)
        expect(box.locator(".facts")).to_contain_text("passed")
        expect(box.locator(".facts")).not_to_contain_text("Repository")
    made = requests.get(f"{system.addresses.api}/users/{system.owner}/repos", timeout=30).json()
    assert not [each["name"] for each in made if each["name"].startswith("only-tried")]


def test_every_form_is_for_everybody__also_on_a_phone(visitor: Visitor) -> None:
    """Empty forms are sent, so that what is said about fields is looked at as well."""
    for options in ({"viewport": {"width": 320, "height": 700}, "color_scheme": "dark"}, {"viewport": PHONE}):
        with visitor.context(bypass_csp=True, **options) as context:
            page = context.new_page()
            page.goto(f"{visitor.address}/forms")
            for view in VIEWS:
                open_view(page, view)
                page.locator(f"#{view} form:visible [type=submit]").click()
                expect(page.locator(f"#{view} [role=alert]")).to_be_visible()
                expect(page.locator("#key")).to_have_attribute("aria-invalid", "true")
                assert issues(page) == []
                assert not is_too_wide(page), view


def test_the_generator_and_the_evaluator_start_from_outside(system: System) -> None:
    key = {"X-API-KEY": system.secret}
    receiver = system.addresses.receiver
    order = {"template": "tip-splitter", "recipient": "ann@example.org", "dry_run": True}
    sent = requests.post(f"{receiver}/tasks", json=order, headers=key, timeout=60)
    assert sent.status_code == 202, sent.text
    started = requests.post(f"{receiver}/evaluate", json={}, headers=key, timeout=60).json()
    for url in (sent.json()["start_url"], started["start_url"]):
        run = until(url, key, lambda reply: reply.get("state") == "completed")
        assert run["conclusion"] == "success", run
    built = until(sent.json()["status_url"], key, lambda reply: reply.get("status") == "completed")
    assert (built["build_id"], built["dry_run"], built["repository"]) == (sent.json()["build_id"], True, None)
    again = requests.post(f"{receiver}/builds/{built['build_id']}/again", headers=key, timeout=60)
    assert (again.status_code, again.json().get("attempt")) == (202, 2)
    until(sent.json()["status_url"], key, has_ended_twice)


def has_ended_twice(reply: dict[str, Any]) -> bool:
    return bool(reply.get("runs")) and reply["runs"][0]["attempt"] == 2 and reply["status"] == "completed"


def until(url: str, key: dict[str, str], is_reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(240):
        reply: dict[str, Any] = requests.get(url, headers=key, timeout=60).json()
        if is_reached(reply):
            return reply
        time.sleep(0.5)
    raise AssertionError(f"{url}: {reply}")
