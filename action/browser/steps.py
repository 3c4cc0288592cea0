"""Steps in a page: does what a person would do there, reads the places that are spoken of, and says what came of it."""

import asyncio
import builtins
import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Dialog, Error, Locator, Page, TimeoutError

from action.browser.evaluate import Asker
from action.browser.page_events import Listener, content_of, first_line, raise_if_gone
from action.browser.tab import Tab
from action.browser.visit import PAUSE_SECONDS, Limits, Rest
from action.contract.kinds_steps import Step, Steps
from action.contract.visit import Answer

FIND_SECONDS = 1.2  # until an element must be there, on a page that may still change
ACT_MS = 800  # until it must let itself be used; then it is clicked as a script would
DOWNLOAD_MS, READ_SECONDS = 2_500, 3.0
CLICKABLE = "button, a, label, summary, td, li, [role=button], [role=tab], [role=menuitem], [data-value]"
SAME_SIGN = {"*": "×", "/": "÷", "-": "−", "×": "*", "÷": "/", "−": "-"}


class CannotDo(Exception):
    """A step has nothing that it could act on."""


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
        done = steps.in_the_address()
        for number, step in enumerate(steps.steps[done:], start=done + 1):
            try:
                await self._do(step)
            except (CannotDo, Error) as error:
                if isinstance(error, Error):
                    raise_if_gone(error)
                why = str(error) if isinstance(error, CannotDo) else first_line(error.message)[:200]
                raise CannotDo(f"step {number} ({step.describe()}) cannot be done: {why}") from None
        has_to_rest = any(expect.wish.at_the_end for expect in steps.expect)
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
        is_told = (
            any(step.do in {"reload", "back", "hash", "query", "resize"} for step in steps.steps) or steps.attachment
        )
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
            await page.keyboard.press(step.key)
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
            await element.press(step.key, timeout=ACT_MS)
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


LOOK = """([selector, name, value]) => {
    let all = [document.body].filter(Boolean);
    try { if (selector) all = [...document.querySelectorAll(selector)] } catch { all = [] }  // no valid selector
    const isShown = e => e.tagName === "OPTION" ? !e.hidden
        : (e.checkVisibility ? e.checkVisibility({visibilityProperty: true}) : true);
    const plain = text => (text ?? "").toString().replace(/\\s+/g, " ").trim();
    const shown = all.filter(isShown), hasValue = e => /^(INPUT|TEXTAREA|SELECT|OUTPUT)$/.test(e.tagName);
    const textOf = e => plain(hasValue(e) ? e.value : e.innerText ?? e.textContent);
    const first = shown[0] ?? all[0], style = first ? getComputedStyle(first) : {};
    const body = document.body?.innerText ?? "", root = document.documentElement;
    const places = first ? (selector ? [first] : [first, root]) : [];
    const parts = [...(selector ? [] : first?.children ?? [])].filter(e => e.tagName !== "BUTTON").slice(0, 9);
    const of = (e, names) => names.map(n => e.getAttribute(n)).join("|");
    const names = "class data-theme data-bs-theme data-mode style aria-expanded aria-pressed src".split(" ");
    const wanted = plain(value), isLeaf = e => !e.children.length && isShown(e);
    const exact = wanted ? [...document.querySelectorAll("body *")].filter(e =>
        (isLeaf(e) || hasValue(e)) && textOf(e) === wanted).length : 0;
    const invalid = "[role=alert], [aria-invalid=true], :user-invalid, .error, .is-invalid, .invalid-feedback";
    const hides = [root, document.body].some(e => e && /hidden|clip/.test(getComputedStyle(e).overflowX));
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
        exact, too_wide: hides ? 0 : root.scrollWidth - root.clientWidth, body: body.slice(0, 20000),
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
