"""The current files of a public target repository, read without a credential, for rounds after the first."""

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from action.errors import RepositoryUnreadable
from action.git import BUILD_FILE, environment, read_note
from action.git import split_batch as split_batch
from action.git_replies import ABSENT
from action.naming import repository_names

SECONDS_FOR_GIT = 60.0
PAUSES = (1.0, 2.0, 4.0)
MOST_NAMES = 100
LARGEST_FILE = 20_000_000
LARGEST_TOTAL = 100_000_000


class NoSuchRepository(Exception):
    """The server has no public repository of this name."""


@dataclass(frozen=True)
class PublicRepositories:
    """Reads repositories of `owner` on `server_url` into bare clones below `folder`: nothing is ever checked out.

    With `only`, the repository of every task is the one with this name.
    """

    server_url: str
    owner: str
    folder: Path
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep
    only: str = ""

    def current_files(self, task: str, task_key: str) -> dict[str, bytes] | None:
        """Return the files of the task's newest repository, or None when it has none. Raises RepositoryUnreadable."""
        for name in reversed(self._names(task, task_key)):
            try:
                files = self._read(name)
            except NoSuchRepository:  # it exists, but without a commit
                return None
            if belongs_to(files.get(BUILD_FILE), task_key):
                return files
        return None

    def _names(self, task: str, task_key: str) -> list[str]:
        """Return the names of the task's repositories that exist, oldest first."""
        if self.only:
            return [self.only] if self._exists(self.only) else []
        found: list[str] = []
        missing = 0
        for name in islice(repository_names(task, task_key), MOST_NAMES):
            if self._exists(name):
                found.append(name)
                missing = 0
            else:
                missing += 1
            if missing == 2:  # one missing name is a deleted repository; two are the end
                break
        return found

    def files_at(self, name: str, commit: str) -> dict[str, bytes]:
        """Return the files of one commit. Raises NoSuchRepository, RepositoryUnreadable."""
        return self._read(name, commit)

    def fetch_all(self, name: str) -> Path:
        """Return a bare clone of the whole default branch. Raises NoSuchRepository, RepositoryUnreadable."""
        clone = self.folder / f"{name}-history.git"
        clone.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", "--template=", ".", cwd=clone)
        self._patiently("fetch", "--quiet", "--no-tags", self._url(name), "HEAD", cwd=clone)
        return clone

    def _exists(self, name: str) -> bool:
        try:
            self._patiently("ls-remote", self._url(name), "HEAD", cwd=Path("/"))
        except NoSuchRepository:
            return False
        return True

    def _read(self, name: str, what: str = "HEAD") -> dict[str, bytes]:
        clone = self.folder / f"{name}.git"
        clone.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", "--template=", ".", cwd=clone)
        self._patiently("fetch", "--quiet", "--depth=1", "--no-tags", self._url(name), what, cwd=clone)
        listing = self.git("ls-tree", "-r", "-l", "-z", "FETCH_HEAD", cwd=clone)
        blobs = dict(regular_files(listing))
        bodies = self.git("cat-file", "--batch", cwd=clone, stdin="".join(f"{id}\n" for id in blobs.values()).encode())
        return dict(zip(blobs, split_batch(bodies), strict=True))

    def _url(self, name: str) -> str:
        return f"{self.server_url.rstrip('/')}/{self.owner}/{name}.git"

    def _patiently(self, *arguments: str, cwd: Path) -> bytes:
        """Run git, again for what may pass by itself. Raises NoSuchRepository, RepositoryUnreadable."""
        for pause in (*PAUSES, None):
            try:
                return self.git(*arguments, cwd=cwd)
            except subprocess.CalledProcessError as error:
                said = bytes(error.stderr or b"").decode(errors="replace")
                if any(sign in said.lower() for sign in ABSENT):
                    raise NoSuchRepository from None
            except subprocess.TimeoutExpired:
                said = "it took too long"
            if pause is not None:
                self.sleep(pause)
        raise RepositoryUnreadable(
            f"The current files of the target repository could not be read: {' '.join(said.split())[-200:]}",
            "GitHub is slow or unreachable.",
            "Run the build again with 'Re-run all jobs'; https://www.githubstatus.com tells of outages.",
        )

    def git(self, *arguments: str, cwd: Path, stdin: bytes = b"") -> bytes:
        """Return what git writes. Raises CalledProcessError, TimeoutExpired."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env=environment(self.environ, url="", token=""),
            input=stdin,
            capture_output=True,
            timeout=SECONDS_FOR_GIT,
            check=True,
        )
        return done.stdout


def belongs_to(note: bytes | None, task_key: str) -> bool:
    """Whether a repository does not say that another task built in it last."""
    return read_note(note).get("task_key", task_key) == task_key


def regular_files(listing: bytes) -> Iterable[tuple[str, str]]:
    """Yield path and id of the regular files of a tree, as far as the size limits go."""
    total = 0
    for line in listing.decode(errors="replace").split("\0"):
        if not line:
            continue
        meta, path = line.split("\t", 1)
        mode, _, blob, size = meta.split()
        if not mode.startswith("100") or int(size) > LARGEST_FILE or total + int(size) > LARGEST_TOTAL:
            continue
        total += int(size)
        yield path, blob
