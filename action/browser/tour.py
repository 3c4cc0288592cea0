"""The visits of one evaluation: several at the same time, each in an empty profile, none at another's expense."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from playwright.async_api import Error

from action.browser.tab import Tab
from action.browser.tabs import Tabs
from action.contract.visit import Visit, VisitPlan

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
                    tab = await self.tabs.take(tab, self.empty_page)
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
