"""One visit: open the page, wait until it is at rest, ask once, look again at what may come late, take pictures."""

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error, Page, TimeoutError

from action.browser.evaluate import STEP_MS, Asker
from action.browser.page_events import Listener
from action.browser.proxy import WayOut
from action.browser.tab import MOBILE, Tab, after_two_frames, will_run
from action.contract.visit import LATE_SECONDS, Answer, Question, Screenshots, Visit, VisitPlan


@dataclass(frozen=True)
class Limits:
    """`visit` is for everything about one visit.

    A page is at rest when it loads nothing and did not change for two frames; for `quiet`, where a timer could change
    it. It is waited for that for `rest`; for one that only moves, `moving`. A no is final after `still`.
    """

    visit: float = 25.0
    load: float = 6.0
    response: float = 5.0
    rest: float = 6.0
    moving: float = 2.0
    quiet: float = 0.5
    still: float = 0.15


PAUSE_SECONDS = 0.05  # between two looks at the page
PICTURE = {"format": "webp", "quality": 80}
STATE = (
    "(document.documentElement ? document.documentElement.outerHTML.length + '|' "
    "+ document.documentElement.textContent.length : 0) + '|' + document.title.slice(0, 99).split(' ').join('_') "
    "+ '|' + document.readyState"
)
SHOWS_SOMETHING = (
    "!!document.body && (document.body.innerText.trim().length > 0 || "
    "!!document.body.querySelector('canvas,img,svg,video,iframe,input,button,select,textarea,object'))"
)
BLANK = "the page is blank: it shows neither text nor anything else"


async def visit_page(tab: Tab, url: str, plan: VisitPlan, way_out: WayOut, limits: Limits) -> Visit:
    """Visit an address in an empty tab. Raises playwright's Error, and TimeoutError for a page that hangs."""
    parts = urlsplit(url)
    listener = Listener(f"{parts.scheme}://{parts.netloc}", way_out)
    async with listener.listening(tab.page, tab.session):
        return await seen(tab, url, plan, listener, limits)


async def seen(tab: Tab, url: str, plan: VisitPlan, listener: Listener, limits: Limits) -> Visit:
    """Return what the page shows, answers and says."""
    began, asker = time.monotonic(), Asker(tab.session)
    status, problem = await opened(tab.page, url, limits)
    if problem:
        return Visit(problem=problem, status=status, exceptions=tuple(listener.exceptions))
    async with asyncio.timeout(limits.response):
        await asker.value_of("1")
    rest = Rest(tab.page, asker, listener, limits)
    is_restless = not await rest.waited_for(limits.still if plan.is_once else 0.0)
    await asyncio.sleep(plan.pause)
    is_busy = await rest.may_change(LATE_SECONDS)
    answers = await ask(asker, plan, rest, began)
    shows_something = await asker.value_of(SHOWS_SOMETHING)
    screenshots = await take_screenshots(tab) if plan.screenshots else None
    listener.give_up_waiting()
    return Visit(
        problem="" if shows_something.truthy else BLANK,
        status=status,
        answers=answers,
        console_errors=tuple(listener.console_errors[:20]),
        exceptions=tuple(listener.exceptions[:20]),
        failed_requests=tuple(listener.failed.values())[:20],
        screenshots=screenshots,
        seconds=round(time.monotonic() - began, 3),
        is_busy=is_busy,
        is_restless=is_restless and rest.is_loading(),
    )


async def opened(page: Page, url: str, limits: Limits) -> tuple[int | None, str]:
    """Open the page; return the HTTP status and why it cannot be used (empty: it can)."""
    try:
        response = await page.goto(url, wait_until="load", timeout=limits.load * 1000)
    except TimeoutError:
        return 200, ""  # something never loads; what is there is judged, if it responds at all.
    except Error as error:
        return None, f"the page cannot be opened: {error.message.splitlines()[0]}"
    return (response.status if response else None), ""


