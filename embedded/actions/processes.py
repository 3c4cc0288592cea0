"""Finding and ending the processes of a run: act, the steps it started, and what these left behind."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterable, Iterator

import psutil

from embedded.actions.held_ends import HeldEnds

GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)
SECONDS_TO_DIE = 2.0
SECONDS_FOR_A_SIGNAL = 0.25  # until a signal that was sent has surely been dealt with


def children(pid: int) -> list[psutil.Process]:
    """Return all processes below `pid`."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except GONE:
        return []


def with_variable(processes: Iterable[psutil.Process], name: str, value: str) -> Iterator[psutil.Process]:
    """Select the processes that were started with this environment variable."""
    for process in processes:
        with contextlib.suppress(*GONE, OSError):
            if process.environ().get(name) == value:
                yield process


def kill_job(act: int, job_key: str) -> bool:
    """End the step that a job runs now, with all that it started; False when there was none just now.

    act then goes on with the steps that run always, and with the next jobs.
    """
    steps = list(with_variable(children(act), "GITHUB_JOB", job_key))
    return kill([*steps, *(below for step in steps for below in children(step.pid))])


def kill_leftovers(home: str) -> None:
    """End everything that still runs with this HOME, whoever its parent is now; what it held is free then."""
    end = time.monotonic() + SECONDS_TO_DIE
    while kill(filter(is_alive, with_variable(psutil.process_iter(), "HOME", home))) and time.monotonic() < end:
        time.sleep(0.01)  # then look again: one of them may have started another meanwhile


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still holds its ports and files: one that nobody has waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except GONE:
        return False


def kill(processes: Iterable[psutil.Process]) -> bool:
    """Kill without asking; return whether there was anything to kill."""
    found = list(processes)
    for process in found:
        with contextlib.suppress(*GONE):
            process.kill()
    return bool(found)


def interrupt(act: int, is_running: Callable[[], bool], patience: float) -> None:
    """Cancel a run as GitHub does: steps get SIGINT and some time, then act gets it and runs what runs always.

    act itself kills a step at once, so the steps have their chance to clean up before. That a step has ended is kept
    from act until it knows that the run is cancelled, or the next steps would see a mere failure.
    """
    below = children(act)
    with contextlib.suppress(*GONE), HeldEnds(process.pid for process in below if process.ppid() == act) as steps:
        for process in below:
            with contextlib.suppress(*GONE):
                process.send_signal(signal.SIGINT)
        steps.wait(patience)
        psutil.Process(act).send_signal(signal.SIGINT)
        time.sleep(SECONDS_FOR_A_SIGNAL)
    end = time.monotonic() + patience
    while is_running() and time.monotonic() < end:
        time.sleep(0.05)
