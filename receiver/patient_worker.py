"""Gunicorn's threads, with an end to their patience: a request must arrive whole within a total time."""

import socket
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # gunicorn has no types

from receiver.waiting import STOPPING

WHOLE_REQUEST_S = 30  # from its first byte to the last byte of its body


class PatientSocket(socket.socket):
    """Receives within a total time; after that, the sender counts as gone. Sending is bounded call by call."""

    limit_s: float = WHOLE_REQUEST_S
    deadline: float | None = None

    @classmethod
    def instead_of(cls, plain: socket.socket, limit_s: float) -> "PatientSocket":
        """Take over the connection of `plain`, which is of no use afterwards."""
        patient = cls(plain.family, plain.type, plain.proto, fileno=plain.detach())
        patient.limit_s = limit_s
        return patient

    def expect_request(self) -> None:
        """Begin anew: the time runs from the next byte on."""
        self.deadline = None

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return what arrived, or nothing, as at the end of a stream, when the time is over."""
        now = time.monotonic()
        self.deadline = self.deadline or now + self.limit_s
        if now >= self.deadline:
            return b""
        before = self.gettimeout()
        self.settimeout(min(self.deadline - now, self.limit_s if before is None else before))
        try:
            return super().recv(size, flags)
        except TimeoutError:
            return b""
        finally:
            self.settimeout(self.limit_s if before is None else before)  # who does not read holds no thread either


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A thread is lent to a sender for `whole_request_s` at most; once the body is there, nothing hurries."""

    whole_request_s: float = WHOLE_REQUEST_S

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop: who waits for a run in a request gets an answer now. Gunicorn calls this on SIGTERM."""
        STOPPING.set()
        super().handle_exit(sig, frame)

    def handle(self, conn: Any) -> Any:
        """Handle one request of a connection. Gunicorn calls this for each, in a thread."""
        if type(conn.sock) is socket.socket:  # with TLS, it is another class once the handshake is done
            conn.sock = PatientSocket.instead_of(conn.sock, self.whole_request_s)
        if isinstance(conn.sock, PatientSocket):
            conn.sock.expect_request()
        return super().handle(conn)
