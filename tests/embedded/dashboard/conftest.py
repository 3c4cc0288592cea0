"""A dashboard of sixty tasks and three special ones, served from this machine, and a browser to visit it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from action.browser.chrome import find_browser
from bench.ledger import write_ledger
from bench.static_server import served
from dashboard.render import render
from dashboard.settings import Config
from tests.embedded.dashboard.hostile_ledger import write_hostile
from tests.embedded.dashboard.visitor import Visitor
from tests.unit.action.ledger.example_ledger import write_example


@dataclass(frozen=True)
class Site:
    """A rendered dashboard and where it is served."""

    ledger: Path
    out: Path
    address: str


@pytest.fixture(scope="module")  # not longer: a thread has room for one Playwright, and other tests want theirs
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find_browser(os.environ.get("CHROME"), os.environ["PATH"])
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("dashboard")
    ledger = write_ledger(folder / "ledger", 60)
    write_example(ledger)
    write_hostile(ledger)
    render(ledger, folder / "out", Config(receiver_url="https://receiver.example"))
    with served(folder / "out") as address:
        yield Site(ledger, folder / "out", address)


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    """A visitor; at the end, no page may have done anything wrong."""
    visitor = Visitor(browser, site.address)
    yield visitor
    assert visitor.complaints == []
