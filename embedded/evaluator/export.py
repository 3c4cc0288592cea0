"""CSV for spreadsheets: every mark, every repository, and one line for each student and round."""

import csv
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from embedded.evaluator.store import Store

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would execute a cell that begins so
RESULTS = """
    SELECT email, task, round, commit_sha, origin, "check", state, score, reason, evidence, marked_at
    FROM results ORDER BY email, task, round, number
"""
REPOS = """
    SELECT email, task, round, repo_url, commit_sha, pages_url, is_late, received_at
    FROM repos ORDER BY email, task, round
"""
SUMMARY = """
    SELECT s.email, r.task, r.round,
      CASE WHEN r.accepted_at IS NOT NULL OR r.callback IS NOT NULL THEN 'yes' ELSE 'no' END AS accepted,
      CASE WHEN c.id IS NULL THEN 'none' WHEN c.is_late THEN 'late' ELSE 'in time' END AS callback,
      c.repo_url, c.pages_url,
      count(*) FILTER (WHERE m.state = 'pass' AND m.origin != 'model') AS passed,
      count(*) FILTER (WHERE m.state = 'fail' AND m.origin != 'model') AS failed,
      count(*) FILTER (WHERE m.state = 'unclear') AS unclear,
      count(*) FILTER (WHERE m.state = 'not checked') AS not_checked,
      count(*) FILTER (WHERE m.state = 'pass' AND m.origin = 'model') AS model_passed,
      count(*) FILTER (WHERE m.state = 'fail' AND m.origin = 'model') AS model_failed,
      round(avg(CASE m.state WHEN 'pass' THEN 1.0 WHEN 'fail' THEN 0.0 END) FILTER (WHERE m.origin != 'model'), 3)
        AS score
    FROM students s LEFT JOIN requests r ON r.student = s.id LEFT JOIN callbacks c ON c.id = r.callback
    LEFT JOIN marks m ON m.request = r.id
    GROUP BY s.id, r.id ORDER BY s.email, r.task, r.round
"""  # a model's verdict is advice: students can flatter it, so it is no part of the score
FILES = {"summary.csv": SUMMARY, "results.csv": RESULTS, "repos.csv": REPOS}


def export(store: Store, folder: Path) -> list[Path]:
    """Write the files into a folder, each completely or not at all. Neither secrets nor nonces are in them."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write(folder / name, *store.table(query)) for name, query in FILES.items()]


def write(path: Path, columns: Sequence[str], rows: Iterable[sqlite3.Row]) -> Path:
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
