"""The commits of a project, the files of one, and one as a zip, through GitHub's API."""

import io
import json
import re
import stat
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import quote

from api.errors import VERSION_TOO_LARGE
from api.version_replies import VersionFile, VersionSummary
from receiver.connection import Connection
from receiver.errors import NO_ROOM, GitHubRefused, Problem
from receiver.github_errors import SLOW, SOON_S, from_status
from receiver.task.archives import BROKEN

LARGEST_ZIP = 110_000_000  # bytes; what is published has at most 100 MB
MOST_IN_ZIP = 5_000
MOST_FILES = 1_000
SECONDS_FOR_ZIP = 60.0
IN_MEMORY = 1_000_000
ZIPS_AT_ONCE = 2
ASK_AGAIN_S = 10
CHUNK = 64 * 1024
LONGEST_SUBJECT = 200
TRAILER = re.compile(r"^Pagewright-(Build|Task): ([0-9a-f]{20})$", re.MULTILINE)
END = b"PK\x05\x06"  # of a zip's list of names; the number of entries is ten bytes after it
END_SIZE = 22 + 65_535


class History:
    """Commits of target repositories ("owner/name"). Each method raises GitHubRefused. `clock` is in seconds."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._clock = clock
        self._places = threading.BoundedSemaphore(ZIPS_AT_ONCE)

    def commits(self, name: str, limit: int, page: int) -> tuple[list[VersionSummary], bool]:
        """Return a page of the commits on the default branch, newest first, and whether there are more."""
        query = {"per_page": str(limit), "page": str(page)}
        with self._connection.session() as session:
            status, headers, text = session.requestJson("GET", f"/repos/{name}/commits", parameters=query)
            if status == 409:  # no commit at all
                return [], False
            if status != 200:
                raise from_status("list the commits", status, headers, text)
            found = [summary_of(each) for each in json.loads(text)]
        return found, 'rel="next"' in headers.get("link", "")

    def commit(self, name: str, sha: str) -> tuple[VersionSummary, list[VersionFile], bool]:
        """Return a commit that exists, its files, and whether there are more files than are listed."""
        with self._connection.session() as session:
            _, commit = session.requestJsonAndCheck("GET", f"/repos/{name}/git/commits/{sha}")
            url = f"/repos/{name}/git/trees/{commit['tree']['sha']}"
            _, tree = session.requestJsonAndCheck("GET", url, parameters={"recursive": "1"})
            files = [file_of(each) for each in tree["tree"] if each["type"] != "tree"]
            about = summary_of({"sha": sha, "html_url": commit["html_url"], "commit": commit, **commit})
        return about, files[:MOST_FILES], bool(tree["truncated"]) or len(files) > MOST_FILES

    @contextmanager
    def zipped(self, name: str, sha: str) -> Iterator[IO[bytes]]:
        """Yield a commit as a zip of its regular files, in a folder of its own. Raises Problem (413, 503).

        It is made anew from GitHub's: without links, and without names that lead out of the folder.
        """
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as made:
            self._make(name, sha, made)
            made.seek(0)
            yield made  # whoever takes long to receive it is in nobody's way

    def _make(self, name: str, sha: str, made: IO[bytes]) -> None:
        if not self._places.acquire(blocking=False):
            raise Problem(NO_ROOM, retry_after_s=ASK_AGAIN_S)
        try:
            with tempfile.SpooledTemporaryFile(IN_MEMORY) as given:
                self._fetch(name, sha, given)
                repack(given, made, f"{name.rpartition('/')[2]}-{sha[:7]}")
        finally:
            self._places.release()

    def _fetch(self, name: str, sha: str, to: IO[bytes]) -> None:
        asked, until = "hand out the version", self._clock() + SECONDS_FOR_ZIP
        with self._connection.session() as session:
            status, headers, text = session.requestJson("GET", f"/repos/{name}/zipball/{quote(sha)}")
            if status != 302:
                raise from_status(asked, status, headers, text)
            with self._connection.stored(headers["location"], asked) as reply:
                for chunk in reply.iter_content(CHUNK):
                    to.write(chunk)
                    if to.tell() > LARGEST_ZIP:
                        raise too_large()
                    if self._clock() > until:
                        raise GitHubRefused(SLOW, retry_after_s=SOON_S)


def summary_of(commit: dict[str, Any]) -> VersionSummary:
    """Read a commit of GitHub's list."""
    message = str(commit["commit"]["message"])
    trailers = dict(TRAILER.findall(message[-2000:]))
    return VersionSummary(
        sha=commit["sha"],
        parents=[str(parent["sha"]) for parent in commit["parents"]],
        committed_at=commit["commit"]["committer"]["date"],
        subject=message.partition("\n")[0][:LONGEST_SUBJECT],
        build_id=trailers.get("Build"),
        task_key=trailers.get("Task"),
        url=commit["html_url"],
    )


def file_of(entry: dict[str, Any]) -> VersionFile:
    """Read an entry of a tree."""
    kinds = {"120000": "link", "160000": "submodule"}
    return VersionFile(
        path=entry["path"], kind=kinds.get(entry["mode"], "file"), size=entry.get("size"), sha=entry["sha"]
    )


def repack(given: IO[bytes], made: IO[bytes], folder: str) -> None:
    """Write the regular files of a zip into another one, below `folder`. Raises Problem (413), GitHubRefused."""
    if number_of_entries(given) > MOST_IN_ZIP:
        raise too_large()
    left = LARGEST_ZIP
    try:
        with zipfile.ZipFile(given) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                name = entry.filename.partition("/")[2]  # GitHub's own folder is around everything
                if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16) or not is_plain(name):
                    continue
                about = zipfile.ZipInfo(f"{folder}/{name}", entry.date_time)
                about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with source.open(entry) as file, target.open(about, "w") as copy:
                    while chunk := file.read(CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise too_large()
                        copy.write(chunk)
    except BROKEN:
        raise GitHubRefused(SLOW, retry_after_s=SOON_S) from None  # cut off on its way


def number_of_entries(given: IO[bytes]) -> int:
    """Return how many entries a zip says it has: a list of millions is not even read."""
    size = given.seek(0, io.SEEK_END)
    given.seek(max(0, size - END_SIZE))
    tail = given.read()
    at = tail.rfind(END)
    return int.from_bytes(tail[at + 10 : at + 12], "little") if at >= 0 else 0


def is_plain(name: str) -> bool:
    """Whether a name stays in the folder wherever it is unpacked."""
    parts = name.split("/")
    return bool(name) and name.isprintable() and not set(name) & set("\\:") and not {"", ".", ".."} & set(parts)


def too_large() -> Problem:
    """Return what is said about a version that is not handed out."""
    return Problem(VERSION_TOO_LARGE, limit=f"{LARGEST_ZIP // 1_000_000} MB or {MOST_IN_ZIP:,} files")
