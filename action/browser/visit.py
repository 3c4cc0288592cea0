"""One visit: open the page, let it settle, ask until true or nothing changes any more, look at it in two sizes."""

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
from action.browser.tab import MOBILE, Tab, will_run
from action.contract.visit import Answer, Question, Screenshots, Visit, VisitPlan


@dataclass(frozen=True)
class Limits:
    """`visit` is for everything about one visit.

    A page is at rest when it loads nothing and did not change for `quiet`; one with timers that will soon run, only
    after `patient`.
    """

    visit: float = 25.0
    load: float = 6.0
    response: float = 5.0
    settle: float = 3.0
    quiet: float = 0.5
    patient: float = 2.5


PAUSE_SECONDS = 0.05  # between two looks at the page
PICTURE = {"format": "webp", "quality": 80}
STATE = (
    "(document.documentElement ? document.documentElement.outerHTML.length + '|' "
    "+ document.documentElement.textContent.length : 0) + '|' + document.title + '|' + document.readyState"
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
    await settle(listener, limits)
    answers = await ask_until_at_rest(tab.page, asker, plan.questions, listener, limits)
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


async def settle(listener: Listener, limits: Limits) -> None:
    """Wait until no request is under way, for a short while."""
    ends_at = time.monotonic() + limits.settle
    await asyncio.sleep(PAUSE_SECONDS)  # also lets Playwright deliver its events
    while listener.pending and time.monotonic() < ends_at:
        await asyncio.sleep(PAUSE_SECONDS)


async def ask_until_at_rest(
    page: Page, asker: Asker, questions: Sequence[Question], listener: Listener, limits: Limits
) -> dict[str, Answer]:
    """Ask all questions again and again; stop when all are true, time is up, or the page rests."""
    began, rest = time.monotonic(), Rest(page, asker, listener, limits)
    asked = {question.key: question for question in questions}
    answers: dict[str, Answer] = {}
    while True:
        waiting = [question for key, question in asked.items() if key not in answers]
        async with asyncio.timeout(limits.response + STEP_MS / 1000 * len(waiting)):
            no = await asker.ask_all(waiting)
            is_over = not no or await rest.has_come()
        answers.update({question.key: Answer(True) for question in waiting if question.key not in no})
        waited = time.monotonic() - began
        if is_over or all(waited > asked[key].wait_seconds for key in no):
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return answers | {key: await asker.answer_no(asked[key], actual) for key, actual in no.items()}


class Rest:
    """Watches whether anything still happens on a page."""

    def __init__(self, page: Page, asker: Asker, listener: Listener, limits: Limits) -> None:
        self._page = page
        self._asker = asker
        self._listener = listener
        self._limits = limits
        self._state = ""
        self._changed_at = time.monotonic()
        self._look = f"{will_run(limits.patient)} + '|' + {STATE}"

    async def has_come(self) -> bool:
        """Look once. A page without timers rests soon."""
        is_expecting, _, state = (await self._asker.value_of(self._look)).text.partition("|")
        if state != self._state or self._listener.pending:
            self._state, self._changed_at = state, time.monotonic()
        is_busy = is_expecting == "true" or bool(self._page.workers)
        return time.monotonic() - self._changed_at > (self._limits.patient if is_busy else self._limits.quiet)


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
