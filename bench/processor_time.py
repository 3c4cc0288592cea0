"""Seconds of processor time of this program and of everything that it started."""

from contextlib import suppress

import psutil


def processor_seconds() -> float:
    """Return the sum until now. The time of a process that ended is with its parent, if that waited for it."""
    this = psutil.Process()
    return sum(seconds_of(process) for process in (this, *this.children(recursive=True)))


def seconds_of(process: psutil.Process) -> float:
    """Return the time of one process and of its children that ended; 0 when it is gone."""
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
