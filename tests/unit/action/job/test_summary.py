"""The job summary."""

from datetime import timedelta

import pytest
from markdown_it import MarkdownIt

from action.errors import CannotPush
from action.job.markdown import cell
from action.job.summary import LARGEST, render, render_files, render_live
from action.record import (
    AssertionRecord,
    AttemptRecord,
    BuildRecord,
    CallbackAttempt,
    ContractRecord,
    Deployment,
    Generation,
    LiveCheck,
    LiveDifference,
    ModelCall,
    Parity,
    PhaseRecord,
    Publication,
    RetiredRecord,
    Run,
)

ROWS = 5  # of all tables: two headings, one call, two phases


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
    assert text.startswith("## ✓ Live, and the callback was accepted")
    assert "[page](https://owner.pages.example/sum-of-sales-c0ffee/)" in text
    assert "| 1 | m-1 | write | ok | 40.0&nbsp;s | 12,345 | 10 |" in text
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<tr>") == ROWS
    assert "<td" in html


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"publication": None}, "✗ Nothing was published"),
        ({"callbacks": []}, "✗ The callback was not accepted; the page is published"),
        ({"deployment": None}, "⚠ The callback was accepted, but the page is not confirmed to be live"),
    ],
)
def test_verdicts_of_other_ends(finished: BuildRecord, change: dict[str, object], verdict: str) -> None:
    if "publication" in change:
        finished.phases[-1].outcome = "failed"
    assert f"## {verdict}" in render(finished.model_copy(update=change))


def test_the_plain_page_is_no_clean_success(finished: BuildRecord) -> None:
    assert finished.publication
    finished.publication.is_fallback = True
    assert render(finished).startswith("## ⚠ Live, and the callback was accepted (plain page)")


def test_after_generating_it_speaks_of_files(finished: BuildRecord) -> None:
    generated = finished.model_copy(update={"publication": None, "phases": finished.phases[:1]})
    assert render(generated).startswith("## ✓ The files are written")


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
    assert html.count("<tr>") == ROWS
    for tag in ("<img", 'evil.example/x.png"', 'href="https://evil.example"', "<h1", "</details>", "<pre"):
        assert tag not in html
    assert "@everyone" not in cell(foreign)


def test_it_stays_below_the_limit(finished: BuildRecord) -> None:
    finished.failures = []
    for number in range(100):
        finished.add_failure("publish", CannotPush(f"{number} " + "wide ☃" * 9000, "c" * 90_000, "n" * 90_000))
    assert len(render(finished).encode()) <= LARGEST


def asserted(number: int, origin: str, states: list[str], sentence: str = "", found: str = "") -> AssertionRecord:
    id = f"js-{number}"
    sentence = sentence or f"Number {number} holds"
    return AssertionRecord(
        id=id, kind="js", origin=origin, round=1, sentence=sentence, states=states, state=states[-1], found=found
    )


def contract_of(*assertions: AssertionRecord) -> ContractRecord:
    attempts = [
        AttemptRecord(number=number, headline=f"attempt {number} did", seconds=1.0, is_kept=number == 2)
        for number in (1, 2)
    ]
    return ContractRecord(attempts=attempts, assertions=list(assertions))


def test_the_contract__grouped_by_origin__a_mark_for_each_attempt__failures_first(finished: BuildRecord) -> None:
    finished.contract = contract_of(
        asserted(1, "inferred", ["fail", "pass"]),
        asserted(2, "given", ["pass", "pass"]),
        asserted(3, "given", ["unclear", "fail"], "`a || b` becomes true", "found | <b>that</b>"),
    )
    text = render(finished)
    assert "**2 of 3** assertions hold · 2 attempts" in text
    rows = text.split("### Contract")[1].splitlines()[4:9]
    assert rows == [
        "| **Given by the caller** | **1/2** | **1/2** | |",
        "| `a \\|\\| b` becomes true | ? | **✗** | found \\| &lt;b&gt;that&lt;/b&gt; |",
        "| Number 2 holds | ✓ | ✓ |  |",
        "| **Read from the brief** | **0/1** | **1/1** | |",
        "| Number 1 holds | **✗** | ✓ |  |",
    ]


def test_a_check_that_cannot_be_met__says_why_and_that_it_does_not_count(finished: BuildRecord) -> None:
    told = "it wants 15000, data.csv gives 20000"
    wrong = asserted(1, "given", ["fail", "unclear"], found=told)
    finished.contract = contract_of(wrong.model_copy(update={"objection": told, "checks": [1]}))
    finished.checks = ["js: sum() === 15000"]
    text = render(finished)
    assert "> **Check 1** wants 15000, data.csv gives 20000. It does not count.\n" in text
    assert "| 1 | js: sum() === 15000 | Number 1 holds | it wants 15000, data.csv gives 20000 |" in text
    finished.contract.assertions[0].state = "pass"
    assert "does not count" not in render(finished)


def test_a_long_contract_is_folded(finished: BuildRecord) -> None:
    finished.contract = contract_of(*(asserted(number, "given", ["pass", "pass"]) for number in range(100)))
    text = render(finished)
    opened, _, folded = text.partition("<details><summary>41 more rows</summary>")
    assert (opened.count(" holds |"), folded.count(" holds |")) == (59, 41)
    assert "</details>" in folded


