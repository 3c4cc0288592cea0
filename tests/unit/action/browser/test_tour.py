"""Visits overlap, and none is at another's expense: not when a page hangs, nor when the browser goes down."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from playwright.async_api import Error

from action.browser.chrome import Chrome
from action.browser.schedule import HUNG, Tabs, Tour
from action.browser.tab import Tab
from action.contract.visit import Visit, VisitPlan

T = TypeVar("T")
PLANS = [VisitPlan(path=name) for name in ("a", "b", "c", "d")]


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns. On a thread of its own: another test's browser may have left a loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class FakeTab(Tab):
    """A tab that only counts."""

    def __init__(self) -> None:
        pass


class FakeTabs(Tabs):
    """Writes down which tabs were taken, emptied and closed."""

    def __init__(self) -> None:
        self.opened = self.emptied = self.closed = 0

    async def take(self, used: Tab | None, empty_page: str | None, *, takes_downloads: bool = False) -> Tab:
        if used:
            self.emptied += 1
            return used
        self.opened += 1
        return FakeTab()

    async def close(self, tab: Tab) -> None:
        self.closed += 1

    def close_soon(self, tab: Tab) -> None:
        self.closed += 1


class Pages:
    """Pages that answer at once, hang, or bring the browser down whenever they are visited."""

    def __init__(self, hanging: str = "", bringing_down: str = "") -> None:
        self.hanging, self.bringing_down = hanging, bringing_down
        self.under_way: set[str] = set()
        self.fallen: set[str] = set()
        self.most_at_once = 0
        self.visited: list[str] = []

    async def visit(self, tab: Tab, plan: VisitPlan) -> Visit:
        self.visited.append(plan.path)
        self.under_way.add(plan.path)
        self.most_at_once = max(self.most_at_once, len(self.under_way))
        try:
            await self._be_seen(plan.path)
        finally:
            self.under_way.discard(plan.path)
        return Visit(status=200)

    async def _be_seen(self, path: str) -> None:
        if path == self.bringing_down:
            await asyncio.sleep(0.005)
            self.fallen |= self.under_way
        else:
            await asyncio.sleep(3600 if path == self.hanging else 0.01)
        if path in self.fallen:
            self.fallen.discard(path)
            raise Error("Target page, context or browser has been closed")


def tour(
    pages: Pages, at_once: int = 2, has_time: Callable[[], bool] = lambda: True, plans: Sequence[VisitPlan] = PLANS
) -> tuple[list[str | None], FakeTabs]:
    """Return what was wrong with each page (None: not visited), and the tabs."""
    tabs = FakeTabs()
    made = Tour(tabs, pages.visit, "http://127.0.0.1/.empty", seconds=0.5, has_time=has_time)
    visits = finished(made.visit_all(plans, at_once))
    return [visit.problem if visit else None for visit in visits], tabs


def test_as_many_visits_overlap_as_may() -> None:
    pages = Pages()
    problems, tabs = tour(pages)
    assert problems == [""] * 4
    assert pages.most_at_once == 2
    assert (tabs.opened, tabs.emptied, tabs.closed) == (2, 2, 2)


def test_a_page_that_hangs_fails_only_its_own_visit_and_loses_its_tab() -> None:
    problems, tabs = tour(Pages(hanging="b"))
    assert problems == ["", HUNG, "", ""]
    assert tabs.opened == tabs.closed


def test_only_the_page_that_brings_the_browser_down_is_blamed() -> None:
    for guilty, index in (("a", 0), ("b", 1), ("d", 3)):
        pages = Pages(bringing_down=guilty)
        problems, tabs = tour(pages)
        expected = ["", "", "", ""]
        expected[index] = "the page brought the browser down: Target page, context or browser has been closed"
        assert problems == expected
        assert pages.visited.count(guilty) == 2
        assert len(pages.visited) == 6  # and the one beside it
        assert tabs.opened == tabs.closed


def test_no_visit_begins_without_time_nor_is_one_repeated() -> None:
    times = iter([True, True, False, False, False])
    pages = Pages(bringing_down="a")
    problems, _ = tour(pages, has_time=lambda: next(times))
    assert problems == [None] * 4
    assert sorted(pages.visited) == ["a", "b"]


def test_nothing_to_visit_is_no_visit() -> None:
    assert tour(Pages(), plans=[])[0] == []


class NoChrome(Chrome):
    """Opens tabs that its browser cannot keep, then one that it can."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def open_tab(self, *, takes_downloads: bool = False) -> Tab:
        if self.failures:
            self.failures -= 1
            raise Error("browser has been closed")
        return FakeTab()


def test_a_prepared_tab_that_could_not_be_opened_is_replaced() -> None:
    async def taken() -> Tab:
        tabs = Tabs(NoChrome(failures=2))
        tabs.prepare(2)
        return await tabs.take(None, None)

    assert isinstance(finished(taken()), FakeTab)
