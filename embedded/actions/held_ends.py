"""Keep the end of processes from their parent for a while: who traces a process learns of it first (ptrace(2)).

Where tracing is forbidden, the parent learns of the end at once, as it would without this.
"""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterable
from typing import Self

PTRACE_CONT, PTRACE_SEIZE = 7, 0x4206  # linux/ptrace.h
WALL = 0x40000000  # __WALL of wait(2): any kind of child
PAUSE = 0.01
SECONDS_TO_DIE = 1.0


class HeldEnds:
    """Traces processes; their ends become known when the block is left. All of it belongs to one thread."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
        self._running = [pid for pid in pids if self._ask(PTRACE_SEIZE, pid)]
        self._ended: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait(SECONDS_TO_DIE)  # the parent may have killed what outlasted its patience
        for pid in self._ended:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, WALL)

    def wait(self, patience: float) -> None:
        """Let the processes work, signals and all, until they have ended or `patience` seconds have passed."""
        end = time.monotonic() + patience
        while self._running and time.monotonic() < end:
            for pid in list(self._running):
                self._go_on(pid)
            time.sleep(PAUSE)

    def _go_on(self, pid: int) -> None:
        flags = os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        with contextlib.suppress(ChildProcessError):
            found = os.waitid(os.P_PID, pid, flags | WALL)
            if found is None:
                return
            if found.si_code in (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED):
                self._running.remove(pid)
                self._ended.append(pid)
                return
            _, status = os.waitpid(pid, WALL)
            event = status >> 16
            self._ask(PTRACE_CONT, pid, 0 if event else os.WSTOPSIG(status))

    def _ask(self, request: int, pid: int, data: int = 0) -> bool:
        if self._libc is None:
            return False
        result = self._libc.ptrace(ctypes.c_long(request), ctypes.c_long(pid), None, ctypes.c_void_p(data))
        return bool(result == 0)
