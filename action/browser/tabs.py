"""Tabs with empty profiles. Some are opened beforehand: to open one takes longer than all the rest of a visit."""

import asyncio
from collections import deque

from playwright.async_api import Error

from action.browser.chrome import Chrome
from action.browser.tab import Tab, TabIsSpent
from action.errors import NoBrowser

REST_SECONDS = 0.25  # who closes the browser does so within this time; a model takes longer


class Tabs:
    """Takes them from one browser, and closes what nobody needs any more in the background."""

    def __init__(self, chrome: Chrome) -> None:
        self._chrome = chrome
        self._spare: deque[asyncio.Task[Tab]] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._resting: asyncio.Task[None] | None = None

    def prepare(self, count: int) -> None:
        """Begin to open tabs until so many are waiting."""
        while len(self._spare) < count:
            opening = asyncio.create_task(self._chrome.open_tab())
            opening.add_done_callback(lambda task: task.cancelled() or task.exception())  # told to whoever takes it
            self._spare.append(opening)

    def prepare_at_rest(self, count: int) -> None:
        """Prepare while the caller thinks (asks a model), unless it does not."""
        self._resting = asyncio.create_task(self._prepare_after(REST_SECONDS, count))

    async def _prepare_after(self, seconds: float, count: int) -> None:
        await asyncio.sleep(seconds)
        self.prepare(count)

    def end_rest(self) -> None:
        """Prepare nothing more: what is needed now is opened when it is needed."""
        if self._resting:
            self._resting.cancel()

    async def take(self, used: Tab | None, empty_page: str | None) -> Tab:
        """Return the used tab after it was emptied, otherwise a new one. Raises playwright's Error, or NoBrowser.

        `empty_page` is an address of the same origin; without one, no tab is used again.
        """
        if used and empty_page:
            try:
                await used.empty(empty_page)
                return used
            except TabIsSpent:
                pass
        if used:
            await self.close(used)
        return await self._prepared() or await self._chrome.open_tab()

    async def _prepared(self) -> Tab | None:
        while self._spare:
            try:
                tab = await self._spare.popleft()
            except (Error, NoBrowser):
                continue
            if is_usable(tab):
                return tab
        return None

    async def close(self, tab: Tab) -> None:
        """Close it. When it does not let go, the browser is killed; its other visits must be repeated."""
        try:
            await tab.close()
        except TimeoutError:
            self._chrome.kill()

    def close_soon(self, tab: Tab) -> None:
        """Close it in the background."""
        closing = asyncio.create_task(self.close(tab))
        self._background.add(closing)
        closing.add_done_callback(self._background.discard)

    async def stop(self) -> None:
        """End what is under way, before the browser ends."""
        self.end_rest()
        under_way = [*self._spare, *self._background]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def is_usable(tab: Tab) -> bool:
    """Whether the browser that it belongs to still runs."""
    browser = tab.page.context.browser
    return browser is not None and browser.is_connected()
