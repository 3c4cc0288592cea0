"""How much of a request has arrived: as much of HTTP as it takes to see where it ends. The server reads it anew."""

import re

LONGEST_HEAD = 64 * 1024  # bytes, also for the line before a chunk and for what follows the last one
FRAMING = re.compile(rb"(?im)^(content-length|transfer-encoding)[ \t]*:[ \t]*([^\r\n]*)")
EXPECTS = re.compile(rb"(?im)^expect[ \t]*:[ \t]*100-continue[ \t]*\r\n")
END = b"\r\n\r\n"


class Arrival:
    """One request. What cannot be understood counts as whole, so that the server sees it and refuses it."""

    def __init__(self, received: bytes | bytearray = b"") -> None:
        self.received = bytearray()
        self.length: int | None = None  # of the whole request, once that is known
        self.waits_to_continue = False
        self._head: int | None = None
        self._chunk: int | None = None  # where the next chunk begins
        self._around_chunks = 0
        self._seen = 0
        self.add(received)

    def add(self, data: bytes | bytearray) -> None:
        """Take in what came."""
        self.received += data
        if self._head is None:
            self._look_for_head()
        if self._chunk is not None and self.length is None:
            self._walk_chunks(self._chunk)
        self._seen = len(self.received)

    @property
    def is_whole(self) -> bool:
        """Whether nothing more is needed."""
        return self.length is not None and len(self.received) >= self.length

    @property
    def claim(self) -> int:
        """How many bytes it takes, as far as is known."""
        return max(self.length or 0, len(self.received))

    @property
    def body(self) -> int:
        """How many bytes the body has at least."""
        return self.claim - self._head - self._around_chunks if self._head is not None else 0

    def take(self, size: int) -> bytes:
        """Hand out the next bytes, and keep them no longer."""
        size = min(size, len(self.received) if self.length is None else self.length)
        taken = bytes(memoryview(self.received)[:size])
        del self.received[:size]
        if self.length is not None:
            self.length -= len(taken)
        return taken

    def _look_for_head(self) -> None:
        found = self.received.find(END, max(0, self._seen - len(END) + 1))
        if found < 0:
            if len(self.received) > LONGEST_HEAD:
                self.length = len(self.received)
            return
        head = bytes(self.received[: found + len(END)])
        if expects := EXPECTS.search(head):
            self.waits_to_continue = True
            del self.received[expects.start() : expects.end()]  # or the server would answer it once more
            head = bytes(self.received[: len(head) - len(expects[0])])
        self._head = len(head)
        framing = {name.lower(): value.strip().lower() for name, value in FRAMING.findall(head)}
        if b"transfer-encoding" in framing:
            self._chunk = self._head
        else:
            length = framing.get(b"content-length", b"0")
            self.length = self._head + (int(length[:18]) if length.isdigit() else 0)

    def _walk_chunks(self, chunk: int) -> None:
        while chunk < len(self.received) and self.length is None:
            end = self.received.find(b"\r\n", chunk, chunk + LONGEST_HEAD)
            if end < 0:
                self.length = len(self.received) if len(self.received) - chunk >= LONGEST_HEAD else None
                break
            size = size_of(bytes(self.received[chunk:end]))
            if size is None:
                self.length = len(self.received)
            elif size:
                self._around_chunks += end + 2 - chunk + 2
                chunk = end + 2 + size + 2
            else:
                self.length = self._end_of_trailers(end)
                break
        self._chunk = chunk

    def _end_of_trailers(self, last_line: int) -> int | None:
        found = self.received.find(END, last_line)
        if found >= 0:
            return found + len(END)
        return len(self.received) if len(self.received) - last_line > LONGEST_HEAD else None


def size_of(line: bytes) -> int | None:
    """Return the size that the line before a chunk names."""
    digits = line.split(b";", 1)[0].strip()
    return int(digits, 16) if re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits) else None
