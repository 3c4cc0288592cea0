"""A public repository read without a credential: its files now, its files at a commit, its history."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from action.errors import CannotRestore, RepositoryUnreadable, TooManyRevisions, missing_project
from action.github import naming
from action.github.git import (
    BUILD_FILE,
    GitFailed,
    contents,
    environment,
    last_words,
    read_note,
    regular_files,
    run_git,
)
from action.github.naming import repository_names
from action.github.refusals import ABSENT

SECONDS_FOR_GIT = 60.0
PAUSES = (1.0, 2.0, 4.0)
MOST_NAMES = 100
LARGEST_FILE = 20_000_000
LARGEST_TOTAL = 100_000_000
MOST_REVISIONS = 3  # of one round of a task; restores do not count


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

    def published(self, task: str, task_key: str, build_id: str) -> str | None:
        """Return the commit of a build that is published, None when there is something to write.

        It looks where and as far as the publishing job does, which replaces only a plain page at the tip.
        Raises RepositoryUnreadable.
        """
        for name in reversed(self._names(task, task_key)):
            try:
                history = PublicHistory(self, self.fetch_all(name))
            except NoSuchRepository:  # it exists, but without a commit
                continue
            messages = history.messages()
            commit = naming.commit_of(messages, build_id) if naming.belongs_to(messages, task_key) else None
            if commit:
                is_plain = commit == history.tip() and history.note().get("degraded") is True
                return None if is_plain else commit
        return None

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
        return files_at(partial(self.git, cwd=clone), "FETCH_HEAD")

    def _url(self, name: str) -> str:
        return f"{self.server_url.rstrip('/')}/{self.owner}/{name}.git"

    def _patiently(self, *arguments: str, cwd: Path) -> bytes:
        """Run git, again for what may pass by itself. Raises NoSuchRepository, RepositoryUnreadable."""
        for pause in (*PAUSES, None):
            try:
                return self.git(*arguments, cwd=cwd)
            except GitFailed as error:
                said = last_words(error)
                if any(sign in said.lower() for sign in ABSENT):
                    raise NoSuchRepository from None
            if pause is not None:
                self.sleep(pause)
        raise RepositoryUnreadable(
            f"The current files of the target repository could not be read: {said}",
            "GitHub is slow or unreachable.",
            "Run the build again with 'Re-run all jobs'; https://www.githubstatus.com tells of outages.",
        )

    def git(self, *arguments: str, cwd: Path, stdin: bytes = b"") -> bytes:
        """Return what git writes. Raises GitFailed."""
        own = environment(self.environ, url="", token="")
        return run_git(*arguments, cwd=cwd, env=own, stdin=stdin, seconds=SECONDS_FOR_GIT)


def belongs_to(note: bytes | None, task_key: str) -> bool:
    """Whether a repository does not say that another task built in it last."""
    return read_note(note).get("task_key", task_key) == task_key


def files_at(run: Callable[..., bytes], commit: str) -> dict[str, bytes]:
    """Return the regular files of a commit, as far as the size limits go. `run` runs git in a clone."""
    blobs, total = dict[str, str](), 0
    for path, blob, size in regular_files(run("ls-tree", "-r", "-l", "-z", commit).decode(errors="replace")):
        if size <= LARGEST_FILE and total + size <= LARGEST_TOTAL:
            total += size
            blobs[path] = blob
    return dict(zip(blobs, contents(run, blobs.values()), strict=True))


TRAILER = re.compile(r"^Pagewright-(Revision|Round): (\S+)$", re.MULTILINE)
COMMIT = re.compile(r"[0-9a-f]{40}")


class History(Protocol):
    """The commits of a project's default branch."""

    def tip(self) -> str:
        """Return the newest commit."""
        ...

    def note(self) -> dict[str, object]:
        """Return what the repository says about its last build."""
        ...

    def holds(self, commit: str) -> bool:
        """Whether a commit is one of the default branch."""
        ...

    def files(self, commit: str) -> dict[str, bytes]:
        """Return the regular files of a commit. Raises CannotRestore when they are too large."""
        ...

    def revisions(self, round_number: int) -> set[str]:
        """Return the ids of the messages whose revisions of this round were committed."""
        ...