def test_later_rounds__what_was_lost_and_gained_is_named_and_what_is_held_back_says_so(finished: BuildRecord) -> None:
    finished.contract = contract_of(asserted(1, "given", ["fail", "fail"]), asserted(2, "given", ["fail", "pass"]))
    finished.contract.kept, finished.contract.gained = ["js-7", "js-8"], ["js-2"]
    finished.contract.lost, finished.contract.is_held_back = ["js-1"], True
    text = render(finished)
    assert "**2 kept, 1 gained, 1 lost**" in text
    assert "- lost: Number 1 holds\n- gained: Number 2 holds\n" in text
    assert "> **Held back**" in text


def test_later_rounds__what_the_new_words_replace_is_named_with_them(finished: BuildRecord) -> None:
    finished.contract = contract_of(asserted(1, "given", ["pass", "pass"]))
    assert "retired" not in render(finished)
    old = RetiredRecord(id="js-1", origin="given", round=1, sentence="The sum is in #sum.", words="drop <b>#sum</b>")
    finished.contract.retired = [old]
    text = render(finished)
    assert "**1 retired**" in text
    assert "The sum is in" in text
    assert "drop" in text
    assert "<b>" not in MarkdownIt("commonmark").enable("table").render(text)


@pytest.mark.parametrize(
    "foreign", ["`|`` x", "`a \\\\| b`", "`</details>` <b>", "a `| b |` c\n| d |", "`[x](https://evil.example)`"]
)
def test_foreign_text_in_the_contract_is_only_text(finished: BuildRecord, foreign: str) -> None:
    finished.contract = contract_of(asserted(1, "given", ["pass", "fail"], foreign, foreign))
    html = MarkdownIt("commonmark").enable("table").render(render(finished))
    assert html.count("<tr>") == ROWS + 3
    assert not any(tag in html for tag in ("</details>", "<b>", 'href="https://evil.example"'))


def test_the_calls_have_a_sum(finished: BuildRecord) -> None:
    assert finished.generation
    calls = finished.generation.calls
    finished.generation.calls = [*calls, ModelCall(model="m-2", outcome="HTTP 503", seconds=2), *calls]
    text = render(finished)
    assert "| 2 | m-2 | write | HTTP 503 | 2.0&nbsp;s |  |  |" in text
    assert "| | **all** | | | **82.0&nbsp;s** | **24,690** | **20** |" in text


def test_the_job_that_writes_has_a_short_summary(finished: BuildRecord) -> None:
    finished.contract = contract_of(asserted(1, "given", ["fail", "pass"]))
    text = render_files(finished.model_copy(update={"publication": None, "phases": finished.phases[:1]}))
    assert text.startswith("## ✓ The files are written")
    assert "- attempt 2 (kept): attempt 2 did" in text
    assert "### Timeline" not in text


def test_the_live_page__as_before__worse__and_not_looked_at(finished: BuildRecord) -> None:
    assert "## ⚠ The live page was not checked" in render_live(finished)
    finished.live = LiveCheck(headline="9 of 9 assertions", compared=9)
    assert render_live(finished).startswith("## ✓ The live page does what its files did")
    finished.live.differences = [LiveDifference(id="x", sentence="It works", before="pass", live="fail", found="a | b")]
    text = render_live(finished)
    assert text.startswith("## ⚠ 1 of 9 assertions held before publishing and fail on the live page")
    assert "| It works | ✓ | **✗** | a \\| b |" in text


def test_a_failing_check_of_the_caller_is_no_clean_success__one_that_was_inferred_is(finished: BuildRecord) -> None:
    finished.contract = contract_of(asserted(1, "given", ["pass", "fail"]), asserted(2, "inferred", ["fail", "fail"]))
    heading = render(finished).splitlines()[0]
    assert heading == ("## ⚠ Live, and the callback was accepted (1 required check failing)")
    finished.contract.assertions[0].state = "pass"
    assert render(finished).startswith("## ✓ Live, and the callback was accepted\n")
    finished.contract.assertions[0].state = "unclear"
    assert "**0 of 2** assertions hold, 1 unclear" in render(finished)


def test_a_round_that_is_held_back_says_that_the_page_stays(finished: BuildRecord) -> None:
    assert finished.publication
    finished.contract, finished.publication.is_fallback = contract_of(asserted(1, "given", ["pass", "fail"])), True
    finished.contract.is_held_back = True
    assert "callback was accepted (held back: the page of the round before stays)" in render(finished).splitlines()[0]


def test_files_that_code_wrote_instead_of_a_model(finished: BuildRecord) -> None:
    assert finished.generation
    finished.generation.fallback = "No model answered."
    generated = finished.model_copy(update={"publication": None, "phases": finished.phases[:1]})
    assert render_files(generated).startswith("## ⚠ The files are written (plain page)")


def test_nobody_waits__that_is_no_failure(finished: BuildRecord) -> None:
    finished.callbacks, finished.wants_callback = [], False
    assert render(finished).startswith("## ✓ Live; nobody waits for a callback")
    finished.deployment = None
    assert render(finished).startswith("## ⚠ The page is published, but not confirmed to be live")


def test_a_refused_callback__shows_what_the_server_said_as_text(finished: BuildRecord) -> None:
    at = finished.received_at
    finished.callbacks = [CallbackAttempt(at=at, status=400, detail="answered 400", said="<b>unknown</b> nonce ***")]
    text = render(finished)
    assert "answered 400; it said: &lt;b&gt;unknown&lt;/b&gt; nonce \\*\\*\\*" in text
