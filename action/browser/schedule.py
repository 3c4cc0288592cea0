"""The visits of one evaluation: several at a time, each in a tab with an empty profile, none at another's expense."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from playwright.async_api import Error

from action.browser.chrome import Chrome
from action.browser.tab import Tab, TabIsSpent
from action.contract.visit import Visit, VisitPlan
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

    async def take(self, used: Tab | None, empty_page: str | None, *, takes_downloads: bool = False) -> Tab:
        """Return the used tab after it was emptied, otherwise a new one. Raises playwright's Error, or NoBrowser.

        `empty_page` is an address of the same origin; without one, no tab is used again.
        """
        if used and empty_page and used.takes_downloads == takes_downloads:
            try:
                await used.empty(empty_page)
                return used
            except TabIsSpent:
                pass
        if used:
            await self.close(used)
        prepared = None if takes_downloads else await self._prepared()
        return prepared or await self._chrome.open_tab(takes_downloads=takes_downloads)

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


HUNG = "the page does not respond, so it was stopped (an endless loop in a script?)"
Waiting = deque[tuple[int, VisitPlan]]


@dataclass
class Tour:
    """`visit` makes one visit in a tab; `seconds` are for all that belongs to it, opening the tab too."""

    tabs: Tabs
    visit: Callable[[Tab, VisitPlan], Awaitable[Visit]]
    empty_page: str | None
    seconds: float
    has_time: Callable[[], bool]
    _visits: dict[int, Visit] = field(default_factory=dict)
    _fallen: Waiting = field(default_factory=deque)

    async def visit_all(self, plans: Sequence[VisitPlan], at_once: int) -> list[Visit | None]:
        """Return what was seen, in the order of the plans. Raises NoBrowser.

        When the browser goes down, nobody can say which of the visits under way did it. So each of them is made again,
        alone: only the one that did it does it again.
        """
        waiting = deque(enumerate(plans))
        await together([self._work(waiting, self._repeat) for _ in range(min(at_once, len(plans)))])
        await self._work(self._fallen, self._give_up)
        return [self._visits.get(number) for number in range(len(plans))]

    async def _work(self, waiting: Waiting, at_fall: Callable[[int, VisitPlan, Error], None]) -> None:
        """Make visits one after the other, in the same tab as long as it can be emptied."""
        tab: Tab | None = None
        while waiting and self.has_time():
            number, plan = waiting.popleft()
            try:
                async with asyncio.timeout(self.seconds):
                    tab = await self.tabs.take(tab, self.empty_page, takes_downloads=plan.takes_downloads)
                    self._visits[number] = await self.visit(tab, plan)
                continue
            except TimeoutError:
                self._visits[number] = Visit(problem=HUNG)
            except Error as error:
                at_fall(number, plan, error)
            if tab:
                await self.tabs.close(tab)
                tab = None
        if tab:
            self.tabs.close_soon(tab)

    def _repeat(self, number: int, plan: VisitPlan, _: Error) -> None:
        self._fallen.append((number, plan))

    def _give_up(self, number: int, _: VisitPlan, error: Error) -> None:
        self._visits[number] = Visit(problem=f"the page brought the browser down: {error.message.splitlines()[0]}")


async def together(works: Sequence[Awaitable[None]]) -> None:
    """Wait for all. When one raises, the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
