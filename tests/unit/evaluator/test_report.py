"""The page of a class: everything escaped, nothing loaded, nobody's secret, and every check of every student."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.callbacks import Inbox
from evaluator.gradebook import Gradebook, protocol_marks
from evaluator.marks import Mark, failed, masked, passed, unclear
from evaluator.outcomes import Outcome, Outcomes
from evaluator.queue import Request
from evaluator.report import digest, hard_checks, page, write_report
from evaluator.scoring import Score
from tests.unit.evaluator.doubles import callback_for

EVIL = "</code><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def html(
    asked: list[Request], inbox: Inbox, gradebook: Gradebook, outcomes: Outcomes, send: Callable[..., None]
) -> str:
    ann, bob = asked
    send(ann)
    send(bob, 401)
    inbox.take(callback_for(ann))
    handed_in = gradebook.read(ann.id)
    marks = [passed("given", "notes.txt exists"), failed("given", f"js: {EVIL}", EVIL, EVIL), unclear("rule", "r", "?")]
    gradebook.save(ann.id, handed_in.callback, [*protocol_marks(handed_in), *marks])
    return "".join(page("spring <class>", outcomes.read(), 1_800_000_000.0))


def test_it_shows_everybody_with_reason_checks_and_links(html: str) -> None:
    for text in (
        "ann@x.example",
        "bob@x.example",
        "the endpoint answered 401 (1 attempt;",
        "notes.txt exists",
        "given 1/2",
        'href="https://github.com/ann/birds/commit/0123456789abcdef0123456789abcdef01234567"',
        'href="https://pages.example/ann/birds/"',
        "1 of 2 have a score",
    ):
        assert text in html
    assert html.startswith("<!doctype html>")


def test_no_text_of_a_stranger_is_markup__and_nothing_is_loaded(html: str) -> None:
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "spring &lt;class&gt;" in html
    assert not re.search(r"<[^>]+ (src|style|on\w+)=|<link|@import|url\(", html)


def test_its_policy_allows_its_own_style_and_script_and_nothing_else(html: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    (style,), (script,) = re.findall(r"(?s)<style>(.*)</style>", html), re.findall(r"(?s)<script>(.*)</script>", html)
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'"
    )


def outcome(number: int = 1, *marks: Mark, **changes: object) -> Outcome:
    values = {"student": number, "email": f"s{number}@x.example", "task": f"birds-abc{number}", "template": "birds"}
    values |= {"round": 1, "state": "checked", "reason": "", "next_step": "", "is_open": False, "marks": marks}
    return Outcome(**{**values, **changes})  # type: ignore[arg-type]


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    html = "".join(page("c", [outcome(callback="late", pages_url="javascript:alert(1)", repo_url="data:x")], 0))
    assert "javascript:" not in html
    assert "href" not in html


def test_neither_secret_nor_nonce_is_in_it(html: str, asked: list[Request]) -> None:
    assert not any(word in html for word in (asked[0].nonce, asked[1].nonce, "ann-secret-value", "bob-secret-value"))
    mark = masked(failed("given", "c", "it shows ann-secret-value", "ann-secret-value and x"), "ann-secret-value", "x")
    assert (mark.reason, mark.evidence) == ("it shows ***", "*** and x")


def test_a_check_is_one_row_whatever_numbers_were_drawn__the_hardest_first() -> None:
    def marks(seed: int, first: str, second: str) -> list[Mark]:
        return [
            Mark("given", f'js: document.title === "Birds abc{seed}"', first),  # type: ignore[arg-type]
            Mark("given", f"notes.txt contains {seed * 111}", second),  # type: ignore[arg-type]
            Mark("rule", "index.html exists", "pass"),
            Mark("given", "nobody decided this", "unclear"),
        ]

    found = hard_checks([outcome(1, *marks(1, "pass", "fail")), outcome(2, *marks(2, "fail", "fail"))])
    assert [(each.passed, each.decided, each.example) for each in found] == [
        (0, 2, "notes.txt contains 111"),
        (1, 2, 'js: document.title === "Birds abc1"'),
        (2, 2, "index.html exists"),
    ]


def test_a_class_of_a_thousand_is_a_page_that_a_browser_opens(tmp_path: Path) -> None:
    marks = [
        *(passed("rule", f"rule {n}") for n in range(20)),
        failed("given", "js: " + "x" * 500, "no" * 500, "e" * 4_000),
    ]
    everybody = [outcome(number, *marks, score=Score(0.4, 0.0, 0, 1)) for number in range(1_000)]
    write_report(tmp_path / "report.html", "big", everybody, 0)
    assert (tmp_path / "report.html").stat().st_size < 6_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_class_without_anybody_has_a_page() -> None:
    assert "0 students" in "".join(page("c", [], 0))
