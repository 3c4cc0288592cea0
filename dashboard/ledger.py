"""Reads the ledger one task at a time. What cannot be read is named and left out; it never stops the rest."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from dashboard.entries import Entry, Message, Version
from dashboard.errors import CannotRender
from dashboard.fields import Lenient
from dashboard.records import Record

LARGEST_FILE = 8 * 1024 * 1024
MOST_NAMED = 50
SCREENSHOTS = ("desktop.webp", "mobile.webp")
ID = re.compile(r"[0-9a-f]{20}")
RECORD_NAME = re.compile(r"(\d{1,18})-(\d{1,9})\.json")
ENTRY_NAME = re.compile(r"([0-9a-f]{20}|[0-9a-f]{40}|[0-9a-f]{64})\.json")
Model = TypeVar("Model", bound=Lenient)
AnyEntry = TypeVar("AnyEntry", bound=Entry)


@dataclass
class Problems:
    """Files that could not be read: all are counted, the first ones are named with the reason."""

    count: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: str, reason: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.named) < MOST_NAMED:
            self.named.append((printable(path), printable(reason)))


@dataclass
class BuildFolder:
    """What is recorded of one build: its attempts, oldest first, and the names of its pictures."""

    build_id: str
    records: list[Record]
    screenshots: list[str]


@dataclass
class TaskFolder:
    """Everything that the ledger holds about one task."""

    key: str
    path: Path
    builds: list[BuildFolder]
    messages: list[Message]
    versions: list[Version]


class Unreadable(Exception):
    """A file is not what its place in the ledger says."""


def task_folders(ledger: Path, problems: Problems) -> Iterator[TaskFolder]:
    """Yield the tasks, sorted by key. Raises CannotRender when there is no ledger."""
    if not ledger.is_dir():
        raise CannotRender(
            f"There is no ledger at {ledger}.",
            "the path is wrong, or the branch `ledger` was not checked out there.",
            "Give the folder that holds `tasks/`. An empty folder is a ledger without tasks.",
        )
    root = ledger / "tasks"
    for name in names_in(root):
        if ID.fullmatch(name) and is_folder(root / name):
            yield read_task(root / name, problems)
        else:
            problems.add(f"tasks/{name}", "the name is not a task's key")


def read_task(path: Path, problems: Problems) -> TaskFolder:
    """Read one task."""
    return TaskFolder(
        key=path.name,
        path=path,
        builds=list(read_builds(path, problems)),
        messages=list(read_entries(path, "messages", Message, problems)),
        versions=list(read_entries(path, "versions", Version, problems)),
    )


def read_builds(path: Path, problems: Problems) -> Iterator[BuildFolder]:
    """Yield the builds of a task that have a record."""
    for name in names_in(path / "builds"):
        folder, place = path / "builds" / name, f"tasks/{path.name}/builds/{name}"
        if not ID.fullmatch(name) or not is_folder(folder):
            problems.add(place, "the name is not a build id")
            continue
        found = names_in(folder)
        records = read_records(folder, place, [each for each in found if each not in SCREENSHOTS], problems)
        if records:
            screenshots = [each for each in SCREENSHOTS if each in found and is_file(folder / each)]
            yield BuildFolder(name, records, screenshots)


def read_records(folder: Path, place: str, names: list[str], problems: Problems) -> list[Record]:
    """Return the records of a build, in the order of the runs and attempts that made them."""
    found: list[tuple[tuple[int, int], Record]] = []
    for name in names:
        matched = RECORD_NAME.fullmatch(name)
        if matched is None:
            problems.add(f"{place}/{name}", "the name is not that of a record")
            continue
        record = read_file(folder / name, f"{place}/{name}", Record, problems)
        if record is None:
            continue
        if (record.build_id, record.task_key) != (folder.name, folder.parent.parent.name):
            problems.add(f"{place}/{name}", "it belongs to another build or task")
            continue
        found.append(((int(matched[1]), int(matched[2])), record))
    return [record for _, record in sorted(found, key=lambda each: each[0])]


def read_entries(path: Path, kind: str, model: type[AnyEntry], problems: Problems) -> Iterator[AnyEntry]:
    """Yield the messages or versions of a task that can be read and say the same about themselves as their place."""
    for name in names_in(path / kind):
        place = f"tasks/{path.name}/{kind}/{name}"
        if not ENTRY_NAME.fullmatch(name):
            problems.add(place, "the name is not an id")
            continue
        entry = read_file(path / kind / name, place, model, problems)
        if entry is not None and (f"{entry.name}.json", entry.task_key) != (name, path.name):
            problems.add(place, "its id or task is not the one of its place")
        elif entry is not None:
            yield entry


def read_file(path: Path, place: str, model: type[Model], problems: Problems) -> Model | None:
    """Read a file as a model; None when that is not possible."""
    try:
        return model.model_validate_json(read_bytes(path))
    except (OSError, Unreadable) as error:
        problems.add(place, str(error) if isinstance(error, Unreadable) else "it cannot be read")
    except ValidationError as error:
        problems.add(place, reason_of(error))
    return None


def read_bytes(path: Path) -> bytes:
    """Return the contents of a regular file of a reasonable size. Raises OSError and Unreadable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        body = file.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise Unreadable(f"it is larger than {LARGEST_FILE} bytes")
    return body


def reason_of(error: ValidationError) -> str:
    """Return the first mistake in a few words, without what the file holds."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def printable(text: str) -> str:
    """Return text that can go to a log and into JSON: names of files can hold anything."""
    return text if text.isprintable() else ascii(text)


def names_in(folder: Path) -> list[str]:
    """Return what is in a folder, sorted; nothing when there is none."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is needed, and many of them
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_folder(path: Path) -> bool:
    """Whether this is a folder itself, not a link to one."""
    return path.is_dir() and not path.is_symlink()


def is_file(path: Path) -> bool:
    """Whether this is a regular file itself, not a link to one."""
    return path.is_file() and not path.is_symlink()
