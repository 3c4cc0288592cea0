"""Reads the ledger, one task at a time. What cannot be read is named and left out; it never stops the rest."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from action.ledger.models import Command, Entry, Message, Version
from action.record import BuildRecord
from dashboard.settings import CannotRender

LARGEST_FILE = 8 * 1024 * 1024
MOST_NAMED = 50
SCREENSHOTS = ("desktop.webp", "mobile.webp")
ID = re.compile(r"[0-9a-f]{20}")
RECORD_NAME = re.compile(r"(\d{1,18})-(\d{1,9})\.json")
ENTRY_NAME = re.compile(r"([0-9a-f]{20}|[0-9a-f]{40}|[0-9a-f]{64})\.json")
Model = TypeVar("Model", bound=BaseModel)
AnyEntry = TypeVar("AnyEntry", bound=Entry)
DirEntry = os.DirEntry[str]


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

    def merge(self, later: "Problems") -> None:
        """Take those of another part of the ledger over."""
        self.count += later.count
        self.named = [*self.named, *later.named][:MOST_NAMED]


@dataclass
class BuildFolder:
    """What is recorded of one build: its attempts, oldest first, and the names of its pictures."""

    build_id: str
    records: list[BuildRecord]
    screenshots: list[str]


@dataclass
class TaskFolder:
    """Everything that the ledger holds about one task."""

    key: str
    path: str
    builds: list[BuildFolder]
    messages: list[Message]
    versions: list[Version]
    commands: list[Command] = field(default_factory=list)


class Unreadable(Exception):
    """A file is not what its place in the ledger says."""


def task_keys(ledger: Path, problems: Problems) -> list[str]:
    """Return the keys of all tasks, sorted. Raises CannotRender when there is no ledger."""
    if not ledger.is_dir():
        raise CannotRender(
            f"There is no ledger at {ledger}.",
            "the path is wrong, or the branch `ledger` was not checked out there.",
            "Give the folder that holds `tasks/`. An empty folder is a ledger without tasks.",
        )
    found = []
    for entry in entries_in(f"{ledger}/tasks"):
        if ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            found.append(entry.name)
        else:
            problems.add(f"tasks/{entry.name}", "it is not the folder of a task")
    return found


def read_task(ledger: Path, key: str, problems: Problems) -> TaskFolder:
    """Read one task."""
    path = f"{ledger}/tasks/{key}"
    return TaskFolder(
        key=key,
        path=path,
        builds=list(read_builds(path, key, problems)),
        messages=list(read_entries(path, key, "messages", Message, problems)),
        versions=list(read_entries(path, key, "versions", Version, problems)),
        commands=list(read_entries(path, key, "runs", Command, problems)),
    )


def read_builds(path: str, key: str, problems: Problems) -> Iterator[BuildFolder]:
    """Yield the builds of a task that have a record."""
    for entry in entries_in(f"{path}/builds"):
        place = f"tasks/{key}/builds/{entry.name}"
        if not (ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)):
            problems.add(place, "it is not the folder of a build")
            continue
        inside = entries_in(entry.path)
        records = read_records(key, entry.name, [each for each in inside if each.name not in SCREENSHOTS], problems)
        if records:
            screenshots = [each.name for each in inside if each.name in SCREENSHOTS and is_file(each)]
            yield BuildFolder(entry.name, records, screenshots)


def read_records(key: str, build_id: str, entries: list[DirEntry], problems: Problems) -> list[BuildRecord]:
    """Return the records of a build, in the order of the runs and attempts that made them."""
    found: list[tuple[tuple[int, int], BuildRecord]] = []
    for entry in entries:
        place = f"tasks/{key}/builds/{build_id}/{entry.name}"
        matched = RECORD_NAME.fullmatch(entry.name)
        if matched is None:
            problems.add(place, "the name is not that of a record")
            continue
        record = read_file(entry.path, place, BuildRecord, problems)
        if record is not None and (record.build_id, record.task_key) != (build_id, key):
            problems.add(place, "it belongs to another build or task")
        elif record is not None:
            found.append(((int(matched[1]), int(matched[2])), record))
    return [record for _, record in sorted(found, key=lambda each: each[0])]


def read_entries(path: str, key: str, kind: str, model: type[AnyEntry], problems: Problems) -> Iterator[AnyEntry]:
    """Yield the entries of one kind that can be read and say the same about themselves as their place."""
    for entry in entries_in(f"{path}/{kind}"):
        place = f"tasks/{key}/{kind}/{entry.name}"
        if not ENTRY_NAME.fullmatch(entry.name):
            problems.add(place, "the name is not an id")
            continue
        found = read_file(entry.path, place, model, problems)
        if found is not None and (f"{found.name}.json", found.task_key) != (entry.name, key):
            problems.add(place, "its id or task is not the one of its place")
        elif found is not None:
            yield found


def read_file(path: str, place: str, model: type[Model], problems: Problems) -> Model | None:
    """Read a file as a model; None when that is not possible."""
    try:
        return model.model_validate_json(read_bytes(path))
    except (OSError, Unreadable) as error:
        problems.add(place, str(error) if isinstance(error, Unreadable) else "it cannot be read")
    except ValidationError as error:
        problems.add(place, reason_of(error))
    return None


def read_bytes(path: str) -> bytes:
    """Return the contents of a regular file of a reasonable size. Raises OSError and Unreadable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is not a file")
        if status.st_size > LARGEST_FILE:
            raise Unreadable(f"it is larger than {LARGEST_FILE} bytes")
        return os.read(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def reason_of(error: ValidationError) -> str:
    """Return the first mistake in a few words, without what the file holds."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def printable(text: str) -> str:
    """Return text that can go to a log and into JSON: names of files can hold anything."""
    return text if text.isprintable() else ascii(text)


def entries_in(folder: str) -> list[DirEntry]:
    """Return what is in a folder, by name; nothing when there is none."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_file(entry: DirEntry) -> bool:
    """Whether this is a regular file itself, not a link to one."""
    return entry.is_file(follow_symlinks=False)
