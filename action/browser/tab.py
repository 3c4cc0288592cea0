"""One window of the browser in a profile of its own, how it is made as good as new, and its timers."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Browser, CDPSession, Error, Page

DESKTOP = (1280, 800)
MOBILE = (390, 844)
EMPTY_SECONDS = 3.0
CLOSE_SECONDS = 5.0
FORGET = "window.name = ''; sessionStorage.clear()"


class TabIsSpent(Exception):
    """The tab cannot be made as good as new."""


@dataclass(frozen=True)
class Tab:
    """`session` speaks Chrome's own protocol with the page."""

    page: Page
    session: CDPSession
    takes_downloads: bool = False

    @classmethod
    async def opened(cls, browser: Browser, *, takes_downloads: bool = False) -> "Tab":
        """Open one in a new profile. Raises playwright's Error."""
        context = await browser.new_context(
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            accept_downloads=takes_downloads,
            service_workers="block",
            locale="en-US",
        )
        await context.add_init_script(NOTE_TIMERS)
        page = await context.new_page()
        return cls(page, await context.new_cdp_session(page), takes_downloads)

    async def empty(self, empty_page: str) -> None:
        """Leave the page, forget what the profile stored, and restore the window. Raises TabIsSpent."""
        try:
            async with asyncio.timeout(EMPTY_SECONDS):
                await self._empty(empty_page)
        except (Error, TimeoutError):
            raise TabIsSpent from None

    async def _empty(self, empty_page: str) -> None:
        self._be_alone()
        await self.page.goto(empty_page, wait_until="commit")
        await asyncio.gather(
            self.forget(),
            self.session.send("Runtime.evaluate", {"expression": FORGET}),
            self.show_as(DESKTOP, mobile=False),
        )
        self._be_alone()

    async def forget(self) -> None:
        """Forget what the profile stored."""
        await self.session.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})

    def _be_alone(self) -> None:
        """A window that the page opened could still do something."""
        if self.page.context.pages != [self.page]:
            raise TabIsSpent

    async def show_as(self, size: tuple[int, int], *, mobile: bool) -> None:
        """Give the window a size in pixels, and say whether it is a telephone's."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        await self.session.send("Emulation.setDeviceMetricsOverride", metrics)

    async def close(self) -> None:
        """Close it, with its profile and its process, even when a script does not end. Raises TimeoutError."""
        async with asyncio.timeout(CLOSE_SECONDS):
            with suppress(Error):  # it is gone already
                await self.page.context.close()


NAME = 'Symbol.for("timers that will run")'
SLACK_MS = 100  # a timer may be late, and a frame comes within this time

# Proxies, so that a page sees functions with the names, lengths and texts that it expects.
NOTE_TIMERS = f"""(() => {{
    const timers = new Map();
    let frame = -Infinity;
    const watch = (name, noted) => {{
        window[name] = new Proxy(window[name], {{apply(call, self, given) {{
            const id = Reflect.apply(call, self, given);
            noted(id, given);
            return id;
        }}}});
    }};
    const delay = given => Math.max(0, Number(given[1]) || 0);
    watch("setTimeout", (id, given) => timers.set(id, {{at: performance.now() + delay(given), every: 0}}));
    watch("setInterval", (id, given) => timers.set(id, {{at: Infinity, every: Math.max(1, delay(given))}}));
    watch("clearTimeout", (_, given) => timers.delete(given[0]));
    watch("clearInterval", (_, given) => timers.delete(given[0]));
    watch("requestAnimationFrame", () => {{ frame = performance.now() }});
    const willRun = within => {{
        const now = performance.now();
        for (const [id, timer] of timers) if (!timer.every && timer.at < now - {SLACK_MS}) timers.delete(id);
        const isSoon = timer => (timer.every || timer.at - now) < within;
        return frame > now - {SLACK_MS} || [...timers.values()].some(isSoon);
    }};
    Object.defineProperty(window, {NAME}, {{value: willRun}});
}})()"""


def will_run(within_seconds: float) -> str:
    """Return an expression: whether a timer of the page runs within these seconds."""
    return f"!!window[{NAME}]?.({within_seconds * 1000:.0f})"
