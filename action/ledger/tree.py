"""The ledger as it stands at its tip, and what a collection changes in it."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from action.github.git import Git, blob_id
from action.ledger.layout import (
    COMMAND,
    MESSAGE,
    RECORD,
    SKIPPED,
    STATES,
    VERSION,
    build_folder,
    canonical,
    states_of,
)
from action.ledger.models import Lifecycle, Message
from action.record import BuildRecord
from receiver.task.project import DIGITS_OF_KEY, key_of_brought, task_of

MOST_SKIPPED = 1000
KEY_IN_NAME = re.compile(rf"-([0-9a-f]{{{DIGITS_OF_KEY}}})(?:-[1-9][0-9]{{0,3}})?$")
Reader = Callable[[list[str]], list[bytes]]


class Tree:
    """`blobs` are git's ids of the files at the tip, by path; `read_blobs` returns the contents of some ids."""

    def __init__(self, blobs: Mapping[str, str], read_blobs: Reader) -> None:
        self._blobs = blobs
        self._read_blobs = read_blobs
        self._records: dict[str, BuildRecord | None] = {}
        self._by_task: defaultdict[str, set[str]] = defaultdict(set)
        for path in blobs:
            self._by_task[key_in(path)].add(path)
        self.changes: dict[str, bytes] = {}
        self.removed: set[str] = set()

    @classmethod
    def at_tip(cls, git: Git) -> "Tree":
        """Return the ledger as it was when it was last fetched."""
        tip = git.tip()
        return cls(git.files(tip) if tip else {}, git.read_many)

    def read(self, path: str) -> bytes | None:
        """Return a file as it will be, None when there is none."""
        if path in self.changes:
            return self.changes[path]
        return self._read_blobs([self._blobs[path]])[0] if self.has(path) else None

    def put(self, path: str, body: bytes) -> None:
        """Write a file; the same bytes again are no change."""
        self._forget(path)
        self._by_task[key_in(path)].add(path)
        if self._blobs.get(path) != blob_id(body):
            self.changes[path] = body

    def remove(self, path: str) -> None:
        """Delete a file, if it is there."""
        self._forget(path)
        self._by_task[key_in(path)].discard(path)
        if path in self._blobs:
            self.removed.add(path)

    def _forget(self, path: str) -> None:
        self.removed.discard(path)
        self.changes.pop(path, None)
        self._records.pop(path, None)

    def has(self, path: str) -> bool:
        """Whether a file will be there."""
        return path in self._by_task[key_in(path)]

    def paths_of(self, task_key: str, folder: str = "") -> list[str]:
        """Return the paths of a task's files in a folder of it, in order."""
        start = f"tasks/{task_key}/{folder}"
        return sorted(path for path in self._by_task[task_key] if path.startswith(start))

    def records(self, paths: Iterable[str]) -> list[BuildRecord]:
        """Return the records at these paths; what is no record of this version is left out."""
        wanted = [path for path in paths if RECORD.fullmatch(path) and self.has(path)]
        new = [path for path in wanted if path not in self._records]
        stored = [path for path in new if path not in self.changes]
        bodies = dict(zip(stored, self._read_blobs([self._blobs[path] for path in stored]), strict=True))
        for path in new:
            self._records[path] = readable(bodies.get(path) or self.changes.get(path, b""))
        return [record for path in wanted if (record := self._records[path])]

    def records_of_build(self, task_key: str, build_id: str) -> list[BuildRecord]:
        """Return the records of a build, of all its runs and attempts."""
        folder = build_folder(task_key, build_id).removeprefix(f"tasks/{task_key}/")
        return self.records(self.paths_of(task_key, f"{folder}/"))

    @cached_property
    def collected(self) -> dict[tuple[str, int], list[str]]:
        """Return where the records are that were collected before, by build and run."""
        found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for path in self._blobs:
            if match := RECORD.fullmatch(path):
                found[match["build"], int(match["run"])].append(path)
        return found

    @cached_property
    def builds(self) -> dict[str, list[str]]:
        """Return where the records are that were collected before, by build."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for (build_id, _), paths in self.collected.items():
            found[build_id] += paths
        return found

    @cached_property
    def messages(self) -> dict[str, str]:
        """Return where the messages are that were collected before, by id."""
        return {match["id"]: path for path in self._blobs if (match := MESSAGE.fullmatch(path))}

    def message(self, message_id: str) -> Message | None:
        """Return a message that was collected before, None for one that is not there or of another version."""
        try:
            return Message.model_validate_json(self.read(self.messages.get(message_id, "")) or b"")
        except ValueError:
            return None

    @cached_property
    def commands(self) -> set[str]:
        """Return the ids of the commands that were collected before."""
        return {match["id"] for path in self._blobs if (match := COMMAND.fullmatch(path))}

    def task_of_project(self, project: str) -> str:
        """Return the key of the task whose build published to a project, "" when the ledger knows none."""
        digits, brought = KEY_IN_NAME.search(project), key_of_brought(project)
        begins = (digits[1], brought) if digits else (brought,)
        keys = [key for key in self._by_task if key.startswith(begins) and task_of(project, key)]
        known = (key for key in sorted(keys) if project.lower() in map(str.lower, self.projects_of(key)))
        return next(known, "")

    @property
    def states(self) -> dict[str, Lifecycle]:
        """Return the tasks of which somebody said a state."""
        return states_of(self._said_states())

    def _said_states(self) -> dict[str, Any]:
        try:
            found = json.loads(self.read(STATES) or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def note_state(self, message: Message) -> None:
        """Remember what a task is from now on, unless somebody said it later."""
        said = self._said_states()
        new = {"state": message.state, "at": message.at.isoformat(), "message": message.id}
        before = said.get(message.task_key)
        if not isinstance(before, dict) or order_of(before) <= order_of(new):
            self.put(STATES, canonical({**said, message.task_key: new}))

    def newest_tasks(self) -> list[str]:
        """Return the keys of the tasks with builds, the one with the newest run first."""
        newest: dict[str, int] = {}
        for task_key, paths in list(self._by_task.items()):
            runs = [int(match["run"]) for path in paths if (match := RECORD.fullmatch(path))]
            if runs:
                newest[task_key] = max(runs)
        return sorted(newest, key=lambda task_key: (-newest[task_key], task_key))

    def projects_of(self, task_key: str) -> list[str]:
        """Return the target repositories ("owner/name") that the builds of a task published to."""
        records = self.records(self.paths_of(task_key, "builds/"))
        return sorted({record.publication.repository for record in records if record.publication})

    def versions_of(self, task_key: str) -> set[str]:
        """Return the commits of a task that are versions already."""
        paths = self.paths_of(task_key, "versions/")
        return {match["sha"] for path in paths if (match := VERSION.fullmatch(path))}

    @cached_property
    def skipped(self) -> dict[str, Any]:
        """Return the artifacts that could not be collected before, by id, with the reason."""
        try:
            found = json.loads(self.read(SKIPPED) or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def note_skipped(self, bad: Mapping[int, dict[str, Any]], good: Iterable[int]) -> None:
        """Remember which artifacts cannot be collected; forget those that could be after all."""
        forgotten = {str(number) for number in good}
        merged = {number: entry for number, entry in self.skipped.items() if number not in forgotten}
        merged |= {str(number): entry for number, entry in bad.items()}
        newest = sorted(merged, key=int)[-MOST_SKIPPED:]
        if newest or self.has(SKIPPED):
            self.put(SKIPPED, canonical({number: merged[number] for number in newest}))


def order_of(said: Mapping[str, Any]) -> tuple[str, str]:
    """Return what orders the states that a task was given: the same as in `lifecycle_of`."""
    return str(said.get("at")), str(said.get("message"))


def key_in(path: str) -> str:
    """Return the key of the task that a path belongs to, nothing for files of the whole ledger."""
    parts = path.split("/", 2)
    return parts[1] if parts[0] == "tasks" and len(parts) == 3 else ""


def readable(body: bytes) -> BuildRecord | None:
    """Return a record, None when it is of another version."""
    try:
        return BuildRecord.model_validate_json(body)
    except ValueError:
        return None
