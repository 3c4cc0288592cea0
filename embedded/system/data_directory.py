"""The folder in which one embedded system keeps everything; only one process may use it at a time."""

import fcntl
import os
from pathlib import Path


class DataDirectoryIsInUse(Exception):
    """Another embedded system works in this folder."""


class DataDirectoryIsUnusable(Exception):
    """The folder cannot be made or written to."""


class DataDirectory:
    """Holds a lock on the folder until `release`. The operating system frees it even after kill -9."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryIsUnusable(
                f"The folder {self.path} cannot be used ({error.strerror}). Perhaps it belongs to somebody else, or "
                'the disk is full. Make room, or say another folder: make up ARGS="--data DIR"'
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._lock, 20).decode(errors="replace").strip() or "?"
            os.close(self._lock)
            raise DataDirectoryIsInUse(
                f"The folder {self.path} is in use: the embedded system of process {holder} still runs in it. "
                'Use that one, stop it with Ctrl-C or kill, or say another folder: make up ARGS="--data DIR"'
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another process use the folder."""
        os.close(self._lock)
