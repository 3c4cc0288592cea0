"""CSV for spreadsheets: every mark, every repository, and one line for each student and round."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from evaluator.db import Store
from evaluator.outcomes import Outcome

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would execute a cell that begins so
TOTAL = "total"
SUMMARY = (
    *("email", "task", "round", "accepted", "callback", "repo_url", "pages_url", "passed", "failed", "unclear"),
    *("not_checked", "model_passed", "model_failed", "score", "given_score", "given_passed", "given_total"),
    *("state", "reason"),
)
RESULTS = (
    *("email", "task", "round", "commit_sha", "origin", "check", "state", "score", "reason", "evidence"),
    "marked_at",
)
REPOS = ("email", "task", "round", "repo_url", "commit_sha", "pages_url", "is_late", "received_at")
SCORES = {"pass": 1, "fail": 0}


def export(outcomes: Sequence[Outcome], store: Store, folder: Path) -> list[Path]:
    """Write the files into a folder, each completely or not at all. Neither secrets nor nonces are in them."""
    folder.mkdir(parents=True, exist_ok=True)
    repositories = store.rows("SELECT * FROM repos ORDER BY email, task, round")
    return [
        write(folder / "summary.csv", SUMMARY, map(summary_of, outcomes)),
        write(folder / "results.csv", RESULTS, (row for outcome in outcomes for row in results_of(outcome))),
        write(folder / "repos.csv", REPOS, ([row[name] for name in REPOS] for row in repositories)),
    ]


def summary_of(outcome: Outcome) -> list[object]:
    """Return the line of summary.csv. What a model said is counted by itself."""
    mine = [mark.state for mark in outcome.marks if mark.origin != "model"]
    models = [mark.state for mark in outcome.marks if mark.origin == "model"]
    both, score = mine + models, outcome.score
    return [
        *(outcome.email, outcome.task, outcome.round, "yes" if outcome.accepted else "no"),
        *(outcome.callback, outcome.repo_url, outcome.pages_url, mine.count("pass"), mine.count("fail")),
        *(both.count("unclear"), both.count("not checked"), models.count("pass"), models.count("fail")),
        *(score.total, score.given, score.given_passed, score.given_total, outcome.state, outcome.reason),
    ]


def results_of(outcome: Outcome) -> list[list[object]]:
    """Return the lines of results.csv: first that of the whole round, which is there without any check, too."""
    at = outcome.checked_at
    marked_at = "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    whose = [outcome.email, outcome.task, outcome.round, outcome.commit_sha]
    rows: list[list[object]] = [
        [TOTAL, outcome.state, outcome.verdict, outcome.score.total, outcome.reason, outcome.attempts]
    ]
    rows += [
        [mark.origin, mark.check, mark.state, SCORES.get(mark.state), mark.reason, mark.evidence]
        for mark in outcome.marks
    ]
    return [[*whose, *row, marked_at] for row in rows]


def write(path: Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Path:
    """Write one file. The mark at its beginning tells Excel that it is UTF-8."""
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
    return new.replace(path)


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell
