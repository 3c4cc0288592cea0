"""The lines that `make up` prints; the ordinary ones are in tests/end_to_end/test_documents.py."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from action.record import AssertionRecord, AttemptRecord, BuildRecord, ContractRecord, Generation
from embedded.demo.news import BUILD_WORKFLOW, News, result_of
from embedded.evaluation_server import Journal
from embedded.github.store import Store
from embedded.system.bootstrap import RUNNER

BUILD = "0123456789abcdef0123"
TITLE = f"build {BUILD} · task {'7' * 20} round 1"


def record(**parts: Any) -> BuildRecord:
    return BuildRecord(
        build_id="0" * 20, task_key="1" * 20, round=1, received_at=datetime(2026, 11, 20, tzinfo=UTC), **parts
    )


def contract(*states: str, attempts: int = 1) -> ContractRecord:
    return ContractRecord(
        attempts=[AttemptRecord(number=n, headline="", seconds=0, is_kept=False) for n in range(attempts)],
        assertions=[
            AssertionRecord(
                id=f"a{number}", kind="js", origin="given", round=1, sentence=f"S{number}.", states=[state], state=state
            )
            for number, state in enumerate(states)
        ],
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (record(), "published"),
        (record(contract=contract("pass", "pass")), "2 of 2 assertions pass"),
        (record(contract=contract("pass", "fail", attempts=3)), "1 of 2 assertions pass, 3 attempts; not met: S1."),
        (record(generation=Generation(fallback="No model.")), "the plain page, because: No model."),
    ],
)
def test_a_result_is_told_in_words(made: BuildRecord, said: str) -> None:
    assert result_of(made) == said


@pytest.fixture
def news(tmp_path: Path) -> News:
    """News of a system in which nothing has happened yet."""
    system: Any = SimpleNamespace(
        store=Store(tmp_path),
        journal=Journal(tmp_path / "evaluator"),
        secret="s3cret",
        addresses=SimpleNamespace(web="http://web"),
    )
    return News(system)


def put_run(news: News, status: str, conclusion: str | None = None) -> None:
    run = {
        "id": 7,
        "repo": RUNNER,
        "workflow_path": BUILD_WORKFLOW,
        "run_name": TITLE,
        "payload": {},
    }
    news.system.store.put("run", "7", {**run, "status": status, "conclusion": conclusion})


def test_a_run_whose_request_cannot_be_read_is_told_too__once__and_so_is_its_failure(news: News) -> None:
    assert news.lines() == []
    put_run(news, "queued")
    (line,) = news.lines()
    assert f"task accepted   build {BUILD}; its request cannot be read: " in line
    assert news.lines() == []
    put_run(news, "completed", "failure")
    (line,) = news.lines()
    assert line.endswith(f"build failed    build {BUILD}: failure  http://web/{RUNNER}/actions/runs/7")
    assert news.lines() == []


def test_callbacks_of_an_earlier_time_are_no_news(news: News) -> None:
    journal = news.system.journal
    journal.add("callbacks", {"received_at": "now", "reasons": ["no task was ever sent from here"], "body": None})
    again = News(news.system)
    (line,) = news.lines()
    assert line.endswith("callback        no JSON object: refused, because no task was ever sent from here")
    assert again.lines() == []
