"""Steps in a page: does what a person would do there, reads the places that are spoken of, and says what came of it."""

import asyncio
import builtins
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import Dialog, Download, Error, Locator, Page, Route, TimeoutError

from action.browser.evaluate import Asker
from action.browser.page_events import Listener, first_line
from action.browser.pages_server import media_type
from action.browser.proxy import WayOut
from action.browser.tab import Tab
from action.browser.visit import PAUSE_SECONDS, Limits, Rest, opened
from action.contract.kinds_steps import AT_THE_END, FollowsData, Step, Steps
from action.contract.variations import computed_from, count_behind, stays_behind, table_of
from action.contract.visit import Answer, Visit, VisitPlan

FIND_SECONDS = 1.2  # until an element must be there, on a page that may still change
ACT_MS = 800  # until it must let itself be used; then it is clicked as a script would
DOWNLOAD_MS = 2_500
LONGEST_DOWNLOAD = 200_000
READ_SECONDS = 3.0
DATA = re.compile(r"\.(?:csv|tsv|json|geojson|xml|txt)$", re.IGNORECASE)
CLICKABLE = "button, a, label, summary, td, li, [role=button], [role=tab], [role=menuitem], [data-value]"
SAME_SIGN = {"*": "×", "/": "÷", "-": "−", "×": "*", "÷": "/", "−": "-"}
KEYS = {"esc": "Escape", "return": "Enter", "space": "Space", "ctrl": "Control", "del": "Delete", "up": "ArrowUp"}
KEYS |= {"down": "ArrowDown", "left": "ArrowLeft", "right": "ArrowRight"}
KEYS |= {name.lower(): name for name in ("Enter", "Escape", "Tab", "Backspace", "Delete", "Control", "Shift", "Alt")}


class CannotDo(Exception):
    """A step has nothing that it could act on."""


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
                status, problem = await opened(tab.page, address_for(url, plan.acting), limits)
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


