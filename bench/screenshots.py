"""python -m bench.screenshots FOLDER: pictures of the dashboard for the documentation, made from a sample ledger."""

import base64
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from action.ledger.layout import SCREENSHOTS, build_folder
from bench.ledger import NOW, digits, write_ledger
from bench.ledger_records import TASKS
from bench.ledger_site import site_files
from bench.static_server import headless, served
from dashboard.render import render
from dashboard.settings import Config, Price

API = "https://api.github.example"
KEY = digits(20, "task", 0)
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
PAGES = {
    "overview": ("index.html", ""),
    "task": (f"task.html?key={KEY}", ""),
    "code": (f"task.html?key={KEY}", "#code"),
}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "device_scale_factor": 2},
}
STEPS = {"Check out the code": "success", "Ask the model for the files": None, "Hand the files over": None}
RUN = {
    "id": 4711,
    "path": ".github/workflows/build.yml",
    "display_title": f"build {digits(20, 'running')} · task {KEY} round 3",
    "status": "in_progress",
    "html_url": "https://github.example/owner/pagewright/actions/runs/4711",
    "run_started_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
}


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Make the pictures."""
    target = Path(arguments[0])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, headless(environ) as browser:
        ledger, out = write_ledger(Path(folder, "ledger"), 240), Path(folder, "site")
        add_pictures(browser, ledger, Path(folder, "page"))
        prices = {"gemini-3.8-flash": Price(input=0.3, output=2.5)}
        render(ledger, out, Config(api_url=API, runner="owner/pagewright", prices=prices))
        with served(out) as address:
            for page, (path, anchor) in PAGES.items():
                for look, options in LOOKS.items():
                    body = picture_of(browser, address + path, anchor, options)
                    (target / f"{page}-{look}.webp").write_bytes(body)
    return 0


def add_pictures(browser: Browser, ledger: Path, folder: Path) -> None:
    """Take pictures of the page of the first task, as the live check would have."""
    folder.mkdir()
    for path, body in site_files(TASKS[0][0], KEY, 2).items():
        (folder / path).write_bytes(body)
    with served(folder) as address:
        for name, viewport in zip(SCREENSHOTS, (DESKTOP, PHONE), strict=True):
            body = picture_of(browser, address, "", {"viewport": viewport})
            (ledger / build_folder(KEY, digits(20, KEY, 2)) / name).write_bytes(body)


def picture_of(browser: Browser, address: str, anchor: str, options: dict[str, Any]) -> bytes:
    """Return a WebP of what a window shows, with a build under way."""
    page = browser.new_page(**options)
    page.clock.install(time=NOW)
    page.route(f"{API}/**", answer)
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)
    if anchor:
        page.locator(anchor).evaluate("each => each.scrollIntoView()")
    body = webp(page)
    page.close()
    return body


def webp(page: Page) -> bytes:
    """Return the window as a WebP, which Playwright does not make by itself."""
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": 75})
    return base64.b64decode(shot["data"])


def answer(route: Route) -> None:
    """Answer as GitHub's API does while a build runs."""
    steps = [
        {"name": name, "conclusion": conclusion, "status": "completed" if conclusion else "in_progress"}
        for name, conclusion in list(STEPS.items())[:2]
    ]
    job = {"name": "Write the files", "status": "in_progress", "conclusion": None, "html_url": "", "steps": steps}
    body = {"jobs": [job]} if "/jobs" in route.request.url else {"workflow_runs": [RUN]}
    route.fulfill(headers={"Access-Control-Allow-Origin": "*"}, json=body)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
