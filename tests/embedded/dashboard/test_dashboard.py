"""The dashboard in Chromium: every page is driven as a reader would, by mouse, by keyboard, on a phone."""

import json
import shlex
from pathlib import Path

import pytest
from playwright.sync_api import expect

from receiver.task.feedback import Opinion
from tests.embedded.dashboard.conftest import Site
from tests.embedded.dashboard.hostile_ledger import HOSTILE_KEY
from tests.embedded.dashboard.visitor import PHONE, Visitor, is_too_wide, open_everything
from tests.unit.action.ledger.example_ledger import LIGHTS, PAGE_2, SALES, SIGNS, commit_id

pytestmark = pytest.mark.timeout(240)
TASK = f"task.html?key={SALES}"
PAGES = ("index.html", "tasks.html", TASK, f"task.html?key={SIGNS}", f"task.html?key={HOSTILE_KEY}")


def test_overview__shows_sums_trends_and_the_newest_tasks_without_javascript(visitor: Visitor) -> None:
    with visitor.page("index.html", java_script_enabled=False) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        names = page.locator(".card dt").all_text_contents()
        assert names == ["Tasks", "Success rate", "Mean pass rate", "Time to callback", "Cost", "Running now"]
        expect(page.locator(".card b").first).to_have_text("64")
        expect(page.locator("table.tasks tbody tr")).to_have_count(20)
        expect(page.get_by_role("img")).to_have_count(3)
        expect(page.get_by_role("link", name="all 64")).to_have_attribute("href", "tasks.html")


def test_tasks__are_searched_filtered_and_paged__and_the_address_remembers(visitor: Visitor) -> None:
    with visitor.page("tasks.html") as page:
        rows = page.locator("tbody tr")
        expect(page.locator("#count")).to_have_text("64 of 64")
        expect(rows).to_have_count(50)
        page.get_by_role("button", name="Older").click()
        expect(rows).to_have_count(14)
        page.get_by_label("Search").fill("RIVERS questions")
        expect(rows).to_have_count(5)
        expect(rows.first).to_contain_text("river-quiz")
        page.get_by_label("Search").fill("")
        page.get_by_label("Status").select_option("failed")
        expect(rows.filter(has_text="lights-out")).not_to_have_count(0)
        assert set(page.locator("tbody .pill").all_text_contents()) <= {"Nothing published", "Nothing new published"}
        page.get_by_label("Round").select_option("1")
        expect(rows).to_have_count(1)
        page.reload()
        expect(rows).to_have_count(1)
        assert page.url.endswith("?status=failed&round=1")
        page.get_by_label("Search").fill("no such words")
        expect(page.locator("#list")).to_contain_text("No task fits.")
        page.get_by_role("button", name="Show all tasks").click()
        expect(page.locator("#count")).to_have_text("64 of 64")


def test_results_commands_and_logs__are_read_on_a_phone(visitor: Visitor) -> None:
    with visitor.page(f"task.html?key={SIGNS}", viewport=PHONE) as page:
        expect(page.locator(".title .pill").last).to_have_text("closed")
        curves = page.locator("#results svg")
        expect(curves).to_have_count(4)
        words = "accuracy over 3 results: first 0.5, lowest 0.5, highest 0.75, newest 0.7"
        expect(curves.first).to_have_attribute("aria-label", words)
        expect(page.locator("#results figcaption").first).to_contain_text("mean 0.65")
        page.get_by_text("3 results as a table").click()
        expect(page.locator("#results tbody tr")).to_have_count(3)
        page.locator("#commands summary", has_text="xmllint").click()
        expect(page.get_by_role("region", name="End of stderr")).to_have_text("hut.svg is not well-formed")
        expect(page.locator("#commands")).to_contain_text("was not run")
        page.get_by_text("2 logs to download").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="training.log").click()
        assert download.value.suggested_filename == "training.log"
        assert Path(download.value.path()).read_bytes().endswith(b"all 3 signs are drawn\n")
        assert not is_too_wide(page)


