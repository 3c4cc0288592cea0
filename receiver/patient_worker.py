"""Gunicorn's threads, lent to requests that have arrived whole: until then a sender costs a connection and no thread.

All of this happens in the worker's main thread; only `handle` of gunicorn, and what it calls, runs in others.
"""

import contextlib
import os
import socket
import threading
import time
from collections import deque
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # gunicorn has no types

from receiver.arrival import Arrival

WHOLE_REQUEST_S = 30  # from the connection, or from its last answer's end, to the last byte of a body
STOPPING_S = 2  # when the process stops, for what has begun to arrive; also for a sender to read its answer and hang up
PIECE = 256 * 1024
SMALL = 64 * 1024  # bytes: smaller requests are always taken
ROOM = 64 * 1024 * 1024  # bytes: for all larger ones that arrive or are being handled
READ_AHEAD = 2048  # bytes: who looks for the end of a body that is too large reads on so far
STOPPING = threading.Event()  # set when the worker is told to stop; whoever waits in a request looks at it
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ArrivingSocket(socket.socket):
    """Gathers a request without waiting for it; the server then reads it from here, and never waits either.

    Who does not read an answer holds a thread for `WHOLE_REQUEST_S` at most.
    """

    arrival: Arrival
    has_room: bool

    @classmethod
    def instead_of(cls, plain: socket.socket) -> "ArrivingSocket":
        """Take over the connection of `plain`, which is of no use afterwards."""
        arriving = cls(plain.family, plain.type, plain.proto, fileno=plain.detach())
        socket.socket.settimeout(arriving, WHOLE_REQUEST_S)
        arriving.arrival, arriving.has_room = Arrival(), True
        return arriving

    def gather(self) -> bool:
        """Take in what is there; return whether the sender is still there as well."""
        try:
            data = os.read(self.fileno(), PIECE)  # `recv` would wait
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.arrival.add(data)
        return bool(data)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return the next bytes of the request, and after them nothing, as at the end of a stream."""
        return self.arrival.take(size)

    def settimeout(self, seconds: float | None, /) -> None:
        """Leave it as it is, whatever gunicorn wants: nothing here waits but sending."""

    setblocking = settimeout

    def expect_next(self) -> None:
        """Begin anew. A sender may have sent the beginning of its next request already."""
        self.arrival, self.has_room = Arrival(self.arrival.received), True


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Once a request is there, nothing hurries. When there are too many connections, the one that dawdles goes."""

    whole_request_s: float = WHOLE_REQUEST_S
    largest_body: int = ROOM

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.large: dict[TConn, int] = {}  # what each takes of the room
        self.leaving: deque[TConn] = deque()  # answered; they get the time to read it

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop: who waits for a run in a request gets an answer now. Gunicorn calls this on SIGTERM."""
        STOPPING.set()
        for conn in tuple(self.pending_conns):
            conn.timeout = min(conn.timeout, time.monotonic() + STOPPING_S)
        super().handle_exit(sig, frame)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and wait for its request."""
        try:
            plain, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        conn = TConn(self.cfg, ArrivingSocket.instead_of(plain), address, listener.getsockname())
        self.nr_conns += 1
        self.expect_request(conn)
        if self.nr_conns >= self.worker_connections:
            self.forget((self.leaving or self.pending_conns)[0])

    def expect_request(self, conn: TConn) -> None:
        """Look at a connection whenever something arrives."""
        conn.data_ready = True  # gunicorn shall not wait for it in a thread
        conn.timeout = time.monotonic() + self.whole_request_s
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: ArrivingSocket) -> None:
        """Take in a piece of a request, and hand it over when it is whole or will not be read."""
        if not client.gather():
            self.forget(conn)
        elif self.is_ready(conn, client.arrival):
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self.enqueue_req(conn)

    def is_ready(self, conn: TConn, arrival: Arrival) -> bool:
        """Whether a thread can answer a request now: what is too large is refused before it is here."""
        conn.sock.has_room = self.make_room(conn, arrival.claim)
        if arrival.is_whole or arrival.body > self.largest_body + READ_AHEAD or not conn.sock.has_room:
            return True
        if arrival.waits_to_continue:
            arrival.waits_to_continue = False
            with contextlib.suppress(OSError):
                conn.sock.send(CONTINUE)
        return False

    def make_room(self, conn: TConn, claim: int) -> bool:
        """Reserve what a request takes until it is answered; return whether there is so much."""
        if claim <= max(SMALL, self.large.get(conn, 0)) or conn.sock.arrival.body > self.largest_body + READ_AHEAD:
            return True
        self.large = {other: size for other, size in self.large.items() if other.sock.fileno() >= 0}
        others = sum(size for other, size in self.large.items() if other is not conn)
        if others + claim <= max(ROOM, self.largest_body + 2 * SMALL):
            self.large[conn] = claim
            return True
        return False

    def on_client_socket_readable(self, conn: TConn, client: ArrivingSocket) -> None:
        """The next request of a connection begins."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self.expect_request(conn)
        self.on_pending_socket_readable(conn, client)

    def finish_request(self, conn: TConn, done: Any) -> None:
        """A request is answered: its room is free again."""
        self.large.pop(conn, None)
        is_read = conn.sock.arrival.length == 0  # else the next request would begin in the middle of this one
        if not is_read or done.cancelled() or done.exception() or not done.result():
            self.see_off(conn)
            return
        conn.sock.expect_next()
        super().finish_request(conn, done)
        if conn.sock.arrival.received:
            self.on_client_socket_readable(conn, conn.sock)

    def see_off(self, conn: TConn) -> None:
        """End a connection so that its sender can still read the answer; gunicorn's way makes all others wait."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it is gone already
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = time.monotonic() + STOPPING_S
        self.leaving.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_leaving_socket_readable, conn))

    def on_leaving_socket_readable(self, conn: TConn, client: ArrivingSocket) -> None:
        """Drop what still comes, until the sender hangs up."""
        client.arrival = Arrival()
        if not client.gather():
            self.forget(conn)

    def murder_pending(self) -> None:
        """Forget those that took too long. Gunicorn calls this every second."""
        now = time.monotonic()
        for conn in [conn for conn in (*self.pending_conns, *self.leaving) if conn.timeout <= now]:
            self.forget(conn)

    def forget(self, conn: TConn) -> None:
        """Close a connection that no thread has."""
        (self.leaving if conn in self.leaving else self.pending_conns).remove(conn)
        self.large.pop(conn, None)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