@dataclass
class Actor:
    """Does the steps of one assertion in a tab, and remembers what the page said meanwhile."""

    tab: Tab
    url: str
    listener: Listener
    limits: Limits
    dialogs: list[str] = field(default_factory=list)
    downloads: list[tuple[str, str]] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """The page of the tab."""
        return self.tab.page

    @property
    def rest(self) -> Rest:
        """A new watch."""
        return Rest(self.page, Asker(self.tab.session), self.listener, self.limits)

    async def answer(self, steps: Steps) -> Answer:
        """Do all steps and wait until all is as expected, or the page is at rest."""
        self.page.on("dialog", self._accept)
        try:
            async with asyncio.timeout(steps.seconds):
                return await self._answer(steps)
        except builtins.TimeoutError:
            return Answer(False, f"the steps did not end within {steps.seconds:.0f} s", could_run=False)
        except CannotDo as error:
            return Answer(False, str(error), could_run=False)
        except Error as error:
            raise_if_gone(error)
            return Answer(False, first_line(error.message)[:200], could_run=False)
        finally:
            self.page.remove_listener("dialog", self._accept)

    async def _answer(self, steps: Steps) -> Answer:
        await self.rest.waited_for()
        before = await self._read(steps)
        done = first_to_do(steps)
        for number, step in enumerate(steps.steps[done:], start=done + 1):
            try:
                await self._do(step)
            except (CannotDo, Error) as error:
                if isinstance(error, Error):
                    raise_if_gone(error)
                why = str(error) if isinstance(error, CannotDo) else first_line(error.message)[:200]
                raise CannotDo(f"step {number} ({step.describe()}) cannot be done: {why}") from None
        has_to_rest = any(expect.to_be in AT_THE_END for expect in steps.expect)
        rest, ends_at = self.rest, time.monotonic() + self.limits.moving
        while True:
            is_at_rest = await rest.is_over(ends_at - time.monotonic())
            is_at_rest = is_at_rest or (time.monotonic() > ends_at and not rest.is_loading())
            now = await self._read(steps)
            problems = [
                f"{expect.describe()}: {problem}"
                for expect, was, seen in zip(steps.expect, before, now, strict=True)
                if (problem := expect.problem(was, seen, self.downloads))
            ]
            if is_at_rest or (not problems and not has_to_rest):
                return self._judged(steps, before, problems)
            await asyncio.sleep(PAUSE_SECONDS)

    def _judged(self, steps: Steps, before: list[dict[str, Any]], problems: list[str]) -> Answer:
        """Say what is not as expected. What was so before the first step, too, proves nothing to us."""
        is_told = any(step.do in {"reload", "back", "hash", "query"} for step in steps.steps) or steps.attachment
        was_so = not is_told and not any(e.problem(was, was) for e, was in zip(steps.expect, before, strict=True))
        if problems:
            is_doubted = was_so and steps.origin == "inferred"  # a menu that is open at first is closed by its button
            return Answer(False, f"after the steps, {'; '.join(problems)}", could_run=not is_doubted)
        return Answer(True, "it was so before the steps, too" if was_so else "", could_run=not was_so)

    async def _read(self, steps: Steps) -> list[dict[str, Any]]:
        return [
            {**await self.evaluated(LOOK, [e.on, e.name, e.value]), "dialogs": list(self.dialogs)} for e in steps.expect
        ]

    async def evaluated(self, program: str, given: Any) -> Any:
        """Evaluate in the page; once more when it navigates meanwhile."""
        async with asyncio.timeout(READ_SECONDS + self.limits.load):
            try:
                return await self.page.evaluate(program, given)
            except Error as error:
                if "context" not in error.message:
                    raise
                await self.page.wait_for_load_state(timeout=self.limits.load * 1000)
                return await self.page.evaluate(program, given)

    async def _do(self, step: Step) -> None:
        """Do one step."""
        page, deed = self.page, step.do
        if deed == "reload":
            await self.rest.waited_for()  # what is kept may be kept a moment later
            await page.reload(wait_until="load", timeout=self.limits.load * 1000)
        elif deed == "back":
            await page.go_back(wait_until="load", timeout=self.limits.load * 1000)
        elif deed == "query":
            await page.goto(self.url.partition("?")[0] + step.value, timeout=self.limits.load * 1000)
        elif deed == "hash":
            await self.evaluated("hash => { location.hash = hash }", step.value)
        elif deed == "resize":
            width, _, height = step.value.partition("x")
            await self.tab.show_as((int(width), int(height)), mobile=False)
        elif deed == "wait" and not step.on:
            await asyncio.sleep(float(step.value))
        elif deed == "press" and not step.on:
            await page.keyboard.press(key_of(step.value))
        else:
            await self._do_on(await self._found(step), step)
        if deed in {"reload", "back", "query"}:
            await self.rest.waited_for()

    async def _do_on(self, element: Locator, step: Step) -> None:
        if step.do in {"click", "check", "uncheck"}:
            await self._click(element, step)
        elif step.do == "fill":
            if await element.evaluate("element => element.tagName", timeout=ACT_MS) == "SELECT":
                await element.select_option(step.value, timeout=ACT_MS)
            else:
                await element.fill(step.value, timeout=ACT_MS)
                await element.dispatch_event("keyup", timeout=ACT_MS)  # of the last key, for pages that wait for that
        elif step.do == "select":
            await element.select_option(step.value, timeout=ACT_MS)
        elif step.do == "press":
            await element.press(key_of(step.value), timeout=ACT_MS)
        elif step.do == "submit":
            await element.evaluate(SUBMIT, timeout=ACT_MS)
        elif step.do == "drag":
            target = await self._found(Step(do="click", on=step.value))
            await element.drag_to(target, timeout=2 * ACT_MS)
        elif step.do == "download":
            await self._download(element, step)

    async def _click(self, element: Locator, step: Step) -> None:
        """Click as a person does. What is hidden behind its own label is clicked as a script does."""
        try:
            if step.do == "click":
                await element.click(timeout=ACT_MS)
            else:
                await element.set_checked(step.do == "check", timeout=ACT_MS)
        except TimeoutError:
            is_already = step.do != "click" and await element.is_checked(timeout=ACT_MS) == (step.do == "check")
            if not is_already:
                await element.evaluate("element => element.click()", timeout=ACT_MS)

    async def _download(self, element: Locator, step: Step) -> None:
        try:
            async with self.page.expect_download(timeout=DOWNLOAD_MS) as coming:
                await self._click(element, Step(do="click", on=step.on, name=step.name))
            self.downloads.append(await content_of(await coming.value))
        except TimeoutError:
            return  # the expectation says that nothing came

    async def _found(self, step: Step) -> Locator:
        """Return the first visible element that is meant, otherwise the first. Raises CannotDo."""
        elements = self.page.locator(step.on) if step.on else self._named(step.name)
        rest, ends_at = self.rest, time.monotonic() + FIND_SECONDS
        while not await elements.count():
            if time.monotonic() > ends_at or await rest.is_over(FIND_SECONDS):
                raise CannotDo(f"no element matches {step.on}" if step.on else f"nothing is called {step.name}")
            await asyncio.sleep(PAUSE_SECONDS)
        shown = elements.locator("visible=true")
        return shown.first if await shown.count() else elements.first

    def _named(self, name: str) -> Locator:
        """Return what can be clicked and is called so."""
        names = "|".join(re.escape(sign) for sign in (name, SAME_SIGN.get(name, "")) if sign)
        called = self.page.locator(CLICKABLE).filter(has_text=re.compile(rf"^\s*(?:{names})\s*$", re.IGNORECASE))
        value = name.replace("\\", "\\\\").replace('"', '\\"')
        return called.or_(self.page.locator(f'input[value="{value}" i], [aria-label="{value}" i]'))

    async def _accept(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message[:300])
        await dialog.accept()


