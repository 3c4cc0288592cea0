"""Every version of a public target repository: what revisions are counted by, and what a restore takes files from."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from action.current_files import LARGEST_TOTAL, NoSuchRepository, PublicRepositories, split_batch
from action.errors import CannotRestore, TooManyRevisions, missing_project
from action.git import BUILD_FILE, read_note

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
        except subprocess.CalledProcessError:
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
        wanted = "".join(f"{blob}\n" for blob, _ in blobs.values()).encode()
        return dict(zip(blobs, split_batch(self._git("cat-file", "--batch", stdin=wanted)), strict=True))

    def revisions(self, round_number: int) -> set[str]:
        """Return the ids of the messages whose revisions of this round were committed."""
        messages = self._git("log", "--format=%B%x00", "FETCH_HEAD").decode(errors="replace").split("\0")
        found = [dict(TRAILER.findall(message)) for message in messages]
        return {each["Revision"] for each in found if "Revision" in each and each.get("Round") == str(round_number)}

    def _blobs(self, commit: str) -> dict[str, tuple[str, int]]:
        """Return git's id and the size of each regular file."""
        listing = self._git("ls-tree", "-r", "-l", "-z", commit).decode(errors="replace")
        entries = (line.split("\t", 1) for line in listing.split("\0") if line)
        parts = [(path, meta.split()) for meta, path in entries]
        return {path: (blob, int(size)) for path, (mode, _, blob, size) in parts if mode.startswith("100")}

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
