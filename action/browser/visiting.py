"""One visit: open the page, let it settle, ask until true or nothing changes any more, look at it in two sizes."""

import base64
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Error, Page, TimeoutError

from action.browser.asking import Asker, all_true
from action.browser.listening import Listener
from action.browser.tab import MOBILE, Tab
from action.browser.way_out import WayOut
from action.contract.visit import Answer, Question, Screenshots, Visit

LOAD_SECONDS = 6.0
RESPONSE_SECONDS = 5.0
SETTLE_SECONDS = 3.0
QUIET_SECONDS = 0.5  # a page that does not change for so long, and loads nothing, is done
PATIENT_SECONDS = 2.5  # the same for a page that has timers
STATE = (
    "(document.documentElement ? document.documentElement.outerHTML.length + '|' "
    "+ document.documentElement.textContent.length : 0) + '|' + document.title + '|' + document.readyState"
)


def visit_page(
    tab: Tab,
    url: str,
    questions: Sequence[Question],
    way_out: WayOut,
    time_limit: Callable[[float], AbstractContextManager[None]],
    *,
    patient: bool,
    pictures: bool,
) -> Visit:
    """Visit an address in a fresh tab. Raises playwright's Error, or what `time_limit` raises for a hung page."""
    parts = urlsplit(url)
    listener = Listener(f"{parts.scheme}://{parts.netloc}", way_out)
    with listener.listening(tab.page):
        return seen(tab, url, questions, listener, time_limit, patient=patient, pictures=pictures)


def seen(
    tab: Tab,
    url: str,
    questions: Sequence[Question],
    listener: Listener,
    time_limit: Callable[[float], AbstractContextManager[None]],
    *,
    patient: bool,
    pictures: bool,
) -> Visit:
    """Return what the page shows, answers and says."""
    began, page, session = time.monotonic(), tab.page, tab.session
    status, problem = opened(page, url)
    if problem:
        return Visit(problem=problem, status=status, exceptions=tuple(listener.exceptions))
    with time_limit(RESPONSE_SECONDS):
        Asker(session).value_of("1")
    settle(page, listener)
    answers = ask_until_quiet(page, Asker(session), questions, listener, patient=patient)
    screenshots = take_screenshots(tab) if pictures else None
    listener.give_up_waiting()
    return Visit(
        problem=blank(page),
        status=status,
        answers=answers,
        console_errors=tuple(listener.console_errors[:20]),
        exceptions=tuple(listener.exceptions[:20]),
        failed_requests=tuple(listener.failed.values())[:20],
        screenshots=screenshots,
        seconds=round(time.monotonic() - began, 3),
    )


def opened(page: Page, url: str) -> tuple[int | None, str]:
    """Open the page; return the HTTP status and why it cannot be used (empty: it can)."""
    try:
        response = page.goto(url, wait_until="load", timeout=LOAD_SECONDS * 1000)
    except TimeoutError:
        return 200, ""  # something never loads; what is there is judged, if it responds at all.
    except Error as error:
        return None, f"the page cannot be opened: {error.message.splitlines()[0]}"
    return (response.status if response else None), ""


def settle(page: Page, listener: Listener) -> None:
    """Wait until no request is under way, for a short while."""
    ends_at = time.monotonic() + SETTLE_SECONDS
    page.wait_for_timeout(30)  # also lets Playwright deliver its events
    while listener.pending and time.monotonic() < ends_at:
        page.wait_for_timeout(50)


def ask_until_quiet(
    page: Page, asker: Asker, questions: Sequence[Question], listener: Listener, *, patient: bool
) -> dict[str, Answer]:
    """Ask all questions again and again; stop when all are true, time is up, or the page rests."""
    began = changed_at = time.monotonic()
    quiet, state = PATIENT_SECONDS if patient else QUIET_SECONDS, ""
    asked = {question.key: question for question in questions}
    answers: dict[str, Answer] = {}
    while True:
        waiting = [question for key, question in asked.items() if key not in answers]
        no = all_true(asker, waiting)
        answers.update({question.key: Answer(True) for question in waiting if question.key not in no})
        now = time.monotonic()
        latest = asker.value_of(STATE).text
        if latest != state or listener.pending:
            state, changed_at = latest, now
        over = now - changed_at > quiet or all(now - began > asked[key].wait_seconds for key in no)
        if over:
            return answers | {key: asker.answer(asked[key], actual) for key, actual in no.items()}
        page.wait_for_timeout(60)


def take_screenshots(tab: Tab) -> Screenshots | None:
    """Take both pictures as PNG. A page that cannot be painted has none."""
    try:
        desktop = picture(tab.session)
        tab.show_as(MOBILE, mobile=True)
        return Screenshots(desktop=desktop, mobile=picture(tab.session))
    except Error as error:
        if "closed" in error.message:
            raise
        return None


def picture(session: CDPSession) -> bytes:
    """Return what is visible now."""
    return base64.b64decode(session.send("Page.captureScreenshot", {"format": "png"})["data"])


def blank(page: Page) -> str:
    """Say so when a page shows nothing at all."""
    shown = page.evaluate(
        "() => !!document.body && (document.body.innerText.trim().length > 0 || "
        "!!document.body.querySelector('canvas,img,svg,video,iframe,input,button,select,textarea,object'))"
    )
    return "" if shown else "the page is blank: it shows neither text nor anything else"
