"""Assertions about the page as questions for the browser, with what to look at when the answer is no."""

import json
from functools import singledispatch

from action.contract.assertion import Element, InPage, Js, PageLinks, PageText, PageTitle, PageWords
from action.contract.probes import looks
from action.contract.visit import Question


@singledispatch
def question_for(assertion: InPage) -> Question | None:
    """Return the question; None for kinds that are read off the visit itself."""
    return None


@question_for.register
def _(assertion: Js) -> Question:
    return Question(assertion.id, assertion.expression, assertion.wait_seconds, look=looks(assertion.expression))


@question_for.register
def _(assertion: PageTitle) -> Question:
    return strict(assertion, f"document.title === {js(assertion.equals)} || `the title is ${{document.title}}`")


@question_for.register
def _(assertion: PageText) -> Question:
    wanted = " ".join(assertion.contains.split()).lower()
    return strict(
        assertion,
        f"""(() => {{
            const text = (document.body ? document.body.innerText : "").replace(/\\s+/g, " ");
            return text.toLowerCase().includes({js(wanted)}) || "the page shows: " + text.trim().slice(0, 300);
        }})()""",
    )


@question_for.register
def _(assertion: PageWords) -> Question:
    most = "Infinity" if assertion.maximum is None else str(assertion.maximum)
    return strict(
        assertion,
        f"""(() => {{
            const element = document.querySelector({js(assertion.selector)});
            if (!element) return "no element matches " + {js(assertion.selector)};
            const count = (element.innerText ?? element.textContent).trim().split(/\\s+/).filter(Boolean).length;
            return ({assertion.minimum} <= count && count <= {most}) || count + " words";
        }})()""",
    )


@question_for.register
def _(assertion: Element) -> Question:
    wanted = {"tag": assertion.tag, "text": assertion.text, "contains": assertion.contains, "has": assertion.attribute}
    return strict(
        assertion,
        f"""(() => {{
            const wanted = {js(wanted)};
            const element = document.querySelector({js(assertion.selector)});
            if (!element) return "no element matches " + {js(assertion.selector)};
            const tag = element.tagName.toLowerCase();
            const text = (element.value ?? element.textContent ?? "").toString().trim();
            const shown = JSON.stringify(text.slice(0, 200));
            if (wanted.tag !== null && tag !== wanted.tag) return "it is a <" + tag + ">";
            if (wanted.text !== null && text !== wanted.text.trim()) return "its text is " + shown;
            if (wanted.contains !== null && !text.includes(wanted.contains)) return "its text is " + shown;
            if (wanted.has !== null && !element.hasAttribute(wanted.has)) return "it has no attribute " + wanted.has;
            return true;
        }})()""",
    )


@question_for.register
def _(assertion: PageLinks) -> Question:
    return strict(
        assertion,
        f"""(() => {{
            const plain = address => new URL(address, document.baseURI).href.replace(/\\/(index\\.html)?$/, "");
            const found = new Set([...document.querySelectorAll("a[href]")].map(link => {{
                try {{ return plain(link.getAttribute("href").split("#")[0]) }} catch {{ return "" }}
            }}));
            const missing = {js(list(assertion.targets))}.filter(target => !found.has(plain(target)));
            return missing.length === 0 || "no link to " + missing.join(", ");
        }})()""",
    )


def strict(assertion: InPage, expression: str) -> Question:
    """Return a question whose expression answers `true`, or says in words what is there instead."""
    return Question(assertion.id, expression, strict=True)


def js(value: object) -> str:
    """Return a Python value as a JavaScript literal."""
    return json.dumps(value)
