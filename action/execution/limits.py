"""How much a command may use: for each of its processes, as the kernel counts."""

import os
import resource
from pathlib import Path

MEGABYTE = 1024 * 1024
LARGEST_FILE = 512 * MEGABYTE
MOST_DATA = 4096 * MEGABYTE  # memory that is really written; node reserves far more addresses than it uses
MOST_FILES = 4096
MOST_PROCESSES = 512  # and threads, besides those that the user has already


def limits(seconds: float, user_id: int) -> dict[int, int]:
    """Return the limits by resource. The processor's time is for what outlives the time limit in some way."""
    return {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(seconds * (os.cpu_count() or 1)) + 10,
        resource.RLIMIT_DATA: MOST_DATA,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_MSGQUEUE: 0,  # a queue would outlive the command
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_NPROC: MOST_PROCESSES + threads_of(user_id),
    }


def apply(wanted: dict[int, int]) -> None:
    """Lower this process's limits for good; a limit that is lower already stays."""
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))


def threads_of(user_id: int) -> int:
    """Return how many threads a user has on this machine: the kernel counts them together."""
    return sum(count_threads(entry) for entry in Path("/proc").iterdir() if is_process_of(entry, user_id))


def is_process_of(entry: Path, user_id: int) -> bool:
    """Whether an entry of /proc is a process of this user."""
    try:
        return entry.name.isdecimal() and entry.stat().st_uid == user_id
    except OSError:  # it has ended
        return False


def count_threads(entry: Path) -> int:
    """Return how many threads a process has."""
    try:
        return sum(1 for _ in (entry / "task").iterdir())
    except OSError:
        return 0
