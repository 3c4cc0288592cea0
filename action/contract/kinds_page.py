"""Kinds of assertions about a page in the browser: each says itself in words, and asks its question there."""

import json
from typing import Annotated, Literal

from pydantic import Field

from action.contract.hints import address_hints, exact_title, hints_of_expression, hints_of_query, tag_hint
from action.contract.kind import Hint, Kind, PagePath, Short, word_range
from action.contract.probes import looks
from action.contract.visit import Question


class InPage(Kind):
    """A kind that needs the browser. `path` is relative to the site, `query` begins with "?" or is empty."""

    path: PagePath = ""
    query: str = Field(default="", max_length=2_000, pattern=r"^(\?[^\x00-\x1f\s#]*)?$")

    def place(self) -> str:
        """Say on which page, when it is not the first one."""
        with_query = f" with {self.query}" if self.query else ""
        return f" (on {self.path or 'the page'}{with_query})" if self.path or self.query else ""

    def question(self) -> Question | None:
        """Return what the browser is asked; None for kinds that are read off the visit itself."""
        return None


class Js(InPage):
    """An expression that becomes true in the page, kept as the caller wrote it."""

    kind: Literal["js"] = "js"
    words = "in the page this is true: {self.expression}"
    examples = ('"expression": "<JavaScript expression that becomes true in the page>", "query": "?a=b" (optional)',)
    expression: Annotated[str, Field(min_length=1, max_length=20_000)]
    wait_seconds: float = Field(default=5.0, gt=0, le=30)

    def question(self) -> Question:
        return Question(self.id, self.expression, self.wait_seconds, look=looks(self.expression))

    def hints(self) -> list[Hint]:
        return [*hints_of_expression(self.expression), *hints_of_query(self.query)]


class PageLoads(InPage):
    """The page answers 200, is not blank, and stays responsive."""

    kind: Literal["page_loads"] = "page_loads"
    words = "the page loads and shows something"


class NoConsoleErrors(InPage):
    """No uncaught exception, no error on the console, no missing file of the site's own."""

    kind: Literal["no_console_errors"] = "no_console_errors"
    words = "the page loads without console errors, exceptions and missing files"


class PageTitle(InPage):
    """The title of the document: exactly one text, one that contains a text, or any when neither is given."""

    kind: Literal["page_title"] = "page_title"
    examples = ('"equals": "..."',)
    subject_fields = ("path", "query")
    equals: str = Field(default="", max_length=2_000)
    contains: str = Field(default="", max_length=2_000)

    def describe(self) -> str:
        if self.equals:
            return f'the title of the page is exactly "{self.equals}"'
        return f'the title of the page contains "{self.contains}"' if self.contains else "the page has a title"

    def question(self) -> Question:
        right = f"document.title === {js(self.equals)}" if self.equals else "document.title.trim() !== ''"
        right = f"document.title.includes({js(self.contains)})" if self.contains else right
        return strict(self, f"{right} || `the title is ${{document.title}}`")

    def hints(self) -> list[Hint]:
        return [*([exact_title(self.equals)] if self.equals else []), *hints_of_query(self.query)]


class PageText(InPage):
    """Visible text of the page contains `contains` (white space and case do not count)."""

    kind: Literal["page_text"] = "page_text"
    words = 'the page shows the text "{self.contains}"'
    examples = ('"contains": "..."',)
    contains: Short

    def question(self) -> Question:
        wanted = " ".join(self.contains.split()).lower()
        return strict(
            self,
            f"""(() => {{
                const text = (document.body ? document.body.innerText : "").replace(/\\s+/g, " ");
                return text.toLowerCase().includes({js(wanted)}) || "the page shows: " + text.trim().slice(0, 300);
            }})()""",
        )


class PageWords(InPage):
    """The number of words inside an element of the page."""

    kind: Literal["page_words"] = "page_words"
    examples = ('"selector": "#id", "minimum": 1, "maximum": 100',)
    subject_fields = ("path", "query", "selector")
    selector: Short = "body"
    minimum: int = Field(default=0, ge=0)
    maximum: int | None = Field(default=None, ge=0)

    def describe(self) -> str:
        return word_range(self.selector, self.minimum, self.maximum)

    def question(self) -> Question:
        most = "Infinity" if self.maximum is None else str(self.maximum)
        return strict(
            self,
            f"""(() => {{
                const element = document.querySelector({js(self.selector)});
                if (!element) return "no element matches " + {js(self.selector)};
                const count = (element.innerText ?? element.textContent).trim().split(/\\s+/).filter(Boolean).length;
                return ({self.minimum} <= count && count <= {most}) || count + " words";
            }})()""",
        )


