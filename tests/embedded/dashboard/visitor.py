"""A browser that visits the dashboard, and complains about everything that a page does wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SERIOUS = {"serious", "critical"}
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


class Visitor:
    """Opens pages of one site. `complaints` are errors, dialogs, and requests to anywhere else."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.complaints: list[str] = []
        self.expected: list[str] = []  # patterns of complaints that a test provokes

    @contextmanager
    def context(self, **options: Any) -> Iterator[BrowserContext]:
        """Open a context, and close it with all its pages."""
        context = self.browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        context.set_default_timeout(30_000)
        context.on("request", self.look_at)
        context.on("console", lambda said: self.complain(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.complain(str(error.error)))
        context.on("dialog", self.dismiss)
        try:
            yield context
        finally:
            context.close()

    @contextmanager
    def page(self, path: str, **options: Any) -> Iterator[Page]:
        """Open a page of the site, and wait until it shows its content."""
        with self.context(**options) as context:
            page = context.new_page()
            page.goto(self.address + path)
            if options.get("java_script_enabled", True):
                page.wait_for_selector("main:not(:has([aria-busy=true]))")
            yield page

    def complain(self, text: str) -> None:
        """Keep what is wrong, unless a test provokes it."""
        if not any(re.search(pattern, text) for pattern in self.expected):
            self.complaints.append(text)

    def dismiss(self, dialog: Dialog) -> None:
        """Complain about a dialog, and close it."""
        self.complain(f"dialog: {dialog.message}")
        dialog.dismiss()

    def look_at(self, request: Request) -> None:
        """Complain about a request to another origin."""
        if not request.url.startswith((self.address, "blob:", "data:")):
            self.complain(f"another origin: {request.url}")


def issues(page: Page, only: str = "") -> list[str]:
    """Return what axe-core calls serious or critical, by one rule or all of them.

    The page's context must let axe in (bypass_csp).
    """
    page.evaluate(f"window.axe || (() => {{ {AXE} }})()")
    options = {"resultTypes": ["violations"], **({"runOnly": [only]} if only else {})}
    found: list[dict[str, Any]] = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"][:5]
    ]


def is_too_wide(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def open_everything(page: Page) -> None:
    """Unfold all that is folded, also what appears by that."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.wait_for_load_state("networkidle")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
