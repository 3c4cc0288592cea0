"""One request to a server that a fault is about, and the ways in which its answer can go wrong."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: what is not sent yet is thrown away, and the client sees a reset
EMPTIED = ("workflow_runs", "artifacts", "jobs")


@dataclass(frozen=True)
class Reply:
    """A whole answer. With `is_cut`, the connection ends in the middle of it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool = False


class Lost(ConnectionResetError):
    """The connection ends without an answer; the server closes it without a word."""


@dataclass(frozen=True)
class Exchange:
    """`seconds` is how long a fault that takes time takes, or asks the client to wait."""

    environ: "WSGIEnvironment"
    app: "WSGIApplication"
    seconds: float
    victims: dict[str, Callable[[], None]]

    def forward(self) -> Reply:
        """Let the server do what it was asked, and return what it answers."""
        status, headers, written = 500, [("Content-Type", "text/plain")], b""

        def start_response(line: str, given: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal status, headers
            status, headers = int(line.split()[0]), given
            return lambda _: None

        answer = self.app(self.environ, start_response)
        try:
            written = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close:
                close()
        return Reply(status, tuple(headers), written)

    def lose(self) -> "Lost":
        """Return what ends the connection as a reset does."""
        connection = self.environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                connection.shutdown(socket.SHUT_RDWR)  # or the server would wait for the next request on it
        return Lost()

    def pieces(self, reply: Reply) -> Iterator[bytes]:
        """Yield the body; of one that is cut, the first half, and then nothing any more."""
        if not reply.is_cut:
            yield reply.body
            return
        yield reply.body[: max(1, len(reply.body) // 2)]
        raise self.lose()


Effect = Callable[[Exchange], Reply]


def answer(status: int, body: object, **headers: str) -> Effect:
    """Answer without asking the server. `{seconds}` in a header is the fault's time, `{until}` the moment after it."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/json; charset=utf-8" if not isinstance(body, str) else "text/html; charset=utf-8"

    def play(exchange: Exchange) -> Reply:
        moment = {"seconds": f"{exchange.seconds:.0f}", "until": f"{time.time() + exchange.seconds:.0f}"}
        named = {name.replace("_", "-"): value.format(**moment) for name, value in headers.items()}
        return with_body(Reply(status, tuple({"content-type": kind, **named}.items()), b""), text.encode())

    return play


def wait(exchange: Exchange) -> Reply:
    """Answer late."""
    time.sleep(exchange.seconds)
    return exchange.forward()


def hang(exchange: Exchange) -> Reply:
    """Say nothing for a while, then close the connection."""
    time.sleep(exchange.seconds)
    raise exchange.lose()


def reset(exchange: Exchange) -> Reply:
    """Close the connection; the server never hears of the request."""
    raise exchange.lose()


def lose_answer(exchange: Exchange) -> Reply:
    """Do what was asked, and close the connection before the answer."""
    exchange.forward()
    raise exchange.lose()


def cut(exchange: Exchange) -> Reply:
    """Send half of the answer."""
    return replace(exchange.forward(), is_cut=True)


def kill(victim: str, *, when_done: bool = False) -> Effect:
    """Kill a process as the request arrives, or when it is done and before its answer."""

    def play(exchange: Exchange) -> Reply:
        if when_done:
            exchange.forward()
        exchange.victims[victim]()
        raise exchange.lose()

    return play


def change(**fields: object) -> Effect:
    """Answer as the server does, with other values in its JSON."""
    return rewritten(lambda found: {**found, **fields})


def emptied(exchange: Exchange) -> Reply:
    """Answer a list that does not show yet what is there."""
    nothing: dict[str, object] = {"total_count": 0}
    return rewritten(lambda found: {**found, **nothing, **{name: [] for name in EMPTIED if name in found}})(exchange)


def rewritten(rewrite: Callable[[dict[str, Any]], dict[str, Any]]) -> Effect:
    """Answer with the server's JSON object, rewritten; what is none stays."""

    def play(exchange: Exchange) -> Reply:
        reply = exchange.forward()
        if reply.status != 200 or not reply.body.startswith(b"{"):
            return reply
        return with_body(reply, json.dumps(rewrite(json.loads(reply.body))).encode())

    return play


def with_body(reply: Reply, body: bytes) -> Reply:
    """Return a reply with another body."""
    kept = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
    return replace(reply, headers=(*kept, ("Content-Length", str(len(body)))), body=body)


def refuse_push(said: str, reason: str) -> Effect:
    """Refuse each branch of a push in git's own protocol. `said` is what the remote prints; no `reason`, no report."""

    def play(exchange: Exchange) -> Reply:
        length = int(exchange.environ.get("CONTENT_LENGTH") or 0)
        sent = exchange.environ["wsgi.input"].read(length) if length else exchange.environ["wsgi.input"].read()
        told = refusals(sent, reason) if reason else []
        report = b"".join([packet(b"unpack ok\n"), *told, b"0000"])
        parts = [packet(b"\x02" + f"{line}\n".encode()) for line in said.splitlines()]
        parts.append(packet(b"\x01" + report))
        headers = (("Content-Type", "application/x-git-receive-pack-result"), ("Cache-Control", "no-cache"))
        return with_body(Reply(200, headers, b""), b"".join([*parts, b"0000"]))

    return play


def refusals(sent: bytes, reason: str) -> Iterable[bytes]:
    """Yield git's refusal of each ref that a push wants to change: "old new ref", in packets before the first 0000."""
    while sent[:4] not in {b"", b"0000"}:
        size = int(sent[:4], 16)
        ref = sent[4:size].split(b"\0")[0].split()[2]
        yield packet(b"ng " + ref + b" " + reason.encode() + b"\n")
        sent = sent[size:]


def packet(content: bytes) -> bytes:
    """Return one packet of git's protocol."""
    return b"%04x" % (len(content) + 4) + content


def stream(finish: str, *texts: str) -> Effect:
    """Answer as a model that says these texts and ends for this reason; without a reason, it just ends."""

    def event(number: int, text: str) -> str:
        candidate: dict[str, object] = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
        if finish and number == len(texts):
            candidate["finishReason"] = finish
        return f"data: {json.dumps({'candidates': [candidate]})}\r\n\r\n"

    body = "".join(event(number, text) for number, text in enumerate(texts, start=1))
    return answer(200, body, content_type="text/event-stream")
