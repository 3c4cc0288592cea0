"""A later round in a real Chromium: what it replaces is published, what it breaks is repaired or held back."""

import base64
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.browser.visit import Limits
from action.console import Console
from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.deadline import Deadline
from action.gates.http import GuardedHttp
from action.generate.tools import Tools
from action.record import ContractRecord
from action.site.bundle import Bundle
from tests.unit.action.generate.scripted_build import RECEIVED, ScriptedModel, generate, request_for

pytestmark = pytest.mark.timeout(240)

CSV = "name,qty\npen,10\ncap,20\n"
NOTES = "# Notes\n\nWe open on Munday.\n"
PROGRAM = """\
  fetch("prices.csv").then((answer) => answer.text()).then((text) => {
    const rows = text.trim().split("\\n").slice(1);
    const sum = rows.reduce((total, row) => total + Number(row.split(",")[1]), 0);
    document.getElementById("sum").textContent = sum;
  });
"""
LINK = '<a id="export" download="export.json" href="export.json">Export</a>'
PAGE = f"""\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Prices</title><link rel="icon" href="data:,">
<script>
document.addEventListener("DOMContentLoaded", () => {{
{PROGRAM}}});
</script></head>
<body><h1>Prices</h1><p>Hello world. Code <b>#REF</b>: <span id="sum"></span></p>{LINK}
<a href="about.html">About</a></body></html>
"""
HEAD = '<head><title>About</title><link rel="icon" href="data:,"></head>'
ABOUT = f'<!doctype html><html lang="en">{HEAD}<body><p>We sell.</p></body></html>\n'
README = "# Prices\n\n## Usage\n\nOpen it. Run npm start.\n"
GOOD = {"index.html": PAGE, "about.html": ABOUT, "export.json": "[]\n", "README.md": README}
CHECKS = [
    'js: Math.abs(parseFloat(document.querySelector("#sum").textContent) - 30) < 0.01',
    'js: document.querySelector("#export").download.endsWith(".json")',
    'js: document.body.textContent.includes("Hello world")',
    'js: document.body.textContent.includes("#REF")',
    "export.json is valid JSON",
    "prices.csv is unchanged",
    'NOTES.md contains "Munday"',
    'README.md mentions "npm start"',
]


def attached(files: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": n, "url": "data:;base64," + base64.b64encode(b.encode()).decode()} for n, b in files.items()]


def written(files: Mapping[str, str], *deleted: str) -> str:
    gone = "".join(f"<<<DELETE TOKEN {path}>>>\n" for path in deleted)
    return gone + "".join(f"<<<FILE TOKEN {p}>>>\n{b}<<<END TOKEN>>>\n" for p, b in files.items()) + "<<<DONE TOKEN>>>"


def page(*changes: tuple[str, str], of: str = PAGE) -> str:
    for old, new in changes:
        assert old in of
        of = of.replace(old, new)
    return of


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("nothing in these tests may leave the machine")

    with PageBrowser(
        find_browser(search_path=os.environ["PATH"]), os.environ, resolve=resolve, limits=Limits(visit=60)
    ) as opened:
        yield opened


@dataclass
class Round:
    """What came of a round, and the repository after it."""

    bundle: Bundle
    model: ScriptedModel
    files: Mapping[str, bytes]

    @property
    def contract(self) -> ContractRecord:
        assert self.bundle.record.contract is not None
        return self.bundle.record.contract


def play(browser: PageBrowser, before: Mapping[str, bytes] | None, *script: str, **task: Any) -> Round:
    model = ScriptedModel(*script)
    deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + 10)
    log = io.StringIO()
    tools = Tools(model, GuardedHttp(), Console(log), deadline, "me", lambda *_: before, open_site=browser.open)
    bundle = generate(request_for(round=2 if before else 1, **task), tools)
    assert "E-DEFECT" not in log.getvalue()
    kept = {path: body for path, body in (before or {}).items() if path not in bundle.removed}
    return Round(bundle, model, {**kept, **bundle.files})