class Element(InPage):
    """An element exists; and has a tag, an exact text (trimmed) or an attribute when these are given.

    Of several, one `contains` the text; one has a text or value of `one_of`; one holds something (`is_filled`).
    `minimum` and `maximum` count them.
    """

    kind: Literal["element"] = "element"
    examples = (
        '"selector": "#id", "tag": "table", "text": "exact text", "contains": "part", "attribute": "name"',
        '"selector": "#id tr", "minimum": 3, "maximum": 9, "one_of": ["text of one of them"], "is_filled": true',
    )
    subject_fields = ("path", "query", "selector")
    selector: Short
    tag: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]*$")
    text: str | None = Field(default=None, max_length=2_000)
    contains: str | None = Field(default=None, max_length=2_000)
    attribute: str | None = Field(default=None, pattern=r"^[A-Za-z_:][\w:.-]*$")
    one_of: Annotated[tuple[Short, ...], Field(max_length=100)] = ()
    minimum: int | None = Field(default=None, ge=0)
    maximum: int | None = Field(default=None, ge=0)
    is_filled: bool = False

    def describe(self) -> str:
        wishes = [f"is a <{self.tag}>"] if self.tag else []
        wishes += [f'has exactly the text "{self.text}"'] if self.text is not None else []
        wishes += [f'contains the text "{self.contains}"'] if self.contains is not None else []
        wishes += [f"has the attribute {self.attribute}"] if self.attribute else []
        wishes += [f"has the text or value {' or '.join(map(repr, self.one_of))}"] if self.one_of else []
        wishes += ["is not empty"] if self.is_filled else []
        count = word_range("", self.minimum or 0, self.maximum).removeprefix(" has ").removesuffix(" words")
        if self.maximum == 0:
            return f"the page has no element {self.selector}"
        several = f"{count} elements" if (self.minimum, self.maximum) != (None, None) else "an element"
        return f"the page has {several} {self.selector}{' that ' + ' and '.join(wishes) if wishes else ''}"

    def question(self) -> Question:
        wanted: dict[str, object] = {
            "tag": self.tag,
            "text": self.text,
            "contains": self.contains,
            "has": self.attribute,
        }
        wanted |= {"oneOf": [text.strip().lower() for text in self.one_of], "filled": self.is_filled}
        wanted |= {"least": self.minimum, "most": self.maximum}
        return strict(
            self,
            f"""(() => {{
                const wanted = {js(wanted)}, all = [...document.querySelectorAll({js(self.selector)})];
                const element = all[0], count = all.length;
                if (wanted.most !== null && count > wanted.most) return count + " elements match";
                if (wanted.least !== null && count < wanted.least) return count + " elements match";
                if (!element && (wanted.least === 0 || wanted.most === 0)) return true;
                if (!element) return "no element matches " + {js(self.selector)};
                const read = it => (it.value || it.textContent || "").toString().trim();
                const texts = it => [it.value, it.textContent, it.ariaLabel].map(text => String(text ?? "").trim());
                const plain = it => texts(it).map(text => text.toLowerCase());
                const tag = element.tagName.toLowerCase();
                const text = (element.value ?? element.textContent ?? "").toString().trim();
                const shown = JSON.stringify(text.slice(0, 200));
                if (wanted.tag !== null && tag !== wanted.tag) return "it is a <" + tag + ">";
                if (wanted.text !== null && text !== wanted.text.trim()) return "its text is " + shown;
                const bare = text => text.replace(/(\\d),(?=\\d{{3}})/g, "$1");
                const has = it => texts(it).some(text => [text, bare(text)].some(it => it.includes(wanted.contains)));
                if (wanted.contains !== null && !all.some(has)) return "its text is " + shown;
                if (wanted.has && !element.hasAttribute(wanted.has)) return "it has no attribute " + wanted.has;
                if (wanted.oneOf.length && !all.some(it => plain(it).some(text => wanted.oneOf.includes(text))))
                    return "the texts are " + JSON.stringify(all.slice(0, 20).map(read)).slice(0, 300);
                const media = "img, svg, canvas, video, iframe";
                const holds = it => read(it) || it.matches(media) || it.querySelector(media + ", input");
                if (wanted.filled && !all.some(holds)) return "it is empty";
                return true;
            }})()""",
        )

    def hints(self) -> list[Hint]:
        wanted = [tag_hint(self.selector, self.tag)] if self.tag else []
        return [*wanted, *address_hints(self.selector)[:1], *hints_of_query(self.query)]


class PageLinks(InPage):
    """The rendered page has a link to each of `targets` (file names of the site, or addresses)."""

    kind: Literal["page_links"] = "page_links"
    examples = ('"targets": ["about.html"]',)
    subject_fields = ("path", "query")
    targets: Annotated[tuple[Short, ...], Field(min_length=1, max_length=100)]

    def describe(self) -> str:
        return f"the page has links to {', '.join(self.targets)}"

    def question(self) -> Question:
        return strict(
            self,
            f"""(() => {{
                const plain = address => new URL(address, document.baseURI).href.replace(/\\/(index\\.html)?$/, "");
                const found = new Set([...document.querySelectorAll("a[href]")].map(link => {{
                    try {{ return plain(link.getAttribute("href").split("#")[0]) }} catch {{ return "" }}
                }}));
                const missing = {js(list(self.targets))}.filter(target => !found.has(plain(target)));
                return missing.length === 0 || "no link to " + missing.join(", ");
            }})()""",
        )


def strict(asked: InPage, expression: str) -> Question:
    """Return a question whose expression answers `true`, or says in words what is there instead."""
    return Question(asked.id, expression, strict=True)


def js(value: object) -> str:
    """Return a Python value as a JavaScript literal."""
    return json.dumps(value)
