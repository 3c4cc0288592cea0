"""What a command leaves in memory that outlives its processes: files in /dev/shm, and System V's objects.

They are told by their owner and by not having been there before. What a running process uses is left alone: somebody
else may run a command for the same user at this moment. POSIX message queues cannot be made at all (limits.py).
"""

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from action.execution.sandbox import SHARED_MEMORY, library

SYSTEM_V = Path("/proc/sysvipc")
REMOVE = 0  # IPC_RMID
FILE = "file"
MAPPED_PARTS = 6  # of a line of /proc/<id>/maps that has a path


@dataclass(frozen=True)
class Thing:
    """Something in shared memory. `name` is a path or a number; `inode` tells a file from a later one of its name."""

    kind: str
    name: str
    inode: int = 0


def things_of(user_id: int, folder: Path = Path(SHARED_MEMORY)) -> set[Thing]:
    """Return everything in shared memory that belongs to a user."""
    return {*files_of(user_id, folder), *objects_of(user_id)}


def files_of(user_id: int, folder: Path) -> Iterator[Thing]:
    """Yield what of a user's lies in the folder itself."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if status.st_uid == user_id:
                    yield Thing(FILE, entry.path, status.st_ino)


def objects_of(user_id: int) -> Iterator[Thing]:
    """Yield a user's shared memory, semaphores and queues of System V, except memory that a process is attached to."""
    for kind, number in (("shm", "shmid"), ("sem", "semid"), ("msg", "msqid")):
        with suppress(OSError, ValueError):
            heading, *lines = (SYSTEM_V / kind).read_text().splitlines()
            columns = heading.split()
            for line in lines:
                row = dict(zip(columns, line.split(), strict=False))
                if int(row["uid"]) == user_id and not int(row.get("nattch", 0)):
                    yield Thing(kind, row[number])


def remove_new(before: set[Thing], user_id: int, folder: Path = Path(SHARED_MEMORY)) -> None:
    """Remove what a user has in shared memory now, had not before, and what no process uses."""
    new = things_of(user_id, folder) - before
    used = inodes_in_use(folder) if any(thing.kind == FILE for thing in new) else set()
    for thing in new:
        if thing.kind != FILE:
            remove_object(thing)
        elif not used & {thing.inode, *inodes_below(thing.name)}:
            remove_file(Path(thing.name))


def remove_file(path: Path) -> None:
    """Remove a file or a folder; a link is removed, not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def remove_object(thing: Thing) -> None:
    """Remove an object of System V."""
    number = ctypes.c_int(int(thing.name))
    if thing.kind == "shm":
        library.shmctl(number, ctypes.c_int(REMOVE), None)
    elif thing.kind == "sem":
        library.semctl(number, ctypes.c_int(0), ctypes.c_int(REMOVE))
    else:
        library.msgctl(number, ctypes.c_int(REMOVE), None)


def inodes_below(folder: str) -> Iterator[int]:
    """Yield the inodes of everything in a folder."""
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            with suppress(OSError):
                yield Path(path, name).lstat().st_ino


def inodes_in_use(folder: Path) -> set[int]:
    """Return the inodes of files in a folder that processes have open or mapped, as far as we may look."""
    found = set[int]()
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            found.update(opened(process, folder), mapped(process, folder))
    return found


def opened(process: Path, folder: Path) -> Iterator[int]:
    """Yield what a process has open in a folder."""
    with suppress(OSError), os.scandir(process / "fd") as entries:
        for entry in entries:
            with suppress(OSError):
                if Path(entry.path).readlink().is_relative_to(folder):
                    yield entry.stat().st_ino


def mapped(process: Path, folder: Path) -> Iterator[int]:
    """Yield what a process has mapped from a folder."""
    with suppress(OSError, ValueError):
        for line in (process / "maps").read_text(errors="replace").splitlines():
            parts = line.split(maxsplit=MAPPED_PARTS - 1)
            if len(parts) == MAPPED_PARTS and parts[-1].startswith(f"{folder}/"):
                yield int(parts[4])
