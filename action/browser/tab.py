"""One window of the browser in a profile of its own, and how it is made as good as new."""

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Error, Page

DESKTOP = (1280, 800)
MOBILE = (390, 844)
EMPTY_SECONDS = 3.0


@dataclass(frozen=True)
class Tab:
    """`session` speaks Chrome's own protocol with the page."""

    page: Page
    session: CDPSession

    @classmethod
    def opened(cls, browser: Browser) -> "Tab":
        """Open one in a new profile. Raises playwright's Error."""
        context = browser.new_context(
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            accept_downloads=False,
            service_workers="block",
            locale="en-US",
        )
        page = context.new_page()
        return cls(page, context.new_cdp_session(page))

    def is_emptied(self, empty_page: str) -> bool:
        """Leave the page, forget what it stored, and restore the window. False: that did not work, so close it."""
        context = self.page.context
        try:
            if context.pages != [self.page]:
                return False  # a window that the page opened could still do something
            self.page.goto(empty_page, wait_until="commit", timeout=EMPTY_SECONDS * 1000)
            self.session.send("Storage.clearDataForOrigin", {"origin": origin_of(empty_page), "storageTypes": "all"})
            self.session.send("Runtime.evaluate", {"expression": "window.name = ''; sessionStorage.clear()"})
            self.show_as(DESKTOP, mobile=False)
        except Error:
            return False
        return context.pages == [self.page]

    def show_as(self, size: tuple[int, int], *, mobile: bool) -> None:
        """Give the window a size in pixels, and say whether it is a telephone's."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.session.send("Emulation.setDeviceMetricsOverride", metrics)

    def close(self) -> None:
        """Close it, with its profile."""
        with suppress(Error):
            self.page.context.close()


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
