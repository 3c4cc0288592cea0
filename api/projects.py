"""The door to projects: whether a repository is one, which commit a name means, and what is at a path."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from github.Requester import Requester

from receiver.connection import Connection
from receiver.github_errors import from_status
from receiver.task.project import BUILD_NOTE

LARGEST_FILE = 5 * 1024 * 1024  # bytes
TASK_KEY = re.compile(r"[0-9a-f]{20}")
SHA_ONLY = {"Accept": "application/vnd.github.sha"}


@dataclass(frozen=True)
class File:
    """A regular file. `content` is None when it is larger than what is read; GitHub does not say the size of all."""

    sha: str | None
    size: int | None
    content: bytes | None


@dataclass(frozen=True)
class Folder:
    """The names in a folder; those of folders end with a slash."""

    entries: list[str]


@dataclass(frozen=True)
class Other:
    """Something without content of its own: a link, or another repository."""

    what: str
    sha: str


@dataclass(frozen=True)
class Place:
    """Where a project of some name is, or would be: what its repository says about its last build, and its tip."""

    exists: bool = False
    note: dict[str, Any] = field(default_factory=dict)
    tip: str | None = None


class Projects:
    """Target repositories ("owner/name"): public, so that any token may read them. Each method raises GitHubRefused."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_project(self, name: str) -> bool:
        """Whether there is such a repository, with the build note at its tip."""
        return self.task_of(name) is not None

    def task_of(self, name: str) -> str | None:
        """Return the key of the task that a project belongs to, "" when its note does not say; None for no project."""
        with self._connection.session() as session:
            note = self._contents(session, name, BUILD_NOTE, None)
        if note is None:
            return None
        key = note_in(note).get("task_key")
        return key if isinstance(key, str) and TASK_KEY.fullmatch(key) else ""

    def place(self, name: str) -> Place:
        """Return what is under a name: without a note, a repository is no project."""
        with self._connection.session() as session:
            found = self._contents(session, name, BUILD_NOTE, None)
            if not isinstance(found, dict):
                status, headers, text = session.requestJson("GET", f"/repos/{name}")
                if status not in {200, 404}:
                    raise from_status("look for the repository", status, headers, text)
                return Place(exists=status == 200)
        return Place(exists=True, note=note_in(found), tip=self.commit(name, None))

    def commit(self, name: str, ref: str | None) -> str | None:
        """Return the commit of a branch, a tag or an id (the tip without one), None when it is not there."""
        url = f"/repos/{name}/commits/{quote(ref or 'HEAD')}"
        with self._connection.session() as session:
            status, headers, text = session.requestJson("GET", url, headers=SHA_ONLY)
        if status in {404, 409, 422}:  # no such repository; no commit in it; no such ref
            return None
        if status != 200 or len(text.strip()) != 40:
            raise from_status("show the commit", status, headers, text)
        return text.strip()

    def read(self, name: str, path: str, ref: str | None, largest: int = LARGEST_FILE) -> File | Folder | Other | None:
        """Return what is at a path, None when nothing is; a file without content when it is larger than `largest`."""
        with self._connection.session() as session:
            found = self._contents(session, name, path, ref)
            if not isinstance(found, dict):
                return found
            if found["type"] != "file":
                return Other(found["type"], found["sha"])
            return self._file(session, name, found, largest)

    def _contents(
        self, session: Requester, name: str, path: str, ref: str | None
    ) -> dict[str, Any] | File | Folder | None:
        url = f"/repos/{name}/contents/{quote(path)}".rstrip("/")
        status, headers, text = session.requestJson("GET", url, parameters={"ref": ref} if ref else {})
        if status == 404:
            return None
        if status == 403 and "too_large" in text:  # above 100 MB
            return File(None, None, None)
        if status != 200:
            raise from_status("show the file", status, headers, text)
        found = json.loads(text)
        if isinstance(found, list):
            return Folder([entry["name"] + "/" * (entry["type"] == "dir") for entry in found])
        return dict(found)

    def _file(self, session: Requester, name: str, found: dict[str, Any], largest: int) -> File:
        """Return a file; the content of one above 1 MB is a call of its own."""
        sha, size = str(found["sha"]), int(found["size"])
        if size > largest:
            return File(sha, size, None)
        if found["encoding"] != "base64":
            _, found = session.requestJsonAndCheck("GET", f"/repos/{name}/git/blobs/{sha}")
        content = base64.b64decode(found["content"])
        return File(sha, len(content), content)


def note_in(found: object) -> dict[str, Any]:
    """Return what the build note says, nothing when it cannot be read."""
    try:
        note = json.loads(base64.b64decode(found.get("content") or "")) if isinstance(found, dict) else {}
    except (ValueError, RecursionError):
        note = {}
    return note if isinstance(note, dict) else {}
