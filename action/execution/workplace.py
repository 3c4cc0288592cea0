"""The only folder that a command may write to: its clone, its HOME and its TMPDIR. Nothing of it is kept."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from action.execution.user import User, hand_over

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
