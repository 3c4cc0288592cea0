"""The CSV files: complete, readable by spreadsheets, without secrets, and harmless to open."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.callbacks import Inbox
from evaluator.db import Store
from evaluator.export import export, harmless
from evaluator.gradebook import Gradebook
from evaluator.marks import Mark, failed, passed
from evaluator.outcomes import Outcomes
from evaluator.queue import Request
from tests.unit.evaluator.doubles import SHA, callback_for


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def marked(asked: list[Request], inbox: Inbox, gradebook: Gradebook, send: Callable[..., None]) -> Request:
    """Ann called back and was marked; Bob was only asked."""
    ann, bob = asked
    send(ann)
    send(bob)
    inbox.take(callback_for(ann))
    marks = [
        passed("rule", "a"),
        failed("given", "js: x", "=1+1", '@SUM(A1),"\nnew line'),
        Mark("given", "c", "unclear"),
        Mark("model", "d", "not checked"),
        passed("model", "e"),
    ]
    gradebook.save(ann.id, gradebook.read(ann.id).callback, marks)
    return ann


@pytest.fixture
def exported(marked: Request, outcomes: Outcomes, store: Store, tmp_path: Path) -> Path:
    export(outcomes.read(), store, tmp_path / "out")
    return tmp_path / "out"


def test_each_student_and_round_has_one_line_with_the_score(marked: Request, exported: Path) -> None:
    ann, bob = read(exported / "summary.csv")
    assert ann == {
        "email": "ann@x.example",
        "task": marked.task,
        "round": "1",
        "state": "checked",
        "accepted": "yes",
        "callback": "in time",
        "repo_url": "https://github.com/ann/birds",
        "pages_url": "https://pages.example/ann/birds/",
        "passed": "1",
        "failed": "1",
        "unclear": "1",
        "not_checked": "1",
        "model_passed": "1",
        "model_failed": "0",
        "score": "0.143",
        "given_score": "0.0",
        "given_passed": "0",
        "given_total": "2",
        "reason": "given 0 of 2; fails: js: x; 1 given not decided",
    }
    assert (bob["callback"], bob["score"], bob["reason"]) == ("none", "", "no callback came yet")


def test_each_round_each_mark_and_each_repository_has_a_line(exported: Path) -> None:
    results, (repo,) = read(exported / "results.csv"), read(exported / "repos.csv")
    assert [(row["commit_sha"], row["check"], row["state"], row["score"]) for row in results] == [
        (SHA, "checked", "fail", "0.143"),
        (SHA, "a", "pass", "1"),
        (SHA, "js: x", "fail", "0"),
        (SHA, "c", "unclear", ""),
        (SHA, "d", "not checked", ""),
        (SHA, "e", "pass", "1"),
        ("", "no callback", "not checked", ""),
    ]
    assert [row["reason"] for row in results if row["origin"] == "total"] == [
        row["reason"] for row in read(exported / "summary.csv")
    ]
    assert (repo["email"], repo["repo_url"], repo["is_late"]) == ("ann@x.example", "https://github.com/ann/birds", "0")


def test_no_cell_is_a_formula(exported: Path) -> None:
    row = read(exported / "results.csv")[2]
    assert row["reason"] == "'=1+1"
    assert row["evidence"] == "'@SUM(A1),\" new line"


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1"])
def test_a_cell_that_begins_like_a_formula_is_escaped(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [harmless(cell) for cell in ("a=b", 5, -1, 0.5, None, "")] == ["a=b", 5, -1, 0.5, None, ""]


def test_neither_secrets_nor_nonces_are_exported(marked: Request, exported: Path) -> None:
    paths = list(exported.iterdir())
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    assert len(paths) == 3
    assert "ann-secret-value" not in text
    assert marked.nonce not in text


def test_an_empty_class_has_files_with_their_first_lines(store: Store, tmp_path: Path) -> None:
    assert [path.read_text(encoding="utf-8-sig").count("\n") for path in export([], store, tmp_path)] == [1, 1, 1]
