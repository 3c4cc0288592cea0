"""What is wrong with a page is said in words: in the list, on the task's page, on a phone and in the JSON."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bench.ledger_records import BRIEF, SENT, TASKS
from bench.static_server import served
from dashboard.render import render
from dashboard.settings import Config
from tests.embedded.dashboard.state_ledger import BUILD_3, FAILING, REFUSED, RESTORED, write_states
from tests.embedded.dashboard.visitor import PHONE, Visitor, is_too_wide, issues, open_everything
from tests.unit.action.ledger.example_ledger import SALES, write_example

pytestmark = pytest.mark.timeout(240)
HEADLINES = {FAILING: "Live, 2 of 4 checks fail", REFUSED: "Live, not reported", RESTORED: "Live"}
STATES = {FAILING: "checks_fail", REFUSED: "not_reported", RESTORED: "live"}
SAID = '{"error": "unknown nonce ***", "hint": "send the values of the request back as they were"}'


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("states")
    render(write_example(write_states(folder / "ledger")), folder / "out", Config())
    return folder / "out"


@pytest.fixture
def visitor(browser: Browser, out: Path) -> Iterator[Visitor]:
    with served(out) as address:
        visitor = Visitor(browser, address)
        yield visitor
    assert visitor.complaints == []


def row(page: Page, key: str) -> Locator:
    return page.locator("table.tasks tr", has=page.locator(f"a[href$='{key}']"))


@pytest.mark.parametrize("width", [1280, PHONE["width"]])
@pytest.mark.parametrize("address", ["index.html", "tasks.html"])
def test_the_lists__say_it_in_words_at_every_width(visitor: Visitor, address: str, width: int) -> None:
    with visitor.page(address, viewport={"width": width, "height": 800}) as page:
        for key, headline in HEADLINES.items():
            pill = row(page, key).locator(".pill")
            expect(pill).to_have_text(headline)
            box = pill.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
            assert ("good" in (pill.get_attribute("class") or "")) == (headline == "Live")
        assert not is_too_wide(page)


@pytest.mark.parametrize("key", HEADLINES)
def test_a_tasks_page__says_it_beside_its_name_on_a_phone(visitor: Visitor, key: str) -> None:
    with visitor.page(f"task.html?key={key}", viewport=PHONE) as page:
        pill = page.locator(".title .pill")
        expect(pill).to_have_text(HEADLINES[key])
        expect(pill).to_be_in_viewport(ratio=1)
        open_everything(page)
        assert not is_too_wide(page)


def test_the_json__says_it_in_every_file(out: Path) -> None:
    def read(path: str) -> Any:
        return json.loads((out / "api" / path).read_text())

    index = read("index/1.json")
    rows = [dict(zip(index["columns"], each, strict=True)) for each in index["rows"]]
    for key, headline in HEADLINES.items():
        document = read(f"tasks/{key}.json")
        listed = next(each for each in read("tasks.json")["tasks"] if each["key"] == key)
        for each in (
            document,
            document["latest"],
            document["builds"][-1],
            listed,
            *(r for r in rows if r["key"] == key),
        ):
            assert (each["state"], each["headline"]) == (STATES[key], headline)
    found = {"checks_fail": 1, "failed": 1, "fallback": 1, "live": 2, "not_reported": 1}
    assert read("stats.json")["tasks_by_state"] == found


def test_failing_checks__are_listed_as_they_were_sent_with_what_was_found(visitor: Visitor) -> None:
    with visitor.page(f"task.html?key={FAILING}") as page:
        expect(page.locator(".title .pill.warn")).to_have_text(HEADLINES[FAILING])
        checks = page.locator(".round[open] .check")
        assert checks.locator(".words").all_text_contents() == list(SENT[:4])
        assert checks.locator(".hidden").all_text_contents() == ["holds: ", "fails: ", "holds: ", "fails: "]
        expect(checks.nth(1).locator(".found")).to_have_text("412.50 was expected, and #total shows 0")
        assert page.locator(".round[open] .brief").text_content() == BRIEF.format(title=TASKS[1][1])


def test_a_refusal__is_shown_with_what_the_server_said(visitor: Visitor) -> None:
    with visitor.page(f"task.html?key={REFUSED}") as page:
        expect(page.locator("#head .notice")).to_have_text(
            f"The evaluation server refused the callback. It said: {SAID}"
        )
        expect(page.locator("#head .facts")).to_contain_text("refused with 400")
        expect(page.locator("#timeline .message.failed")).to_contain_text(f"The evaluation server said: {SAID}")
        attempts = page.get_by_role("region", name="Callback attempts")
        expect(attempts.get_by_role("row").nth(1)).to_contain_text("503")
        expect(attempts.get_by_role("row").nth(2)).to_contain_text(SAID)


def test_a_restored_task__keeps_its_title_and_its_recipient(visitor: Visitor) -> None:
    for address in ("index.html", "tasks.html"):
        with visitor.page(address) as page:
            expect(row(page, RESTORED)).to_contain_text(TASKS[1][1][:40])
            expect(row(page, RESTORED)).to_contain_text("d3" * 6)
    with visitor.page(f"task.html?key={RESTORED}") as page:
        expect(page.locator(".lead")).to_have_text(TASKS[1][1])
        expect(page.locator("#head .facts")).to_contain_text("d3" * 6)
        expect(page.locator(f"[data-build='{BUILD_3}'] > summary")).to_contain_text("restoring 1c1c1c1")
        expect(page.locator(f"[data-build='{BUILD_3}'] > summary")).to_contain_text("nobody waits for a callback")
        expect(page.locator(".card", has_text="Given checks")).to_contain_text("4/4")


def test_the_page__is_folded_by_round_and_the_menu_stays(visitor: Visitor) -> None:
    with visitor.page(f"task.html?key={RESTORED}") as page:
        rounds = page.locator("#timeline .round")
        assert rounds.locator("> summary .build-title").all_text_contents() == ["Round 2", "Round 1"]
        assert rounds.evaluate_all("all => all.map(each => each.open)") == [True, False]
        page.locator("#builds").scroll_into_view_if_needed()
        page.mouse.wheel(0, 5_000)
        menu = page.get_by_role("navigation", name="Parts of this page")
        expect(menu.get_by_role("link", name="Rounds")).to_be_in_viewport(ratio=1)
        menu.get_by_role("link", name="Rounds").click()
        assert is_below(page.locator("#timeline h2"), menu)
    with visitor.page(f"task.html?key={RESTORED}#builds") as page:
        expect(page.locator("#builds h2")).to_be_in_viewport(ratio=1)
        assert is_below(page.locator("#builds h2"), page.get_by_role("navigation", name="Parts of this page"))


def is_below(one: Locator, other: Locator) -> bool:
    """Whether one thing begins where the other ends, or further down."""
    box, above = one.bounding_box(), other.bounding_box()
    return bool(box and above and box["y"] >= above["y"] + above["height"])


def test_timelines__have_seconds_beside_the_time_of_day(visitor: Visitor) -> None:
    with visitor.page(f"task.html?key={FAILING}") as page:
        messages = page.locator("#timeline .message .since")
        assert messages.all_text_contents()[:2] == ["+0 s", "+1 min 6 s"]
        phases = page.get_by_role("region", name="Phases").get_by_role("row")
        expect(phases.nth(1)).to_contain_text("+14 s")


@pytest.mark.parametrize("key", [FAILING, SALES])
def test_columns__break_no_word_on_a_desktop(visitor: Visitor, key: str) -> None:
    """A word that is broken is as wide as its cell and takes two lines: each word's own box must be one line high."""
    with visitor.page(f"task.html?key={key}") as page:
        open_everything(page)
        broken = page.evaluate("""() => {
            const found = [];
            for (const cell of document.querySelectorAll("th, td")) {
                const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
                while (walker.nextNode()) {
                    for (const word of walker.currentNode.data.matchAll(/[\\p{L}\\d]{2,24}/gu)) {
                        const range = document.createRange();
                        range.setStart(walker.currentNode, word.index);
                        range.setEnd(walker.currentNode, word.index + word[0].length);
                        const tops = new Set([...range.getClientRects()].map(each => Math.round(each.top)));
                        if (tops.size > 1) found.push(word[0]);
                    }
                }
            }
            return found;
        }""")
        assert broken == []


