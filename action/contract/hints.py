"""Traps in the checks, named in words: what a check really measures, where that is easily missed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from action.contract.assertion import Assertion, ConvertsAttachment, Element, Js, JsonAt, PageTitle, SourceText

SELECTOR = r"""querySelector\(\s*["'`](?P<selector>[^"'`]+)["'`]\s*\)"""
FIRST_SCRIPT = re.compile(
    r"""querySelector\(\s*["'`]script["'`]\s*\)|(?:scripts|getElementsByTagName\(["']script["']\))\[0\]"""
)
NUMERIC = re.compile(
    r"(?:parseFloat|parseInt|Number)\s*\((?!\s*\[)(?P<inside>[^;]{0,300}?(?:textContent|innerText|value))|\+\s*document\."
)
TAG_NAME = re.compile(SELECTOR + r"""\??\.(?:tagName|nodeName)\s*===?\s*["'`](?P<tag>\w+)""")
TITLE = re.compile(r"""document\.title(?:\.trim\(\))?\s*===?\s*(?P<quote>["'`])(?P<title>.+?)(?P=quote)""")
LITERAL = re.compile(
    r"""(?P<of>script["'`]\s*\)\??\.(?:textContent|innerHTML|text)|outerHTML|documentElement\.innerHTML)[^"'`]{0,20}"""
    r"""\.includes\(\s*(?P<quote>["'`])(?P<text>(?:\\.|(?!(?P=quote))[^\\\n])+)(?P=quote)\s*\)"""
)
EXACT_TEXT = re.compile(
    SELECTOR + r"""\??\.(?:textContent|innerText)(?:\.trim\(\))?\s*===?\s*(?P<quote>["'`])(?P<text>.*?)(?P=quote)"""
)
COMMA = re.compile(SELECTOR + r"""\??\.(?:textContent|innerText)[^;]{0,300}?\.includes\(\s*["'`],["'`]\s*\)""")
DATASET = re.compile(r"\.dataset\.(?P<name>\w+)|getAttribute\(\s*[\"'`](?P<attribute>[\w-]+)")
ROWS = re.compile(r"""querySelectorAll\(\s*["'`](?P<selector>[^"'`]+)["'`]\s*\)""")
INNER = re.compile(r"""(?P<name>src|href)\*=\\?["'](?P<part>[^"'\\]+)""")
CONTAINER = re.compile(r"""querySelector(?:All)?\(\s*["'`](?P<id>#[\w-]+)(?:\s*>\s*|\s+)[a-z]""")
STORAGE = re.compile(r"localStorage\.getItem\(\s*[\"'`](?P<key>[^\"'`]+)[\"'`]")


@dataclass(frozen=True)
class Trap:
    """`words` are for the model; `assertions` the ids of those that the trap belongs to."""

    code: str
    words: str
    assertions: tuple[str, ...]


