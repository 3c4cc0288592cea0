"""Who runs a command, and the only folder it may write to: its clone, HOME and TMPDIR. Nothing else of it is kept."""

import hashlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from action.errors import CannotExecute
from action.gates.file_policy import collect, walk

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class User:
    """An account without rights of its own."""

    name: str
    uid: int
    gid: int


def other_user(effective: int | None = None) -> User | None:
    """Return the account that root hands its rights over to, or None for who is not root. Raises CannotExecute."""
    if (os.geteuid() if effective is None else effective) != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotExecute(
            f"This job runs as root, and there is no user {UNPRIVILEGED} who could run the command instead.",
            "the container image has no such account.",
            "Use an image that has it, or run the runner as an ordinary user.",
        ) from None
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def process_options(user: User | None) -> dict[str, Any]:
    """Return what subprocess needs to start something as this user."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def hand_over(path: Path | int, user: User | None) -> None:
    """Give a file, or what a descriptor is open on, to a user."""
    if user:
        os.chown(path, user.uid, user.gid)


ENOUGH = 0o700


@dataclass(frozen=True)
class Workplace:
    """A folder that belongs to `user`."""

    root: Path
    user: User | None

    @property
    def project(self) -> Path:
        """The clone, where the command starts."""
        return self.root / "project"

    def folder(self, name: str) -> Path:
        """Return a folder of the clone. Links count as what they lead to. Raises CannotExecute."""
        if not name:
            return self.project
        try:
            found = (self.project / name).resolve(strict=True)
        except (OSError, RuntimeError):  # the latter is what Python 3.11 says of links that lead in a circle
            found = self.root
        if found.is_dir() and found.is_relative_to(self.project.resolve()):
            return found
        raise CannotExecute(
            f"The project has no folder {name}, so the command was not run.",
            "working_dir has a typing error, is a file, or leads out of the project.",
            "Name a folder that the repository's page shows at that version, or leave working_dir out.",
        )

    @property
    def home(self) -> Path:
        """HOME of the command."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the command."""
        return self.root / "tmp"


@contextmanager
def workplace(parent: Path, user: User | None) -> Iterator[Workplace]:
    """Make a workplace below `parent`, and remove it afterwards, whatever it holds then."""
    place = Workplace(Path(tempfile.mkdtemp(prefix="pagewright-", dir=parent)), user)
    try:
        for folder in (place.root, place.project, place.home, place.temporary):
            folder.mkdir(mode=ENOUGH, exist_ok=True)
            hand_over(folder, user)
        yield place
    finally:
        remove(place.root)


def remove(folder: Path) -> None:
    """Remove a folder in which somebody may have made folders that cannot be entered. Links are not followed."""
    for path, folders, _ in os.walk(folder):
        for inner in (Path(path, name) for name in folders):
            with suppress(OSError):
                if not inner.is_symlink():
                    inner.chmod(ENOUGH)  # before the walk goes into it
    shutil.rmtree(folder, ignore_errors=True)


NOT_KEPT = frozenset({".git", "node_modules"})  # what a command needs, and no page
CACHES = {"__pycache__", "node_modules"}
MOST_ENTRIES = 5_000  # that are looked at


def files_in(place: Workplace) -> dict[str, bytes]:
    """Return the regular files of the clone, as far as they could be published. Raises CannotExecute, OSError."""
    if len(list(islice(walk(place.project, NOT_KEPT), MOST_ENTRIES + 1))) > MOST_ENTRIES:
        raise CannotExecute(
            f"Nothing is kept: there are more than {MOST_ENTRIES:,} files.",
            "the command made very many files.",
            "Let it write fewer, or remove what the page does not need.",
        )
    files, _ = collect(place.project, skip=NOT_KEPT)
    return {path: body for path, body in files.items() if not CACHES & set(path.split("/"))}


def digests(files: dict[str, bytes]) -> dict[str, str]:
    """Return what stands for the content of files."""
    return {path: hashlib.sha256(body).hexdigest() for path, body in files.items()}


def changed_since(before: dict[str, str], after: dict[str, bytes]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files that are new or different, and the paths of those that are gone."""
    now = digests(after)
    changed = {path: body for path, body in after.items() if before.get(path) != now[path]}
    return changed, tuple(sorted(before.keys() - now.keys()))
