"""One of the two pipes that a command writes to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from action.execution.kept_output import KeptOutput
from action.execution.user import User, hand_over

CHUNK = 64 * 1024


class Stream:
    """A pipe, and what is kept of what comes through it."""

    def __init__(self, most_output: int) -> None:
        self.kept = KeptOutput(most_output)
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._open = {self.reader, self.writer}

    def read(self) -> bool:
        """Take what is there; False at the end. Raises BlockingIOError when nothing is there yet."""
        data = os.read(self.reader, CHUNK)
        self.kept.add(data)
        return bool(data)

    def read_rest(self) -> None:
        """Take what is left when all writers were ended. It does not wait: a pipe may have gone to somebody else."""
        try:
            while self.read():
                pass
        except BlockingIOError:
            return

    def close(self, *ends: int) -> None:
        """Close the ends that are open still."""
        for end in self._open & set(ends):
            os.close(end)
            self._open.discard(end)


@contextmanager
def stream(user: User | None, most_output: int) -> Iterator[Stream]:
    """Open a pipe. It belongs to the command's user, who may open it once more as /dev/stderr."""
    opened = Stream(most_output)
    try:
        hand_over(opened.writer, user)
        yield opened
    finally:
        opened.close(opened.reader, opened.writer)
