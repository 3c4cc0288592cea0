"""What the dashboard knows, read through GitHub's API: its JSON on a branch of its own, and files of the ledger."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.errors import NO_DATA_YET, UNREADABLE_DATA
from api.projects import LARGEST_FILE, File, Projects
from receiver.connection import Connection
from receiver.errors import Problem
from receiver.github_errors import from_status

BRANCH = "dashboard-data"
LEDGER = "ledger"
KEEP_S = 5.0
MOST_KEPT = 32 * 1024 * 1024  # bytes
LARGEST_DOCUMENT = 32 * 1024 * 1024  # bytes: the list of 40,000 tasks


@dataclass(frozen=True)
class Tip:
    """The branch's one commit, and when it was made."""

    commit: str
    as_of: datetime


class DashboardData:
    """The branch of a runner repository ("owner/name"). `clock` is in seconds.

    GitHub is asked for the tip at most every five seconds, and counts no request while it has not moved. What a commit
    holds never changes: it is kept as it came, within bounds, until the tip has moved.
    """

    def __init__(self, repository: str, connection: Connection, clock: Callable[[], float] = time.monotonic) -> None:
        self._repository = repository
        self._connection = connection
        self._files = Projects(connection)
        self._clock = clock
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._tip: Tip | Problem | None = None
        self._etag = ""
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def tip(self) -> Tip:
        """Return what the branch is at. Raises Problem (404) when there is none yet, GitHubRefused."""
        with self._lock:  # one question at a time; who waits gets its answer, also when that is a failure
            if self._tip is None or self._clock() >= self._until:
                try:
                    self._tip = self._newest()
                except Problem as problem:
                    self._tip, self._etag = problem, ""
                self._until = self._clock() + KEEP_S
            found = self._tip
        if isinstance(found, Problem):
            raise found
        return found

    def _newest(self) -> Tip:
        known = {"If-None-Match": self._etag} if self._etag else {}
        with self._connection.session() as session:
            url = f"/repos/{self._repository}/branches/{BRANCH}"
            status, headers, text = session.requestJson("GET", url, headers=known)
            if status == 304 and isinstance(self._tip, Tip):
                return self._tip
            if status == 404 and "branch not found" in text.lower():
                raise Problem(NO_DATA_YET)
            if status != 200:
                raise from_status("show the dashboard's data", status, headers, text)
            commit = json.loads(text)["commit"]
            tip = Tip(str(commit["sha"]), datetime.fromisoformat(commit["commit"]["committer"]["date"]))
        self._kept.clear()
        self._etag = headers.get("etag", "")
        return tip

    def document(self, path: str, tip: Tip) -> dict[str, Any] | None:
        """Return a JSON file below api/ as it was at `tip`, None when it is not there. Raises Problem."""
        with self._lock:
            body = self._kept.get(path) if self._tip == tip else None
            if body is not None:
                self._kept.move_to_end(path)
        if body is None:
            body = self._read(f"api/{path}", tip.commit, LARGEST_DOCUMENT)
            if body is None:
                return None
            self._keep(path, body, tip)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Problem(UNREADABLE_DATA, path=path)
        return found

    def _keep(self, path: str, body: bytes, tip: Tip) -> None:
        with self._lock:
            if self._tip != tip or len(body) > MOST_KEPT:
                return
            self._kept[path] = body
            while sum(map(len, self._kept.values())) > MOST_KEPT:
                self._kept.popitem(last=False)

    def file(self, task_key: str, sha256: str) -> bytes | None:
        """Return a file of a task by its digest, as the ledger has it; None when it has none. Raises Problem."""
        return self._read(f"tasks/{task_key}/files/{sha256}", LEDGER, LARGEST_FILE)

    def _read(self, path: str, ref: str, largest: int) -> bytes | None:
        match self._files.read(self._repository, path, ref, largest):
            case File(content=bytes() as content):
                return content
            case None:
                return None
        raise Problem(UNREADABLE_DATA, path=path)
