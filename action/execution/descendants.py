"""All processes below this one, however far they went: found and ended.

As a subreaper, this process becomes the parent of what loses its own, so that nothing can leave by detaching itself.
"""

import contextlib
import os
import signal
import time
from collections import defaultdict
from pathlib import Path

from action.execution.kernel import PR_SET_CHILD_SUBREAPER, prctl

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
