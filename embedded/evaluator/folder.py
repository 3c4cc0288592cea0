"""The folder of a class: which files it has, and that one program at a time works in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.evaluator.errors import FolderIsWrong
from embedded.evaluator.typed import typed


@dataclass(frozen=True)
class Folder:
    """Everything about one class. Other people of the machine cannot look into it."""

    path: Path

    @property
    def settings(self) -> Path:
        """What the instructor may change."""
        return self.path / "evaluator.toml"

    @property
    def database(self) -> Path:
        """Students, secrets, requests, callbacks, marks."""
        return self.path / "evaluator.sqlite3"

    @property
    def log(self) -> Path:
        """What went wrong while submissions were checked, with tracebacks."""
        return self.path / "evaluator.log"

    @property
    def report(self) -> Path:
        """The class as a page, which has everybody's email in it."""
        return self.path / "report.html"

    @property
    def clones(self) -> Path:
        """Repositories while they are looked at."""
        return self.path / "clones"

    def make(self) -> None:
        """Make the folder. Raises FolderIsWrong."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise FolderIsWrong(
                f"The folder {self.path} cannot be made ({error.strerror}). Perhaps it belongs to somebody else. "
                "Say another one."
            ) from None

    def must_exist(self) -> None:
        """Raise FolderIsWrong when `init` was never run here."""
        if not self.settings.is_file():
            raise FolderIsWrong(
                f"{self.path} has no evaluator.toml, so it is not the folder of a class. Its name is perhaps misspelt. "
                f"Make one with: {typed('init', self.path, 'students.csv')}"
            )

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep others from sending and checking meanwhile; the lock ends with the process, even after kill -9.

        Raises FolderIsWrong.
        """
        lock = os.open(self.path / "working.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise FolderIsWrong(
                f"Another evaluator already works in {self.path}: two would send everything twice. "
                "Wait for it, or stop it. `status` and `export` work at any time."
            ) from None
        try:
            yield
        finally:
            os.close(lock)
