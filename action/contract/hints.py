"""Hints about checks, in words: what a check really measures, where that is easily missed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from action.contract.kind import Hint, Kind

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
    """`words` are for the model; `assertions` the ids of those that it belongs to."""

    code: str
    words: str
    assertions: tuple[str, ...]


def hints_in(assertions: Sequence[Kind]) -> list[Trap]:
    """Return every hint once, with all assertions that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for assertion in assertions:
        for code, words in assertion.hints():
            found.setdefault((code, words), []).append(assertion.id)
    return [Trap(code, words, tuple(ids)) for (code, words), ids in found.items()]


def hints_of_expression(expression: str) -> list[Hint]:
    """Return the hints of an expression in the page."""
    found = [first_script()] if FIRST_SCRIPT.search(expression) else []
    found += [literal(unescaped(match["text"])) for match in LITERAL.finditer(expression)]
    return [*found, *hints_of_text(expression), *hints_of_structure(expression)]


def first_script() -> Hint:
    """What is missed most often."""
    return (
        "first-script",
        "A check reads only the first script element of the page. So the first <script> in index.html must be inline "
        "(no src) and hold the whole program; every <script src> for a library must come after it in the document. "
        "Let the inline script wait for DOMContentLoaded or load before it uses a library.",
    )


def literal(text: str) -> Hint:
    """Source text that must occur character for character."""
    return (
        "literal",
        f"The source must contain this text character for character: {text} (no variable or template in its place, "
        "the same quotation marks, no space added).",
    )


def hints_of_text(expression: str) -> list[Hint]:
    """Hints about checks that read what an element shows."""
    found = []
    if NUMERIC.search(expression):
        names = ", ".join(dict.fromkeys(re.findall(r"#[\w-]+[^\"'`)]*", expression))) or "the element"
        words = (
            f"The text of {names} is read with parseFloat or parseInt, so it must begin with the number itself, "
            'unformatted: "1234.5", not "1,234.50", "$1234.5" or "Total: 1234.5".'
        )
        found.append(("plain-number", words))
    for selector in sorted({match["selector"] for match in COMMA.finditer(expression)}):
        words = f'The text of {selector} must contain a comma, so format the number ("1,234"), and have 1000 or more.'
        found.append(("comma", words))
    found += [exact_title(match["title"]) for match in TITLE.finditer(expression)]
    for match in EXACT_TEXT.finditer(expression):
        words = f'The text of {match["selector"]} must be exactly "{match["text"]}", nothing before or after it.'
        found.append(("exact-text", words))
    return found


def exact_title(title: str) -> Hint:
    """Titles are compared by equality."""
    return (
        "exact-title",
        f'document.title must be exactly "{title}": same case, nothing added, and no script changes it.',
    )


def hints_of_structure(expression: str) -> list[Hint]:
    """Hints about checks about elements and attributes."""
    found = [tag_hint(match["selector"], match["tag"].lower()) for match in TAG_NAME.finditer(expression)]
    for match in DATASET.finditer(expression):
        name = match["attribute"] or "data-" + re.sub(r"([A-Z])", r"-\1", match["name"]).lower()
        found.append(("attribute", f"The attribute {name} must be set from the start, before anybody clicks."))
    found += address_hints(expression)
    found += [container_hint(name) for name in dict.fromkeys(match["id"] for match in CONTAINER.finditer(expression))]
    for match in ROWS.finditer(expression) if ".length" in expression else ():
        found.append(("late-data", f"{match['selector']} must be filled by itself after loading, without a click."))
    for match in STORAGE.finditer(expression):
        found.append(("storage", f"localStorage must hold the key {match['key']} by itself."))
    return found


def address_hints(expression: str) -> list[Hint]:
    """What must stand in the address of a script or a style sheet."""
    return [
        ("address", f"A {match['name']} must contain {match['part']} in its address, in the HTML itself.")
        for match in INNER.finditer(expression)
    ]


def tag_hint(selector: str, tag: str) -> Hint:
    """The id must be on the element itself, not around it."""
    return ("tag", f"{selector} must be on the <{tag}> element itself, not on an element around or inside it.")


def container_hint(name: str) -> Hint:
    """Weaker models give the inner elements the id of the container."""
    return (
        "container",
        f"What follows {name} in a selector is looked for inside the element with the id {name[1:]}: one container "
        "around all of it. No other element has this id.",
    )


def hints_of_query(query: str) -> list[Hint]:
    """Checks that open the page with parameters."""
    if not query:
        return []
    return [("query", f"A check opens the page with {query}: read the parameters with URLSearchParams while loading.")]


def unescaped(text: str) -> str:
    """Return what a JavaScript string literal stands for, as far as quotation marks go."""
    return re.sub(r"\\([\"'`\\])", r"\1", text)