async def ask(asker: Asker, plan: VisitPlan, rest: "Rest", began: float) -> dict[str, Answer]:
    """Ask each question once. Those that only read are looked at again while the page may change: a late yes."""
    asked = {question.key: question for question in plan.questions}
    no = await ask_those(asker, plan.questions, rest.limits)
    answers = {key: Answer(True) for key in asked if key not in no}
    rested_at = time.monotonic()
    while no and not plan.is_once:
        waited = time.monotonic() - rested_at
        if all(waited > asked[key].wait_seconds for key in no) or not await rest.may_change(LATE_SECONDS - waited):
            break
        await asyncio.sleep(PAUSE_SECONDS)
        still = await ask_those(asker, [asked[key] for key in no], rest.limits)
        is_late = time.monotonic() - rest.idle_at > rest.limits.quiet
        late = f"true only after {time.monotonic() - began:.1f} s" if is_late else ""
        answers |= {key: Answer(True, late) for key in no if key not in still}
        no = still
    return answers | {key: await asker.answer_no(asked[key], actual) for key, actual in no.items()}


async def ask_those(asker: Asker, questions: Sequence[Question], limits: Limits) -> dict[str, str]:
    """Return the questions that are not true now, with their values. Raises TimeoutError for a page that hangs."""
    async with asyncio.timeout(limits.response + STEP_MS / 1000 * len(questions)):
        return await asker.ask_all(questions)


class Rest:
    """Watches whether anything still happens on a page.

    It is at rest when the network is idle and nothing changed for `quiet`, as evaluators wait ("networkidle"); after
    two frames already, when no timer, worker or request is there that could change it.
    """

    def __init__(self, page: Page, asker: Asker, listener: Listener, limits: Limits) -> None:
        self.limits = limits
        self._page = page
        self._asker = asker
        self._listener = listener
        self._state = ""
        self._changed_at = time.monotonic()

    @property
    def idle_at(self) -> float:
        """When the network became idle; now, when it is not."""
        return time.monotonic() if self._listener.pending else self._listener.network_at

    def is_loading(self) -> bool:
        """Whether the network is in use, or was a moment ago."""
        return time.monotonic() - self.idle_at <= self.limits.quiet

    async def has_come(self, still: float = 0.0) -> bool:
        """Look for two frames. Where nothing could change the page, it must not have changed for `still` either."""
        began = time.monotonic()
        is_expecting, *states = await self._look()
        if any(state != (self._state or states[0]) for state in states):
            self._changed_at = time.monotonic()
        self._state = states[-1]
        since = max(self._changed_at, self.idle_at)
        return since <= began and time.monotonic() - since > (self.limits.quiet if is_expecting else still)

    async def waited_for(self, still: float = 0.0) -> bool:
        """Wait until the page is at rest. One that goes on moving need only leave the network alone."""
        began = time.monotonic()
        while not await self.has_come(still):
            waited = time.monotonic() - began
            if waited > self.limits.rest or (waited > self.limits.moving and not self.is_loading()):
                return False
            await asyncio.sleep(PAUSE_SECONDS)
        return True

    async def is_over(self, within: float) -> bool:
        """Whether the page is at rest, and nothing is under way that could change it within these seconds."""
        return await self.has_come(self.limits.still) and not await self.may_change(within)

    async def may_change(self, within: float) -> bool:
        """Whether something is under way that could change the page within these seconds."""
        if time.monotonic() - self.idle_at <= self.limits.still:
            return True
        async with asyncio.timeout(self.limits.response):
            will = await self._asker.value_of(will_run(max(0.0, within)))
        return will.text == "true" or bool(self._page.workers)

    async def _look(self) -> tuple[bool, str, str]:
        expression = f"{after_two_frames(STATE)}.then(states => [{will_run(self.limits.quiet)}, ...states].join(' '))"
        async with asyncio.timeout(self.limits.response):
            is_expecting, *states = (await self._asker.value_of(expression)).text.split(" ")
        before, after = states if len(states) == 2 else ("", str(time.monotonic()))  # the page does not answer
        return is_expecting == "true" or bool(self._page.workers), before, after


async def take_screenshots(tab: Tab) -> Screenshots | None:
    """Take both pictures. A page that cannot be painted has none."""
    try:
        desktop = await picture(tab.session)
        await tab.show_as(MOBILE, mobile=True)
        return Screenshots(desktop=desktop, mobile=await picture(tab.session))
    except Error as error:
        if "closed" in error.message:
            raise
        return None


async def picture(session: CDPSession) -> bytes:
    """Return what is visible now, as WebP."""
    return base64.b64decode((await session.send("Page.captureScreenshot", PICTURE))["data"])
