"""Run one command: bash in a session of its own, held in by the kernel, heard as far as its limits go, ended whole."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from action.errors import CannotExecute
from action.execution import leftovers, limits
from action.execution.limits import adopt_orphans, descendants, end_descendants
from action.execution.output import KeptOutput, Stream, stream
from action.execution.sandbox import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, Fence, fence_around, prctl
from action.execution.workplace import Workplace, process_options

TIME_IS_OVER = 124  # as timeout(1) says it
AFTER_SIGNAL = 128  # as shells say it


@dataclass(frozen=True)
class Ended:
    """How a command ended. `isolation` says what stood around it; docs/projects.md explains the words."""

    return_code: int
    stdout: KeptOutput
    stderr: KeptOutput
    seconds: float
    timed_out: bool
    isolation: tuple[str, ...]


@dataclass(frozen=True)
class CommandRunner:
    """`search_path` is PATH; what is in or around the `hidden` folders is not shown to commands."""

    search_path: str
    hidden: tuple[Path, ...]
    most_output: int

    def run(self, command: str, place: Workplace, seconds: float, working_dir: str = "") -> Ended:
        """Run a command in a folder of the clone, and end it with everything that it started. Raises CannotExecute."""
        start = place.folder(working_dir)
        adopt_orphans()
        others, user_id = frozenset(descendants(os.getpid())), place.user.uid if place.user else os.getuid()
        there = leftovers.things_of(user_id)
        with ExitStack() as opened:
            fence = opened.enter_context(fence_around(place, self.search_path, self.hidden))
            streams = [opened.enter_context(stream(place.user, self.most_output)) for _ in range(2)]
            started = time.monotonic()
            process = self._start(command, start, place, streams, preparation(place, seconds, fence))
            is_clean = False
            try:
                in_time = listen(process, streams, started + seconds)
                lasted = time.monotonic() - started
            finally:
                is_clean = end(process, others)
                leftovers.remove_new(there, user_id)
            for each in streams:
                each.read_rest()
        code = exit_code(process.returncode) if in_time else TIME_IS_OVER
        stdout, stderr = (each.kept for each in streams)
        return Ended(code, stdout, stderr, lasted, not in_time, isolation(place, fence, is_clean=is_clean))

    def _start(
        self, command: str, start: Path, place: Workplace, streams: list[Stream], prepare: Callable[[], None]
    ) -> subprocess.Popen[bytes]:
        stdout, stderr = streams
        try:
            return subprocess.Popen(
                ["bash", "-c", command],
                cwd=start,
                env=environment(self.search_path, place),
                stdin=subprocess.DEVNULL,
                stdout=stdout.writer,
                stderr=stderr.writer,
                start_new_session=True,
                umask=0o022,
                preexec_fn=prepare,
                **process_options(place.user),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotExecute(
                f"The command could not be started ({error}).",
                "bash is not installed, or this job may not change its user or its limits.",
                "Use a runner with bash, as root or as an ordinary user of a Linux machine.",
            ) from None
        finally:
            for each in streams:
                each.close(each.writer)


def environment(search_path: str, place: Workplace) -> dict[str, str]:
    """Return the whole environment of a command: nothing of the job's own is in it."""
    return {
        "PATH": search_path,
        "HOME": str(place.home),
        "TMPDIR": str(place.temporary),
        "LANG": "C.UTF-8",
        "CI": "true",
    }


def preparation(place: Workplace, seconds: float, fence: Fence | None) -> Callable[[], None]:
    """Return what the new process does to itself, as its own user, before it becomes bash."""
    wanted = limits.limits(seconds, place.user.uid if place.user else os.getuid())

    def give_up_rights() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        limits.apply(wanted)
        prctl(PR_SET_NO_NEW_PRIVS, 1)  # no sudo, and no other program that would give rights
        if fence:
            fence.close_behind()

    return give_up_rights


def listen(process: subprocess.Popen[bytes], streams: list[Stream], until: float) -> bool:
    """Take what the command writes until it has ended; False when its time was over before."""
    descriptor = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            for each in streams:
                selector.register(each.reader, selectors.EVENT_READ, each)
            while (left := until - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    if key.data is None:
                        return True
                    try:
                        is_open = key.data.read()
                    except BlockingIOError:  # the command opened its pipe to read it, and was faster
                        continue
                    if not is_open:
                        selector.unregister(key.fd)
            return False
    finally:
        os.close(descriptor)


def end(process: subprocess.Popen[bytes], others: frozenset[int]) -> bool:
    """End the command and all that it started; return whether nothing is left. Its own end is noted first."""
    if process.poll() is None:
        process.kill()
        process.wait()
    return end_descendants(others)


def exit_code(code: int) -> int:
    """Return what a shell would say."""
    return code if code >= 0 else AFTER_SIGNAL - code


def isolation(place: Workplace, fence: Fence | None, *, is_clean: bool) -> tuple[str, ...]:
    """Return what stood around the command."""
    stood = {
        "user": place.user is not None,
        "files": fence is not None,
        "signals": fence is not None and fence.keeps_signals_in,
        "privileges": True,
        "limits": True,
        "processes": is_clean,
    }
    return tuple(word for word, is_there in stood.items() if is_there)
