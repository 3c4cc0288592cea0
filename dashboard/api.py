"""Writes the JSON that programs and the pages read, and puts the files of versions and the pictures beside it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dashboard.builds import screenshot_path
from dashboard.files import MARK, take_over, write
from dashboard.ledger import Problems, TaskFolder, entries_in, is_file
from dashboard.settings import Config
from dashboard.stats_document import Index, Stats
from dashboard.task_document import TaskDocument, TaskSummary
from dashboard.tasks import document_of
from dashboard.totals import Totals

SUMMARY = frozenset(TaskSummary.model_fields)
COLUMNS = (
    *("key", "task", "title", "recipient", "is_awaited", "project"),
    *("state", "headline", "tone", "rounds", "passed", "given", "updated_at", "lifecycle"),
)
ROWS_IN_A_PIECE = 500
LONGEST_TITLE = 120


@dataclass
class Listed:
    """What is kept in memory of a task: how it is sorted, and itself as JSON."""

    updated_at: datetime
    key: str
    summary: str

    def order(self) -> tuple[datetime, str]:
        """Newer tasks come first when this is sorted in reverse."""
        return self.updated_at, self.key


@dataclass
class Batch:
    """What is kept in memory of some tasks."""

    listed: list[Listed] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    problems: Problems = field(default_factory=Problems)

    def merge(self, later: "Batch") -> None:
        """Take other tasks over."""
        self.listed += later.listed
        self.totals.merge(later.totals)
        self.problems.merge(later.problems)

    def newest(self, count: int) -> list[TaskSummary]:
        """Return the newest tasks, once the lists are written."""
        return [TaskSummary.model_validate_json(each.summary) for each in self.listed[:count]]


def write_task(folder: TaskFolder, out: Path, config: Config, batch: Batch) -> None:
    """Write everything about one task, and remember it for the lists."""
    document = document_of(folder, config)
    if document is None:
        batch.problems.add(f"tasks/{folder.key}", "nothing about this task could be read")
        return
    add_files(folder, document, out, batch.problems)
    write(out / "api" / "tasks" / f"{folder.key}.json", document.model_dump_json().encode())
    batch.totals.add(document)
    summary = document.model_dump_json(include=set(SUMMARY))
    batch.listed.append(Listed(document.updated_at, document.key, summary))


def write_lists(out: Path, config: Config, batch: Batch) -> Stats:
    """Write the lists and the sums of all tasks."""
    batch.listed.sort(key=Listed.order, reverse=True)
    tasks = ('{"version":1,"tasks":[' + ",\n".join(each.summary for each in batch.listed) + "]}\n").encode()
    write(out / "api" / "tasks.json", tasks)
    write_index(out, batch.listed)
    stats = batch.totals.stats(config, batch.problems, hashlib.sha256(tasks).hexdigest()[:20])
    write(out / MARK, stats.model_dump_json().encode())
    return stats


def write_index(out: Path, listed: list[Listed]) -> None:
    """Write the list of tasks in pieces that a page can fetch one after the other; the first one is always there."""
    starts = range(0, len(listed), ROWS_IN_A_PIECE) or range(1)
    for number, start in enumerate(starts, start=1):
        rows = [row_of(each.summary) for each in listed[start : start + ROWS_IN_A_PIECE]]
        piece = Index(pieces=len(starts), columns=list(COLUMNS), rows=rows)
        write(out / "api" / "index" / f"{number}.json", piece.model_dump_json().encode())


def row_of(summary: str) -> list[str | int | float | None]:
    """Return a task as a row: what the list shows and searches, and no more."""
    task = TaskSummary.model_validate_json(summary)
    values = task.model_dump(mode="json", include=set(COLUMNS))
    values["title"] = values["title"][:LONGEST_TITLE]
    return [values[name] for name in COLUMNS]


def add_files(folder: TaskFolder, document: TaskDocument, out: Path, problems: Problems) -> None:
    """Take the files of versions over, and the pictures. A file that is not there is no longer called kept."""
    present = {entry.name for entry in entries_in(f"{folder.path}/files") if is_file(entry)}
    wanted = {each.sha256 for version in document.versions for each in version.files if each.is_kept}
    wanted |= {log.sha256 for log in document.logs}
    target = out / "api" / "files" / folder.key
    if wanted & present:
        target.mkdir(parents=True)
    for name in wanted & present:
        take_over(f"{folder.path}/files/{name}", f"{target}/{name}")
    for name in sorted(wanted - present):
        problems.add(f"tasks/{folder.key}/files/{name}", "an entry names it, and it is not there")
    document.logs = [log for log in document.logs if log.sha256 in present]
    for version in document.versions if wanted - present else ():
        for file in version.files:
            file.is_kept = file.is_kept and file.sha256 in present
    for build in folder.builds:
        for name in build.screenshots:
            picture = out / screenshot_path(folder.key, build.build_id, name)
            picture.parent.mkdir(parents=True, exist_ok=True)
            take_over(f"{folder.path}/builds/{build.build_id}/{name}", str(picture))
