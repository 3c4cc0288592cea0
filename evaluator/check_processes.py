"""A few processes that check submissions, each with a time limit; one that hangs or breaks is replaced."""

import json
import os
import queue
import selectors
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from evaluator.errors import CannotCheck


class CheckBroke(Exception):
    """A submission could not be checked; the message says why, for its mark."""


class ChecksWereStopped(Exception):
    """The evaluator ends. The submission stays to be checked."""


class CheckProcesses:
    """`command` starts a process (see check_process.py). May be used from several threads; use as a context manager."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path, seconds: float) -> None:
        self._command = tuple(command)
        self._environ = dict(environ)
        self._log = log
        self._seconds = seconds
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: set[subprocess.Popen[bytes]] = set()
        self._changing = threading.Lock()
        self._is_stopped = False

    def check(self, request: int) -> None:
        """Check a request. Raises CheckBroke, ChecksWereStopped, and CannotCheck when none can be checked."""
        process = self._take()
        try:
            answer = self._ask(process, request)
        except CheckBroke:
            self._end(process)
            if self._is_stopped:
                raise ChecksWereStopped from None
            raise
        if "stop" in answer:
            self._end(process)
            raise CannotCheck(answer["stop"])
        self._idle.put(process)

    def _ask(self, process: "subprocess.Popen[bytes]", request: int) -> dict[str, Any]:
        """Return a process's answer. Raises CheckBroke."""
        assert process.stdin  # noqa: S101 - they are pipes
        assert process.stdout  # noqa: S101
        try:
            process.stdin.write(f"{request}\n".encode())
            process.stdin.flush()
        except OSError:
            raise CheckBroke("the process that checks ended before it began") from None
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            if not waiting.select(self._seconds):
                raise CheckBroke(f"the check took longer than {self._seconds:g} s and was stopped")
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            raise CheckBroke("the check itself broke; evaluator.log has more")
        return dict(json.loads(line))

    def _take(self) -> "subprocess.Popen[bytes]":
        with suppress(queue.Empty):
            return self._idle.get_nowait()
        with self._changing, self._log.open("ab") as log:
            if self._is_stopped:
                raise ChecksWereStopped
            process = subprocess.Popen(
                self._command,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the evaluator, which then ends this one
            )
            self._all.add(process)
        return process

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        """End a process and what it started. A browser ends by itself when nobody speaks with it."""
        kill(process)
        process.wait()
        with self._changing:
            self._all.discard(process)
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()

    def stop(self) -> None:
        """Let nobody wait for a check any more. Marks are saved completely or not at all."""
        with self._changing:
            self._is_stopped = True
            for process in self._all:
                kill(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for process in list(self._all):
            self._end(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a process at once, with its children."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
