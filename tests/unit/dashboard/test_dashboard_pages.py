"""The pages as bytes: everything is escaped, nothing comes from elsewhere, and the overview needs no script."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboard.pages import SCRIPTS
from tests.unit.action.ledger.example_ledger import SALES
from tests.unit.dashboard.rendering import Rendering

STATIC = Path(__file__).parents[3] / "dashboard" / "static"
PAGES = ("index.html", "tasks.html", "task.html")
IMPORT = re.compile(r'^import .* from "\./(\w+)\.js";$', re.M)
HOSTILE = '</td><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7*7 }}'


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, rendered: Rendering, out: Path) -> str:
    rendered(runner="owner/runner", api_url="https://github.example/api/v3")
    return (out / str(request.param)).read_text()


def test_nothing_comes_from_elsewhere__and_nothing_is_written_into_the_page(page: str) -> None:
    for tag, attributes in Tags(page).found:
        source = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        assert not source or re.match(r"assets/[0-9a-f]{12}/[\w.]+$", source), (tag, source)
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert tag not in {"style", "iframe", "object", "base"}
    assert re.findall(r"<script(?![^>]* src=)", page) == []


def test_the_policy__lets_only_own_files_and_githubs_answers_in(page: str) -> None:
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0]).split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy)
    assert "connect-src 'self' https://github.example" in policy
    assert {"require-trusted-types-for 'script'", "trusted-types 'none'"} <= set(policy)
    assert not any("unsafe" in part or "*" in part for part in policy)


def test_hostile_words__are_escaped(rendered: Rendering, ledger: Path, out: Path) -> None:
    for path in ledger.glob(f"tasks/{SALES}/builds/*/*.json"):
        record = json.loads(path.read_text())
        record["subject"] = {"task": HOSTILE, "title": HOSTILE, "recipient": HOSTILE}
        path.write_text(json.dumps(record))
    (ledger / "tasks" / "<script>alert(3)<").mkdir()
    rendered()
    text = (out / "index.html").read_text()
    assert "alert(1)" in text
    assert "alert(3)" in text
    assert "{{ 7*7 }}" in text
    assert not re.search(r"<script>|<img src=x", text)


def test_the_overview__is_complete_without_a_script(rendered: Rendering, out: Path) -> None:
    rendered()
    text = (out / "index.html").read_text()
    assert [key in text for key in (SALES, "sum-of-sales", "60%", "75%", "2 min 51 s", "6 min 40 s")] == [True] * 6
    assert text.count("<svg") == 3
    assert "Live" in text


def test_the_overview__shows_what_could_not_be_read(rendered: Rendering, ledger: Path, out: Path) -> None:
    next(ledger.glob(f"tasks/{SALES}/builds/*/*.json")).write_text("broken")
    rendered()
    text = (out / "index.html").read_text()
    assert "1 file of the ledger could not be read" in text
    assert f"tasks/{SALES}/builds/" in text


def test_an_empty_ledger__says_what_to_do(tmp_path: Path, rendered: Rendering, ledger: Path, out: Path) -> None:
    (ledger / "tasks").rename(tmp_path / "away")
    rendered(receiver_url="https://receiver.example/")
    text = (out / "index.html").read_text()
    assert "No task has arrived yet" in text
    assert "https://receiver.example/ready" in text
    assert "–" in text  # no rate of nothing


def imported(script: str) -> set[str]:
    """Return a script with everything that it needs."""
    waiting, found = [script], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += IMPORT.findall((STATIC / f"{name}.js").read_text())
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_page__fetches_its_scripts_together(name: str) -> None:
    assert sorted(SCRIPTS[name]) == sorted(imported(SCRIPTS[name][0]))


def test_every_script_is_used() -> None:
    used = {name for scripts in SCRIPTS.values() for name in scripts} | {"theme"}
    assert {path.stem for path in STATIC.glob("*.js")} == used


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts__never_turn_text_into_markup(path: Path) -> None:
    words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|parseFromString|setHTML"
    assert not re.search(words, path.read_text())
