"""The job summary."""

from datetime import timedelta

import pytest
from markdown_it import MarkdownIt

from action.errors import CannotPush
from action.record import (
    BuildRecord,
    CallbackAttempt,
    Deployment,
    Generation,
    ModelCall,
    Parity,
    PhaseRecord,
    Publication,
    Run,
)
from action.summary import LARGEST, cell, render


@pytest.fixture
def finished(record: BuildRecord, publication: Publication) -> BuildRecord:
    later = record.received_at + timedelta(seconds=12)
    record.run = Run(repository="owner/runner", run_id=1, url="https://github.example/run/1")
    record.phases = [
        PhaseRecord(name="generate", started_at=later, seconds=40.25, verdict="4 files, 1 call"),
        PhaseRecord(name="publish", started_at=later + timedelta(seconds=50), seconds=5, verdict="pushed"),
    ]
    call = ModelCall(model="m-1", outcome="ok", seconds=40, input_tokens=12345, output_tokens=10)
    record.generation = Generation(calls=[call], files=4, bytes=1000)
    record.publication = publication
    record.deployment = Deployment(is_live=True, commits=["1" * 40], seconds=31.2, detail="live")
    record.parity = Parity(compared=4, identical=4, marker_is_current=True)
    record.callbacks = [CallbackAttempt(at=later, status=200, detail="accepted", delivered=True)]
    return record


def test_the_verdict_the_links_and_the_timeline(finished: BuildRecord) -> None:
    text = render(finished)
    assert text.startswith("## ✅ Live, and the callback was accepted")
    assert "[page](https://owner.pages.example/sum-of-sales-c0ffee/)" in text
    assert "12,345 tokens in" in text
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<tr>") == 3
    assert "<td" in html


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"publication": None}, "❌ Nothing was published"),
        ({"callbacks": []}, "❌ The callback was not accepted; the page is published"),
        ({"deployment": None}, "⚠️ The callback was accepted, but the page is not confirmed to be live"),
    ],
)
def test_verdicts_of_other_ends(finished: BuildRecord, change: dict[str, object], verdict: str) -> None:
    if "publication" in change:
        finished.phases[-1].outcome = "failed"
    assert f"## {verdict}" in render(finished.model_copy(update=change))


def test_the_plain_page_is_no_clean_success(finished: BuildRecord) -> None:
    assert finished.publication
    finished.publication.is_fallback = True
    assert render(finished).startswith("## ⚠️ Live, and the callback was accepted (plain page)")


def test_after_generating_it_speaks_of_files(finished: BuildRecord) -> None:
    generated = finished.model_copy(update={"publication": None, "phases": finished.phases[:1]})
    assert render(generated).startswith("## ✅ The files are written")


def test_a_failure_has_its_three_parts(finished: BuildRecord) -> None:
    finished.add_failure("publish", CannotPush("It was refused.", "a rule", "change the rule"))
    text = render(finished)
    assert "**E-PUSH** (publish): It was refused." in text
    assert "Likely cause: a rule" in text
    assert "Next step: change the rule" in text


@pytest.mark.parametrize(
    "foreign",
    [
        "a | b\n| c |",
        "```\nfence",
        "<img src=x onerror=alert(1)>",
        "[link](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "# heading",
        "@everyone",
        "</details>",
        "$a$",
    ],
)
def test_foreign_text_is_only_text(finished: BuildRecord, foreign: str) -> None:
    finished.phases[0].verdict = foreign
    html = MarkdownIt("commonmark").enable("table").render(render(finished))
    assert html.count("<tr>") == 3
    for tag in ("<img", 'evil.example/x.png"', 'href="https://evil.example"', "<h1", "</details>", "<pre"):
        assert tag not in html
    assert "@everyone" not in cell(foreign)


def test_it_stays_below_the_limit(finished: BuildRecord) -> None:
    finished.failures = []
    for number in range(100):
        finished.add_failure("publish", CannotPush(f"{number} " + "wide ☃" * 9000, "c" * 90_000, "n" * 90_000))
    assert len(render(finished).encode()) <= LARGEST
