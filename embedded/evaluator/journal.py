"""What the evaluation server sent and what came back, as JSON lines that survive a restart."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """Append-only lists in one folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._changed = threading.Condition()
        self._entries = {name: self._read(name) for name in ("tasks", "callbacks")}

    def add(self, name: str, entry: Entry) -> None:
        """Append `entry` to the list `name` and wake everybody who waits for one."""
        with self._changed:
            with (self._folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._entries[name].append(entry)
            self._changed.notify_all()

    def all(self, name: str) -> list[Entry]:
        """Return the list `name`, oldest first."""
        with self._changed:
            return list(self._entries[name])

    def wait_for_callback(self, is_wanted: Callable[[Entry], bool], timeout_s: float) -> Entry | None:
        """Return the first callback that is wanted, or None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(is_wanted, self._entries["callbacks"])), timeout_s)
            return next(filter(is_wanted, self._entries["callbacks"]), None)

    def _read(self, name: str) -> list[Entry]:
        path = self._folder / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
