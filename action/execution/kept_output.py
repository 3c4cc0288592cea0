"""What is kept of a stream: its beginning and its end."""


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
