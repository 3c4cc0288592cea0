"""How much a command may use, and all processes below it, however far they went: found and ended."""

import contextlib
import os
import resource
import signal
import time
from collections import defaultdict
from pathlib import Path

from action.execution.sandbox import PR_SET_CHILD_SUBREAPER, prctl

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


PATIENCE_S = 10.0
PAUSE_S = 0.01


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_descendants(spared: frozenset[int] = frozenset(), patience_s: float = PATIENCE_S) -> bool:
    """Kill everything below this process that is not `spared`; return whether nothing is left.

    They are stopped first: who is stopped starts nothing new. What was started between the two is found the next time.
    """
    until = time.monotonic() + patience_s
    while found := [process for process in descendants(os.getpid()) if process not in spared]:
        for signal_number in (signal.SIGSTOP, signal.SIGKILL):
            for process in found:
                with contextlib.suppress(OSError):
                    os.kill(process, signal_number)
        for process in found:
            with contextlib.suppress(ChildProcessError):  # it is not ours yet
                os.waitpid(process, os.WNOHANG)
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE_S)
    return True


def descendants(root: int) -> list[int]:
    """Return all processes below `root`."""
    children = defaultdict(list)
    for process, parent in parents().items():
        children[parent].append(process)
    found, waiting = [], [root]
    while waiting:
        waiting += (below := children.pop(waiting.pop(), []))
        found += below
    return found


def parents() -> dict[int, int]:
    """Return the parent of each process of this machine."""
    return {
        int(entry.name): parent
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and (parent := parent_of(entry)) is not None
    }


def parent_of(entry: Path) -> int | None:
    """Return a process's parent. In /proc/<id>/stat, it is the second field after a name that may hold anything."""
    try:
        return int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None