@pytest.fixture(scope="module")
def first(browser: PageBrowser) -> Mapping[str, bytes]:
    done = play(
        browser,
        None,
        written(GOOD),
        brief="Show the total of prices.csv in #sum and offer export.json.",
        checks=CHECKS,
        attachments=attached({"prices.csv": CSV, "NOTES.md": NOTES}),
    )
    assert [a.sentence for a in done.contract.assertions if a.origin == "given" and a.state != "pass"] == []
    return done.files


GRAND = page(('id="sum"', 'id="grand-total"'), ('"sum")', '"grand-total")'))
NO_SUM = page((PROGRAM, ""), ('<span id="sum"></span>', ""))
TOTAL_ABOUT = page(("<p>We sell.</p>", '<p>Total: <b id="sum">30</b></p>'), of=ABOUT)
XML_LINK = LINK.replace("export.json", "export.xml")
MORE = CSV + "bag,30\n"
# The brief, the files that a good model writes and deletes, and how many given checks of round 1 it retires.
REPLACED: dict[str, tuple[str, dict[str, str], tuple[str, ...], int]] = {
    "an id": ("Rename #sum to #grand-total.", {"index.html": GRAND}, (), 1),
    "an element that is removed": ("Nobody reads the total: drop #sum.", {"index.html": NO_SUM}, (), 1),
    "an element that moves to another page": (
        "Move #sum to about.html.",
        {"index.html": NO_SUM, "about.html": TOTAL_ABOUT},
        (),
        1,
    ),
    "a text": (
        "Say 'Good morning' instead of 'Hello world'.",
        {"index.html": page(("Hello world", "Good morning"))},
        (),
        1,
    ),
    "an error code": (
        "The error code #REF is now #GONE everywhere.",
        {"index.html": page(("<b>#REF", '<b id="GONE">#GONE'))},
        (),
        1,
    ),
    "a format": (
        "Export XML instead of JSON.",
        {"index.html": page((LINK, XML_LINK)), "export.xml": "<prices/>\n"},
        ("export.json",),
        2,
    ),
    "a file": (
        "Rename export.json to download.json.",
        {"index.html": page((LINK, LINK.replace("export.json", "download.json"))), "download.json": "[]\n"},
        ("export.json",),
        1,
    ),
    "rows of an attachment": ("Append the row bag,30 to prices.csv.", {"prices.csv": MORE}, (), 2),
    "a typo in an attachment": ("Fix the typo Munday in NOTES.md.", {"NOTES.md": NOTES.replace("Mun", "Mon")}, (), 1),
    "the README": ("Rewrite the README for shopkeepers.", {"README.md": "# Shop\n\n## Usage\n\nOpen it.\n"}, (), 1),
}


@pytest.mark.parametrize(("brief", "files", "deleted", "count"), REPLACED.values(), ids=REPLACED.keys())
def test_what_the_new_round_replaces_is_published_with_one_call(
    browser: PageBrowser,
    first: Mapping[str, bytes],
    brief: str,
    files: dict[str, str],
    deleted: tuple[str, ...],
    count: int,
) -> None:
    done = play(browser, first, written(files, *deleted), brief=brief)
    assert len(done.model.calls) == 1
    assert not done.contract.is_held_back
    assert {path: done.files[path].decode() for path in files if path != "README.md"} == {
        path: body for path, body in files.items() if path != "README.md"
    }
    assert set(deleted) <= set(done.bundle.removed)
    assert len([it for it in done.contract.retired if it.origin == "given"]) == count
    assert all(it.words.rstrip(".") in brief for it in done.contract.retired if it.origin == "given")
    candidate = Candidate(done.files, {}, "/live/")  # as the third job and the Evaluator replay what is stored
    again = evaluate(Contract.from_storage(done.files[CONTRACT]), candidate, browser.open(candidate)).report
    assert [str(result) for result in again.failures()] == []


