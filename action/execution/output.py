"""The two pipes that a command writes to, and what is kept of them: the beginning and the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from action.execution.workplace import User, hand_over


class KeptOutput:
    """Takes any number of bytes and keeps at most `limit` of them: the first half, and the last."""

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, data: bytes) -> None:
        """Take what comes next."""
        room = max(0, self._half - len(self._head))
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:
            self._shorten()

    def _shorten(self) -> None:
        too_much = max(0, len(self._tail) - self._half)
        self._left_out += too_much
        del self._tail[:too_much]

    @property
    def is_truncated(self) -> bool:
        """Whether something was left out."""
        return self._left_out + len(self._tail) > self._half

    def text(self) -> str:
        """Return what is kept; what is no UTF-8 is replaced, as are characters that were cut in two."""
        self._shorten()
        head, tail = (bytes(part).decode(errors="replace") for part in (self._head, self._tail))
        if not self._left_out:
            return bytes(self._head + self._tail).decode(errors="replace")
        return f"{head}\n[... {self._left_out:,} bytes are left out here ...]\n{tail}"


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
