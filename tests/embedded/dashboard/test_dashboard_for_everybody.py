"""axe-core finds nothing serious on any page, light or dark, with everything open."""

import pytest

from tests.embedded.dashboard.hostile_ledger import HOSTILE_KEY
from tests.embedded.dashboard.visitor import PHONE, Visitor, issues, open_everything
from tests.unit.action.ledger.example_ledger import LIGHTS, SALES, SIGNS, commit_id

pytestmark = pytest.mark.timeout(240)
PAGES = {
    "overview": "index.html",
    "tasks": "tasks.html",
    "no-tasks": "tasks.html?q=nothing+fits",
    "task": f"task.html?key={SALES}&version={commit_id('sales 2')}&file=app.js",
    "results": f"task.html?key={SIGNS}",
    "failed-task": f"task.html?key={LIGHTS}",
    "hostile-task": f"task.html?key={HOSTILE_KEY}",
    "no-task": "task.html",
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(visitor: Visitor, name: str) -> None:
    with visitor.page(PAGES[name], color_scheme="light", bypass_csp=True) as page:
        open_everything(page)
        assert issues(page) == []
        page.emulate_media(color_scheme="dark")
        assert issues(page, only="color-contrast") == [], "dark"  # no other rule asks for colours


def test_axe_finds_nothing_serious_on_a_phone(visitor: Visitor) -> None:
    with visitor.page(PAGES["task"], viewport=PHONE, bypass_csp=True) as page:
        assert issues(page) == []


def test_axe_can_find_something(visitor: Visitor) -> None:
    with visitor.page("index.html", bypass_csp=True) as page:
        page.evaluate("document.querySelector('.brand img').removeAttribute('alt')")
        page.evaluate("document.querySelector('h1').style.color = '#ddd'")
        found = issues(page)
        assert [each.split(":")[0] for each in found] == ["color-contrast", "image-alt"]
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.querySelector('h1').style.color = '#222'")
        assert [each.split(":")[0] for each in issues(page, only="color-contrast")] == ["color-contrast"]