def test_words_that_no_rule_reads_end_a_check_when_the_model_quotes_them(
    browser: PageBrowser, first: Mapping[str, bytes]
) -> None:
    brief = "The download has to be called list.bin. Shopkeepers read about.html."
    right = {"index.html": page(('download="export.json"', 'download="list.bin"'))}
    said = "<<<REPLACED TOKEN 1>>>\nThe download has to be called list.bin.\n<<<END TOKEN>>>\n<<<DONE TOKEN>>>"
    done = play(browser, first, written(right), said, brief=brief)
    assert len(done.model.calls) == 2
    assert not done.contract.is_held_back
    assert done.files["index.html"].decode() == right["index.html"]
    assert [(it.words, it.by) for it in done.contract.retired] == [("The download has to be called list.bin.", "model")]
    wrong = said.replace("The download has to be called list.bin.", "Shopkeepers read about.html.")
    assert play(browser, first, written(right), *[wrong] * 3, brief=brief).contract.is_held_back


def test_an_attachment_that_comes_again_with_other_data_replaces_what_was_computed_from_the_old(
    browser: PageBrowser, first: Mapping[str, bytes]
) -> None:
    done = play(
        browser,
        first,
        written({"about.html": ABOUT.replace("We sell", "We sold")}),
        brief="Here are the prices of this year.",
        attachments=attached({"prices.csv": MORE}),
    )
    assert len(done.model.calls) == 1
    assert not done.contract.is_held_back
    assert done.files["prices.csv"] == MORE.encode()


THROWS = page(("</body>", "<script>oops();</script></body>"))
BREAKS = {
    "a given check that the round does not touch": (written({"index.html": page((PROGRAM, ""))}), '"#sum"'),
    "a page that throws": (written({"index.html": THROWS}), "console errors"),
    "a blank page": (
        written({"index.html": page(("<body>", "<body><div hidden>"), ("</body>", "</div></body>"))}),
        "loads and shows something",
    ),
}


@pytest.mark.parametrize(("broken", "told"), BREAKS.values(), ids=BREAKS.keys())
def test_a_regression_is_repaired(browser: PageBrowser, first: Mapping[str, bytes], broken: str, told: str) -> None:
    right = page(("We sell", "We sell pens"), of=ABOUT)
    done = play(browser, first, broken, written({"index.html": PAGE, "about.html": right}), brief="Name the pens.")
    said = done.model.said()
    lost = said[said.index("## What worked in the round before") : said.index("## What earlier rounds wanted")]
    assert told in lost
    assert not done.contract.is_held_back
    assert done.files["index.html"] == first["index.html"]
    assert done.files["about.html"].decode() == right


@pytest.mark.parametrize(("broken", "told"), BREAKS.values(), ids=BREAKS.keys())
def test_a_regression_that_stays_is_held_back(
    browser: PageBrowser, first: Mapping[str, bytes], broken: str, told: str
) -> None:
    done = play(browser, first, *[broken] * 4, brief="Name the pens.")
    assert done.contract.is_held_back
    assert done.files["index.html"] == first["index.html"]
    assert done.files[CONTRACT] == first[CONTRACT]
    assert told in "\n".join(a.sentence for a in done.contract.assertions if a.id in done.contract.lost)


def test_a_revision_that_deletes_its_page_leaves_the_page_as_it_was(
    browser: PageBrowser, first: Mapping[str, bytes]
) -> None:
    done = play(browser, first, *[written({}, "index.html")] * 4, brief="Name the pens.")
    assert done.files["index.html"] == first["index.html"]


def test_a_lost_base_assertion_is_repaired_and_never_holds_back(
    browser: PageBrowser, first: Mapping[str, bytes]
) -> None:
    dead = page(('href="about.html"', 'href="nowhere.html"'))
    done = play(browser, first, *[written({"index.html": dead})] * 4, brief="Name the pens.")
    assert len(done.model.calls) == 4
    assert not done.contract.is_held_back
    assert done.files["index.html"].decode() == dead
    assert len(done.contract.lost) == 1
