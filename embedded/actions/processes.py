"""Finding and ending the processes of a run: act, the steps it started, and what these left behind."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterable, Iterator

import psutil

GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


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
    """End everything that still runs with a run's own HOME, whoever its parent is now."""
    kill(with_variable(psutil.process_iter(), "HOME", home))


def kill(processes: Iterable[psutil.Process]) -> bool:
    """Kill without asking; return whether there was anything to kill."""
    found = list(processes)
    for process in found:
        with contextlib.suppress(*GONE):
            process.kill()
    return bool(found)


def interrupt(act: int, is_running: Callable[[], bool], patience: float) -> None:
    """Cancel a run as GitHub does: steps get SIGINT and some time, then act gets it and runs what runs always.

    act itself kills a step at once, so it is held still while the steps have their chance to clean up.
    """
    with contextlib.suppress(*GONE):
        leader = psutil.Process(act)
        leader.suspend()
        steps = children(act)
        try:
            for process in steps:
                with contextlib.suppress(*GONE):
                    process.send_signal(signal.SIGINT)
            wait_until_ended([step for step in steps if step.ppid() == act], patience)
        finally:
            leader.send_signal(signal.SIGINT)
            leader.resume()
    end = time.monotonic() + patience
    while is_running() and time.monotonic() < end:
        time.sleep(0.05)


def wait_until_ended(processes: list[psutil.Process], patience: float) -> None:
    """Wait until the processes have ended (their parent is held still, so they stay zombies)."""
    end = time.monotonic() + patience
    while time.monotonic() < end and any(is_alive(process) for process in processes):
        time.sleep(0.02)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still works."""
    with contextlib.suppress(*GONE):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