def traps_in(assertions: Sequence[Assertion]) -> list[Trap]:
    """Return every trap once, with all assertions that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for assertion in assertions:
        for code, words in traps_of(assertion):
            found.setdefault((code, words), []).append(assertion.id)
    return [Trap(code, words, tuple(ids)) for (code, words), ids in found.items()]


def traps_of(assertion: Assertion) -> list[tuple[str, str]]:
    """Return the traps of one assertion as code and words."""
    if isinstance(assertion, Js):
        source = [*script_traps(assertion.expression), *text_traps(assertion.expression)]
        return [*source, *structure_traps(assertion.expression), *query_traps(assertion.query)]
    if isinstance(assertion, SourceText) and assertion.where == "first_script":
        return [first_script(), literal(assertion.text)]
    if isinstance(assertion, SourceText):
        return [literal(assertion.text)]
    if isinstance(assertion, PageTitle):
        return [exact_title(assertion.equals), *query_traps(assertion.query)]
    if isinstance(assertion, Element):
        wanted = [tag_trap(assertion.selector, assertion.tag)] if assertion.tag else []
        return [*wanted, *query_traps(assertion.query)]
    if isinstance(assertion, JsonAt) and (assertion.type or assertion.has_equals):
        return [("json-type", f"In {assertion.file} the type counts: a number is written without quotation marks.")]
    if isinstance(assertion, ConvertsAttachment):
        return [("conversion", f"{assertion.file} must hold every row and cell of {assertion.attachment}, unrounded.")]
    return []


def script_traps(expression: str) -> list[tuple[str, str]]:
    """Traps of checks that read source text."""
    found = [first_script()] if FIRST_SCRIPT.search(expression) else []
    return [*found, *(literal(unescaped(match["text"])) for match in LITERAL.finditer(expression))]


def first_script() -> tuple[str, str]:
    """The trap most often stepped into."""
    return (
        "first-script",
        "A check reads only the first script element of the page. So the first <script> in index.html must be inline "
        "(no src) and hold the whole program; every <script src> for a library must come after it in the document. "
        "Let the inline script wait for DOMContentLoaded or load before it uses a library.",
    )


def literal(text: str) -> tuple[str, str]:
    """Source text that must occur character for character."""
    return (
        "literal",
        f"The source must contain this text character for character: {text} (no variable or template in its place, "
        "the same quotation marks, no space added).",
    )


def text_traps(expression: str) -> list[tuple[str, str]]:
    """Traps of checks that read what an element shows."""
    found = []
    commas = {match["selector"] for match in COMMA.finditer(expression)}
    if NUMERIC.search(expression):
        names = ", ".join(dict.fromkeys(re.findall(r"#[\w-]+[^\"'`)]*", expression))) or "the element"
        found.append(
            (
                "plain-number",
                f"The text of {names} is read with parseFloat or parseInt, so it must begin with the number itself, "
                'unformatted: "1234.5", not "1,234.50", "$1234.5" or "Total: 1234.5".',
            )
        )
    found += [
        (
            "comma",
            f'The text of {selector} must contain a comma, so format the number ("1,234"), and have 1000 or more.',
        )
        for selector in sorted(commas)
    ]
    found += [exact_title(match["title"]) for match in TITLE.finditer(expression)]
    found += [
        (
            "exact-text",
            f'The text of {match["selector"]} must be exactly "{match["text"]}", nothing before or after it.',
        )
        for match in EXACT_TEXT.finditer(expression)
    ]
    return found


def exact_title(title: str) -> tuple[str, str]:
    """Titles are compared by equality."""
    return (
        "exact-title",
        f'document.title must be exactly "{title}": same case, nothing added, and no script changes it.',
    )


def structure_traps(expression: str) -> list[tuple[str, str]]:
    """Traps of checks about elements and attributes."""
    found = [tag_trap(match["selector"], match["tag"].lower()) for match in TAG_NAME.finditer(expression)]
    for match in DATASET.finditer(expression):
        name = match["attribute"] or "data-" + re.sub(r"([A-Z])", r"-\1", match["name"]).lower()
        found.append(("attribute", f"The attribute {name} must be set from the start, before anybody clicks."))
    for match in INNER.finditer(expression):
        found.append(("address", f"A {match['name']} must contain {match['part']} in its address, in the HTML itself."))
    found += [container_trap(name) for name in dict.fromkeys(match["id"] for match in CONTAINER.finditer(expression))]
    if ".length" in expression:
        found += [
            ("late-data", f"{match['selector']} must be filled by itself after loading, without a click.")
            for match in ROWS.finditer(expression)
        ]
    return found + [
        ("storage", f"localStorage must hold the key {match['key']} by itself.")
        for match in STORAGE.finditer(expression)
    ]


def tag_trap(selector: str, tag: str) -> tuple[str, str]:
    """The id must be on the element itself, not around it."""
    return ("tag", f"{selector} must be on the <{tag}> element itself, not on an element around or inside it.")


def container_trap(name: str) -> tuple[str, str]:
    """Weaker models give the inner elements the id of the container."""
    return (
        "container",
        f"What follows {name} in a selector is looked for inside the element with the id {name[1:]}: one container "
        "around all of it. No other element has this id.",
    )


def query_traps(query: str) -> list[tuple[str, str]]:
    """Checks that open the page with parameters."""
    if not query:
        return []
    return [("query", f"A check opens the page with {query}: read the parameters with URLSearchParams while loading.")]


def unescaped(text: str) -> str:
    """Return what a JavaScript string literal stands for, as far as quotation marks go."""
    return re.sub(r"\\([\"'`\\])", r"\1", text)