OpenHistory = Callable[[str], History]
"""Takes the name of a project. Raises RepositoryMissing, RepositoryUnreadable."""


@dataclass(frozen=True)
class PublicHistory:
    """A bare clone of the whole default branch."""

    repositories: PublicRepositories
    clone: Path

    @classmethod
    def open(cls, repositories: PublicRepositories, name: str) -> "PublicHistory":
        """Fetch a project. Raises RepositoryMissing, RepositoryUnreadable."""
        try:
            return cls(repositories, repositories.fetch_all(name))
        except NoSuchRepository:
            raise missing_project(name) from None

    def tip(self) -> str:
        """Return the newest commit."""
        return self._git("rev-parse", "FETCH_HEAD").decode().strip()

    def note(self) -> dict[str, object]:
        """Return what the repository says about its last build."""
        blob = self._blobs("FETCH_HEAD").get(BUILD_FILE)
        return read_note(self._git("cat-file", "blob", blob[0]) if blob else None)

    def holds(self, commit: str) -> bool:
        """Whether a commit is one of the default branch."""
        if not COMMIT.fullmatch(commit):
            return False
        try:
            self._git("merge-base", "--is-ancestor", commit, "FETCH_HEAD")
        except GitFailed:
            return False
        return True

    def files(self, commit: str) -> dict[str, bytes]:
        """Return the regular files of a commit. Raises CannotRestore when they are too large."""
        blobs = self._blobs(commit)
        if sum(size for _, size in blobs.values()) > LARGEST_TOTAL:
            raise CannotRestore(
                f"The files of commit {commit[:10]} are too large to be published again.",
                f"together they have more than {LARGEST_TOTAL:,} bytes.",
                "Restore another version.",
            )
        return dict(zip(blobs, contents(self._git, [blob for blob, _ in blobs.values()]), strict=True))

    def messages(self) -> naming.Messages:
        """Return the newest commits with their messages, newest first."""
        log = self._git("log", f"--max-count={naming.MOST_COMMITS}", "--format=%H%n%B%x00", "FETCH_HEAD")
        entries = [entry.strip().partition("\n") for entry in log.decode(errors="replace").split("\0")]
        return [(sha, message.rstrip()) for sha, _, message in entries if sha]

    def revisions(self, round_number: int) -> set[str]:
        """Return the ids of the messages whose revisions of this round were committed."""
        messages = self._git("log", "--format=%B%x00", "FETCH_HEAD").decode(errors="replace").split("\0")
        found = [dict(TRAILER.findall(message)) for message in messages]
        return {each["Revision"] for each in found if "Revision" in each and each.get("Round") == str(round_number)}

    def _blobs(self, commit: str) -> dict[str, tuple[str, int]]:
        """Return git's id and the size of each regular file."""
        listing = self._git("ls-tree", "-r", "-l", "-z", commit).decode(errors="replace")
        return {path: (blob, size) for path, blob, size in regular_files(listing)}

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return self.repositories.git(*arguments, cwd=self.clone, stdin=stdin)


def files_to_restore(history: History, commit: str) -> dict[str, bytes]:
    """Return the files of a version. Raises CannotRestore."""
    require_version(history, commit)
    return history.files(commit)


def require_version(history: History, commit: str) -> None:
    """Raise CannotRestore when the commit is no version of the project."""
    if not history.holds(commit):
        raise CannotRestore(
            f"Commit {commit[:10]} is no version of this project.",
            "it was mistyped, is of another repository or branch, or is no longer in the default branch's history.",
            "Take the whole id of a version from the dashboard, and ask again.",
        )


def require_room(history: History, round_number: int, message_id: str, most: int) -> None:
    """Raise TooManyRevisions when this round has been revised as often as is allowed."""
    done = len(history.revisions(round_number) - {message_id})
    if done >= most:
        raise TooManyRevisions(
            f"Round {round_number} of this task has {done} revisions, and {most} are allowed.",
            "agents that answer each other's messages would go on for ever without a limit.",
            "Raise the variable MAX_REVISIONS of the runner repository, or change the page by hand.",
        )