def raise_if_gone(error: Error) -> None:
    """Raise playwright's Error again when the page or the browser is gone: then the visit is made once more."""
    if "closed" in error.message or "crash" in error.message:
        raise error


def key_of(name: str) -> str:
    """Return a key as Playwright calls it: "ctrl+k" is Control+k."""
    return "+".join(KEYS.get(part.strip().lower(), part.strip()) for part in name.split("+")) if len(name) > 1 else name


async def content_of(download: Download) -> tuple[str, str]:
    """Return the name and the beginning of a file that the page offered."""
    path = await download.path()
    content = await asyncio.to_thread(read_beginning, str(path))
    await download.delete()
    return download.suggested_filename, content


def read_beginning(path: str) -> str:
    """Return as much of a file as is looked at."""
    with Path(path).open("rb") as file:
        return file.read(LONGEST_DOWNLOAD).decode("utf-8-sig", errors="replace")


def first_to_do(steps: Steps) -> int:
    """Return how many of the first steps are only the address with which the page is opened."""
    count = 0
    for step in steps.steps:
        if step.do not in {"query", "hash"} or (count and steps.steps[count - 1].do == "hash"):
            break
        count += 1
    return count


def address_for(url: str, steps: Steps) -> str:
    """Return the address with which the page is opened."""
    for step in steps.steps[: first_to_do(steps)]:
        url = url.partition("?")[0] + step.value if step.do == "query" else f"{url}#{step.value.lstrip('#')}"
    return url


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


LOOK = """([selector, name, value]) => {
    let all = [document.body].filter(Boolean);
    try { if (selector) all = [...document.querySelectorAll(selector)] } catch { all = [] }  // no valid selector
    const isShown = e => e.tagName === "OPTION" ? !e.hidden
        : (e.checkVisibility ? e.checkVisibility({visibilityProperty: true}) : true);
    const shown = all.filter(isShown);
    const plain = text => (text ?? "").toString().replace(/\\s+/g, " ").trim();
    const hasValue = e => /^(INPUT|TEXTAREA|SELECT|OUTPUT)$/.test(e.tagName);
    const textOf = e => plain(hasValue(e) ? e.value : e.innerText ?? e.textContent);
    const first = shown[0] ?? all[0];
    const body = document.body?.innerText ?? "";
    const style = first ? getComputedStyle(first) : {};
    const root = document.documentElement;
    const places = first ? (selector ? [first] : [first, root]) : [];
    const parts = [...(selector ? [] : first?.children ?? [])].filter(e => e.tagName !== "BUTTON").slice(0, 9);
    const of = (e, names) => names.map(n => e.getAttribute(n)).join("|");
    const names = "class data-theme data-bs-theme data-mode style aria-expanded aria-pressed src".split(" ");
    const wanted = plain(value);
    const isLeaf = e => !e.children.length && isShown(e);
    const exact = wanted ? [...document.querySelectorAll("body *")].filter(e =>
        (isLeaf(e) || hasValue(e)) && textOf(e) === wanted).length : 0;
    const invalid = "[role=alert], [aria-invalid=true], :user-invalid, .error, .is-invalid, .invalid-feedback";
    let stored = {};
    try {
        for (const [key, text] of Object.entries(localStorage).slice(0, 50)) stored[key] = text.slice(0, 2000);
    } catch {}
    return {
        count: all.length, visible: shown.length, text: first ? textOf(first).slice(0, 2000) : "",
        all_text: (shown.length ? shown : all).slice(0, 200).map(textOf).join(" ").slice(0, 20000),
        look: [...places, ...parts].map(e => of(e, names)).join(" ") + style.backgroundColor + style.color,
        checked: !!first && (first.checked ?? first.getAttribute("aria-checked") === "true"),
        disabled: !!first && (first.disabled === true || first.getAttribute("aria-disabled") === "true"),
        focused: !!first && document.activeElement === first,
        attribute: name && first ? first.getAttribute(name) : null,
        classes: places.flatMap(e => [...e.classList]), title: document.title, address: location.href, stored,
        errors: [...document.querySelectorAll(invalid)].filter(e => isShown(e) && (textOf(e) || e.matches(
            "[aria-invalid=true], :user-invalid, .is-invalid"))).length,
        exact, body: body.slice(0, 20000),
    };
}"""
SUBMIT = """element => {
    const form = element.closest("form");
    const ofForm = form?.querySelector("button:not([type=button]):not([type=reset]), input[type=submit]");
    const isAfter = e => element.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING;
    const button = ofForm ?? [...document.querySelectorAll("button, input[type=submit]")].find(isAfter);
    if (!button && !form) throw new Error("there is no button after it");
    if (button) button.click(); else form.requestSubmit();
}"""
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
