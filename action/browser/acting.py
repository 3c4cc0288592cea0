"""A visit that acts: does steps in the page, or opens it again with other data and compares what it shows."""

import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote, urlsplit

from playwright.async_api import Error, Page, Route

from action.browser.page_events import Listener, first_line, raise_if_gone
from action.browser.pages_server import media_type
from action.browser.proxy import WayOut
from action.browser.steps import Actor
from action.browser.tab import Tab
from action.browser.visit import Limits, opened
from action.contract.kinds_steps import FollowsData, Steps
from action.contract.variations import computed_from, count_behind, stays_behind, table_of
from action.contract.visit import Answer, Visit, VisitPlan

DATA = re.compile(r"\.(?:csv|tsv|json|geojson|xml|txt)$", re.IGNORECASE)
NUMBERS = """() => {
    const found = {};
    const all = [...document.querySelectorAll("body *")].slice(0, 20000);
    for (const e of all) {
        const own = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent).join(" ");
        const text = (/^(INPUT|OUTPUT)$/.test(e.tagName) ? e.value : own) ?? "";
        if (!/\\d/.test(text) || /^(SCRIPT|STYLE|OPTION)$/.test(e.tagName)) continue;
        const place = e.id ? "#" + e.id : [e.tagName.toLowerCase(), ...e.classList].slice(0, 3).join(".");
        let key = place;
        for (let n = 2; key in found; n++) key = place + " (" + n + ")";
        found[key] = text.replace(/\\s+/g, " ").trim().slice(0, 200);
        if (Object.keys(found).length >= 1000) break;
    }
    return found;
}"""


async def visit_and_act(tab: Tab, url: str, plan: VisitPlan, way_out: WayOut, limits: Limits) -> Visit:
    """Visit an address in an empty tab and act there. Raises playwright's Error; TimeoutError for a page that hangs."""
    parts, began = urlsplit(url), time.monotonic()
    listener = Listener(f"{parts.scheme}://{parts.netloc}", way_out)
    async with listener.listening(tab.page, tab.session):
        actor = Actor(tab, url, listener, limits)
        if plan.acting is None or (plan.acting.attachment and not plan.replaced):
            return cannot_vary(plan.acting)
        if isinstance(plan.acting, Steps):
            async with answering(tab.page, plan.replaced):
                status, problem = await opened(tab.page, plan.acting.address(url), limits)
                answer = None if problem else await actor.answer(plan.acting)
        else:
            status, problem = await opened(tab.page, url, limits)
            answer = None if problem else await data_answer(actor, plan.acting, plan)
    answers = {plan.acting.id: answer} if answer else {}
    failed = tuple(listener.failed.values())[:20]
    return Visit(problem, status, answers, failed_requests=failed, seconds=round(time.monotonic() - began, 3))


def cannot_vary(acting: Steps | FollowsData | None) -> Visit:
    """Return the visit that brings nothing: there is nothing to vary."""
    if acting is None:
        return Visit(status=200)
    cannot = Answer(False, f"{acting.attachment} is not there, or cannot be varied", could_run=False)
    return Visit(status=200, answers={acting.id: cannot})


async def data_answer(actor: Actor, follows: FollowsData, plan: VisitPlan) -> Answer:
    """Return what came of other data; of a page that cannot be read, that."""
    try:
        return await compared(actor, follows, plan)
    except Error as error:
        raise_if_gone(error)
        return Answer(False, first_line(error.message)[:200], could_run=False)


async def compared(actor: Actor, follows: FollowsData, plan: VisitPlan) -> Answer:
    """Open the page with the data as they are, and again with other ones; compare what it shows."""
    name = follows.attachment
    await actor.rest.waited_for()
    if not any(is_for(name, url) for url in actor.listener.requested):
        return Answer(False, f"the page does not read {name} by itself", could_run=False)
    before = await actor.evaluated(NUMBERS, None)
    await actor.page.goto("about:blank")
    await actor.tab.forget()
    async with answering(actor.page, plan.replaced):
        await opened(actor.page, actor.url, actor.limits)
        await actor.rest.waited_for()
        after = await actor.evaluated(NUMBERS, None)
    rows, other = table_of(name, plan.originals[name]), table_of(name, plan.replaced[name])
    told = [stays_behind(computed_from(rows, other), before, after)]
    if not any(DATA.search(urlsplit(url).path) and not is_for(name, url) for url in actor.listener.requested):
        told.append(count_behind(rows, other, before, after))  # of other files' rows, nobody could tell them apart
    if behind := [words for those, _ in told for words in those]:
        return Answer(False, "; ".join(behind[:3]))
    return (
        Answer(True)
        if any(kept for _, kept in told)
        else Answer(False, f"the page shows nothing computed from {name}", could_run=False)
    )


def is_for(name: str, url: str) -> bool:
    """Whether a request is for an attachment."""
    return urlsplit(url).path.endswith("/" + quote(name))


@asynccontextmanager
async def answering(page: Page, replaced: Mapping[str, bytes]) -> AsyncIterator[None]:
    """Answer requests for attachments with other bytes, while the block runs."""

    async def answer(route: Route) -> None:
        name = next(name for name in replaced if is_for(name, route.request.url))
        await route.fulfill(body=replaced[name], headers={"Content-Type": media_type(name)})

    def is_replaced(url: str) -> bool:
        return any(is_for(name, url) for name in replaced)

    if not replaced:
        yield
        return
    await page.route(is_replaced, answer)
    try:
        yield
    finally:
        with suppress(Error):  # the page is gone
            await page.unroute(is_replaced, answer)