def test_task__is_opened_from_the_list__and_tells_its_story(visitor: Visitor) -> None:
    with visitor.page("tasks.html?q=sum-of-sales") as page:
        page.get_by_role("link", name="sum-of-sales").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("sum-of-sales")
        expect(page).to_have_title("sum-of-sales · Pagewright")
        newest, first = (page.locator(f".round[data-round='{number}']") for number in (2, 1))
        expect(first.locator(".message").first).to_contain_text("From the template sum-of-sales with the seed 7.")
        expect(newest.locator(".message", has_text="asks for a revision")).to_contain_text("score0.925")
        expect(newest.locator(".message").last).to_contain_text("Pushed from outside")
        expect(page.get_by_role("link", name="Open the page")).to_have_attribute(
            "href", "https://owner.pages.example/sum-of-sales-5a1e500000/"
        )
        builds = page.locator("#builds details.build")
        expect(builds).to_have_count(3)
        builds.last.locator("> summary").click()
        expect(builds.last).to_contain_text("503: try later")
        expect(builds.last).to_contain_text("gemini-3.8-flash")
        said = builds.last.get_by_role("region", name="What the program said")
        expect(said).to_contain_text("=== publish\npublish: the first line\npublish: the last line")
        expect(builds.last.get_by_role("link", name="Whole log of run 101")).to_have_attribute(
            "href", "https://github.example/owner/runner/actions/runs/101"
        )


def test_contract__is_a_matrix_by_attempt_and_round(visitor: Visitor) -> None:
    with visitor.page(TASK) as page:
        matrix = page.locator("#checks table")
        assert matrix.locator("th.group").all_text_contents() == ["Round 1", "Round 2", "Round 2, revised"]
        total = matrix.get_by_role("row", name="The page shows the total")
        assert total.locator("td .hidden").all_text_contents() == ["fails", "holds", "holds", "holds"]
        currencies = matrix.get_by_role("row", name="The page names two currencies")
        assert currencies.locator("td .hidden").all_text_contents() == ["not tried", "not tried", "holds", "not tried"]


def test_screenshots__are_shown_with_a_text_in_their_place(visitor: Visitor) -> None:
    with visitor.page(TASK) as page:
        pictures = page.locator("#screenshots img")
        expect(pictures).to_have_count(2)
        pictures.last.scroll_into_view_if_needed()
        page.wait_for_function("[...document.querySelectorAll('#screenshots img')].every(each => each.naturalWidth)")
        assert "On a phone: the live page of sum-of-sales" in (pictures.last.get_attribute("alt") or "")


def test_code__is_read_copied_and_downloaded_byte_for_byte(visitor: Visitor, site: Site, tmp_path: Path) -> None:
    address = f"{TASK}&version={commit_id('sales 2')}&file=index.html"
    with visitor.page(address, permissions=["clipboard-read", "clipboard-write"]) as page:
        viewer = page.locator(".viewer")
        expect(viewer.locator("h3")).to_have_text("index.html")
        assert (viewer.locator("pre").text_content() or "").encode() == PAGE_2
        expect(viewer.locator(".t-name").first).to_have_text("<title")
        viewer.get_by_role("button", name="Copy").click()
        expect(page.locator("#news")).to_have_text("Copied to the clipboard")
        assert page.evaluate("navigator.clipboard.readText()").encode() == PAGE_2
        with page.expect_download() as download:
            viewer.get_by_role("link", name="Download").click()
        assert download.value.suggested_filename == "index.html"
        download.value.save_as(tmp_path / "copy.html")
        assert (tmp_path / "copy.html").read_bytes() == PAGE_2


def test_code__is_browsed_by_keyboard__and_the_address_names_what_is_open(visitor: Visitor) -> None:
    with visitor.page(TASK) as page:
        page.get_by_label("Version", exact=True).select_option(commit_id("sales 2"))
        page.locator(".files button", has_text="app.js").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".viewer h3")).to_have_text("app.js")
        expect(page.locator(".files button:focus")).to_have_text("app.js43 B")
        assert f"version={commit_id('sales 2')}" in page.url
        assert "file=app.js" in page.url
        page.locator(".files button", has_text="logo.bin").click()
        expect(page.locator(".viewer")).to_contain_text("This file is not text")
        page.reload()
        expect(page.locator(".viewer h3")).to_have_text("logo.bin")


