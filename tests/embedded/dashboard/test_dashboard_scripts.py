"""The scripts that think: comparing, colouring, and how often GitHub may be asked."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.embedded.dashboard.conftest import Site
from tests.embedded.dashboard.visitor import Visitor

pytestmark = pytest.mark.timeout(240)
SOON_MS = 4_000
HOSTILE = {
    "markup": ["<script" * 20_000, "<a " + '"' * 140_001, "<!--" * 35_000, "<a '\"" * 25_000, "&" * 140_000],
    "style": ["a-" * 70_000, "/*" * 70_000, "." * 140_000, "-" * 140_000],
    "script": ["a$" * 70_000, "`" * 140_001, "0x" * 70_000, "/" * 140_001, '"\\' * 70_000],
    "markdown": ["[" * 140_000, "[](" * 45_000, "`" * 140_001, "*" * 140_001, "```\n" * 35_000],
    "yaml": ["- " * 70_000, "-" * 140_000, "a" * 140_000],
    "json": ['"' * 140_001, '"\\' * 70_000],
    "python": ['"""' * 46_667, "a" * 140_000, "@." * 70_000],
    "shell": ["$" * 140_000, "${" * 70_000],
}
SOURCES = {
    "markup": '<!doctype html>\n<p class="a">&amp; <script>let x = `a`; // c\n</script><style>a { b: 1px }</style>\n',
    "script": "const a = 'x' + \"y\"; /* c */ f(1.5e3);\n",
    "python": "@d\ndef f(x): # c\n    return '''a\nb'''\n",
    "json": '{"a": [1, true, null, "x"]}',
}


@pytest.fixture
def page(visitor: Visitor, site: Site) -> Iterator[Page]:
    """A page that can import the dashboard's scripts."""
    (assets,) = (site.out / "assets").iterdir()
    with visitor.page("index.html") as page:
        page.evaluate(f"() => {{ window.load = name => import('/assets/{assets.name}/' + name + '.js') }}")
        yield page


def compared(page: Page, before: str, after: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "([a, b]) => load('diff').then(diff => diff.compareLines(a, b))", [before, after]
    )
    return found


def test_comparing__gives_both_texts_back_with_as_few_changes_as_there_are(page: Page) -> None:
    chance = random.Random(3)
    for _ in range(60):
        a, b = ([chance.choice("abcd") for _ in range(chance.randint(0, 12))] for _ in range(2))
        changes = compared(page, "\n".join(a), "\n".join(b))
        assert [each["text"] for each in changes if each["sign"] != "+"] == a
        assert [each["text"] for each in changes if each["sign"] != "-"] == b
        assert [each["left"] for each in changes if each["sign"] != "+"] == list(range(1, len(a) + 1))
        assert sum(each["sign"] == " " for each in changes) == longest_common(a, b)


def longest_common(a: list[str], b: list[str]) -> int:
    """Return how many lines can stay, by the textbook."""
    row = [0] * (len(b) + 1)
    for one in a:
        row = next_row(row, one, b)
    return row[-1]


def next_row(row: list[int], one: str, b: list[str]) -> list[int]:
    found = [0]
    for place, other in enumerate(b):
        found.append(row[place] + 1 if one == other else max(row[place + 1], found[-1]))
    return found


def test_comparing__texts_that_have_nothing_in_common_ends_soon(page: Page) -> None:
    before, after = ("\n".join(f"{name}{number}" for number in range(8_000)) for name in "ab")
    seconds = page.evaluate(
        "async ([a, b]) => { const diff = await load('diff'); const began = performance.now();"
        " const found = diff.compareLines(a, b); return [performance.now() - began, found.length] }",
        [before, after],
    )
    assert seconds[1] == 16_000
    assert seconds[0] < SOON_MS


@pytest.mark.parametrize("language", SOURCES)
def test_colouring__loses_nothing(page: Page, language: str) -> None:
    found = page.evaluate("([t, l]) => load('highlight').then(h => h.tokens(t, l))", [SOURCES[language], language])
    assert "".join(text for _, text in found) == SOURCES[language]
    assert {kind for kind, _ in found} >= {None, "string"}


def test_colouring__knows_scripts_and_styles_in_markup(page: Page) -> None:
    found = page.evaluate("t => load('highlight').then(h => h.tokens(t, 'markup'))", SOURCES["markup"])
    assert ["keyword", "let"] in found
    assert ["comment", "// c"] in found
    assert ["number", "1px"] in found
    assert ["name", "<p"] in found


@pytest.mark.parametrize("language", HOSTILE)
def test_colouring__hostile_files_is_done_soon(page: Page, language: str) -> None:
    for text in HOSTILE[language]:
        milliseconds = page.evaluate(
            "async ([t, l]) => { const h = await load('highlight'); const began = performance.now();"
            " const found = h.tokens(t, l); if (found.map(([, text]) => text).join('') !== t) return -1;"
            " return performance.now() - began }",
            [text, language],
        )
        assert 0 <= milliseconds < SOON_MS, text[:10]


@pytest.mark.parametrize(
    ("remaining", "left", "calls", "is_busy", "expected"),
    [
        (60, 3600, 1, False, 60),  # nothing runs: the requests last for the hour
        (60, 3600, 2, True, 5),  # something runs: often
        (11, 1800, 2, True, 327),  # nearly used up: spread over what is left of the hour
        (5000, 3600, 1, False, 5),
        (0, 600, 1, False, 600),
    ],
)
def test_github__is_asked_as_often_as_it_allows(
    page: Page, remaining: int, left: int, calls: int, is_busy: bool, expected: int
) -> None:
    budget = {"remaining": remaining, "left": left}
    found = page.evaluate("([b, c, i]) => load('github').then(g => g.pause(b, c, i, 5))", [budget, calls, is_busy])
    assert round(found) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "17"}, 17),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1090"}, 90),
        ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": "1090"}, 60),
        ({}, 60),
    ],
)
def test_a_refusal__is_respected_as_long_as_github_says(page: Page, headers: dict[str, str], expected: int) -> None:
    script = "h => load('github').then(g => g.waitAfterRefusal(new Headers(h), 1000000))"
    assert page.evaluate(script, headers) == expected