@pytest.mark.parametrize(("key", "theme"), [(FAILING, "light"), (REFUSED, "dark")])
def test_axe_finds_nothing_serious(visitor: Visitor, key: str, theme: str) -> None:
    with visitor.page(f"task.html?key={key}", color_scheme=theme, bypass_csp=True) as page:
        open_everything(page)
        assert issues(page) == []


@pytest.mark.parametrize(("days", "is_told"), [(90, False), (9, True), (-1, True)])
def test_a_banner__warns_in_the_last_two_weeks_of_the_publishing_token(
    browser: Browser, tmp_path: Path, days: int, is_told: bool
) -> None:
    ledger = write_example(tmp_path / "ledger")
    expires = datetime.now(UTC) + timedelta(days=days)
    for path in ledger.glob("tasks/*/builds/*/*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "token_expires_at": expires.isoformat()}))
    render(ledger, tmp_path / "out", Config(runner="owner/runner"))
    with served(tmp_path / "out") as address, Visitor(browser, address).page("index.html", viewport=PHONE) as page:
        expect(page.get_by_role("heading", name="Newest tasks")).to_be_visible()
        banner = page.get_by_role("heading", name=f"good until {expires:%Y-%m-%d}")
        expect(banner).to_be_visible() if is_told else expect(banner).to_be_hidden()
        assert not is_too_wide(page)