def test_versions__are_compared_line_by_line(visitor: Visitor) -> None:
    with visitor.page(TASK) as page:
        comparison = page.locator("#compare")
        expect(comparison.get_by_role("status")).to_have_text("2 files differ.")
        page.get_by_label("From").select_option(commit_id("sales 1"))
        page.get_by_label("to", exact=True).select_option(commit_id("sales 3"))
        expect(comparison.get_by_role("status")).to_have_text("3 files differ.")
        assert comparison.locator("summary .path").all_text_contents() == ["app.js", "index.html", "logo.bin"]
        changed = comparison.get_by_role("region", name="Changes in index.html")
        expect(changed.locator("tr.added .line-text")).to_have_text(
            ["<p>Euros &amp; <b>dollars</b></p>", '<script src="app.js"></script>']
        )
        expect(changed.locator("tr.removed")).to_have_count(0)
        expect(comparison.locator("details[open] > summary .path")).to_have_count(3)
        expect(comparison.locator(".same:not([open]) .path")).to_have_text(["LICENSE", "README.md"])
        expect(comparison).to_contain_text("This file is not text: its bytes differ.")


def test_restoring__is_a_request_that_the_receiver_accepts(visitor: Visitor) -> None:
    with visitor.page(f"{TASK}&version={commit_id('sales 1')}") as page:
        page.get_by_text("Restore this version").click()
        form = "https://receiver.example/forms?project=owner%2Fsum-of-sales-5a1e500000"
        assert page.locator(".restore a.form").get_attribute("href") == f"{form}#versions"
        assert page.get_by_text("Say something").get_attribute("href") == f"{form}#message"
        words = shlex.split(page.locator(".restore code").inner_text().replace("\\\n", " "))
        assert words[:4] == ["curl", "-X", "POST", "https://receiver.example/feedback"]
        body = json.loads(words[words.index("-d") + 1])
        assert body["project_id"] == "owner/sum-of-sales-5a1e500000"
        assert Opinion.model_validate(body).restore == commit_id("sales 1")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("task.html", "No task is named"),
        ("task.html?key=../../api/stats", "No task is named"),
        (f"task.html?key={'0' * 20}", "There is no such task"),
        (f"task.html?key={LIGHTS}", "No version was collected yet"),
    ],
)
def test_what_is_missing__is_said_with_what_to_do(visitor: Visitor, address: str, says: str) -> None:
    visitor.expected = ["404"]
    with visitor.page(address) as page:
        expect(page.locator("main")).to_contain_text(says)


def test_keyboard__skips_to_the_content_and_reaches_everything(visitor: Visitor) -> None:
    with visitor.page("index.html") as page:
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the content")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        expect(page.locator("main:focus")).to_have_count(1)
        seen = set()
        for _ in range(12):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("document.activeElement.textContent.trim().slice(0, 20)"))
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert "The same as a table" in seen
        assert len(seen) > 8


def test_theme__follows_the_system_until_somebody_chooses(visitor: Visitor) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with visitor.page("index.html", color_scheme="dark") as page:
        dark = page.evaluate(ground)
        page.get_by_role("button", name="Theme: system").click()
        expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
        light = page.evaluate(ground)
        assert light != dark
        page.reload()
        assert page.evaluate(ground) == light
        page.get_by_role("button", name="Theme: light").click()
        assert page.evaluate(ground) == dark


@pytest.mark.parametrize("width", [320, PHONE["width"]])
@pytest.mark.parametrize("address", PAGES, ids=["overview", "tasks", "task", "results", "hostile"])
def test_on_a_phone__nothing_is_wider_than_the_screen(visitor: Visitor, address: str, width: int) -> None:
    with visitor.page(address, viewport={"width": width, "height": 700}) as page:
        open_everything(page)
        assert not is_too_wide(page)
