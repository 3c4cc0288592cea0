"""A model server that follows a script: statuses, headers, delays, event streams in chunks, and dropped sockets."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

Json = dict[str, Any]

GAP = re.compile(rb"(?<![A-Z_])TOKEN(?![A-Z_])")  # MAX_TOKENS is another word


@dataclass(frozen=True)
class Reply:
    """One answer, in which TOKEN stands for the token that the question names.

    `chunks` are sent as they are, with `pause` seconds before each; `drop` cuts the connection then.
    """

    status: int = 200
    chunks: tuple[bytes, ...] = ()
    headers: Json = field(default_factory=dict)
    content_type: str = "text/event-stream"
    pause: float = 0.0
    drop: bool = False


def event(body: Json) -> bytes:
    """Return one server-sent event."""
    return f"data: {json.dumps(body)}\r\n\r\n".encode()


def says(*texts: str, finish: str | None = "STOP", **more: Any) -> Reply:
    """Return an answer in as many chunks as there are texts; only the last says why it ends."""
    bodies = []
    for number, text in enumerate(texts, 1):
        candidate: Json = {"index": 0}
        if text:
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
        if finish and number == len(texts):
            candidate["finishReason"] = finish
        usage = {"promptTokenCount": 11, "candidatesTokenCount": 7, "thoughtsTokenCount": 3}
        bodies.append({"candidates": [candidate], "usageMetadata": usage})
    return Reply(chunks=tuple(event(body) for body in bodies), **more)


def fails(
    status: int,
    text: str = "",
    message: str = "It did not work.",
    *,
    details: list[Json] | None = None,
    **headers: str,
) -> Reply:
    """Return an error in Google's shape."""
    error = {"code": status, "message": message, "status": text, "details": details or []}
    body = json.dumps({"error": error}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, (body,), named, "application/json")


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def model(self) -> str:
        """The model that was asked."""
        return self.path.split("/models/")[1].split(":")[0]

    @property
    def token(self) -> str:
        """The token that the last message asks to put into every mark."""
        last = json.dumps(self.body["contents"][-1])
        return str(["", *re.findall(r"<<<DONE ([0-9a-f]{16})>>>", last)][-1])


def too_short(asked: Asked) -> Reply | None:
    """Return how the real one answers a deadline of less than 10 s (livekit/agents#3723), None when it is longer."""
    seconds = int(asked.headers.get("x-server-timeout", "60"))
    words = f"Manually set deadline {seconds}s is too short. Minimum allowed deadline is 10s."
    return fails(400, "INVALID_ARGUMENT", words) if seconds < 10 else None


def thinking_refused(asked: Asked, models: set[str]) -> Reply | None:
    """Return how the real one answers `thinking_level` for a model that has none (RooCodeInc/Roo-Code#10700)."""
    is_sent = "thinkingConfig" in asked.body.get("generationConfig", {})
    words = "Thinking level is not supported for this model."
    return fails(400, "INVALID_ARGUMENT", words) if is_sent and asked.model in models else None


class ScriptedModelServer(ThreadingHTTPServer):
    """Gives the replies of its script in turn, after what the real one refuses, and records the requests."""

    daemon_threads = True
    reading = Asked  # how a request is read

    def __init__(self, *script: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = list(script)
        self.asked: list[Asked] = []
        self.without_levels: set[str] = set()  # models that refuse a thinking level

    @property
    def url(self) -> str:
        """The base URL for the SDK."""
        return f"http://localhost:{self.server_port}"

    def reply_to(self, asked: Asked) -> Reply:
        """Return what the real one would refuse with, else the next of the script."""
        if refusal := too_short(asked) or thinking_refused(asked, self.without_levels):
            return refusal
        return self.script.pop(0) if self.script else fails(418, "THE_SCRIPT_IS_OVER")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: ScriptedModelServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each reply costs 40 ms

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(self.server.reading(self.path, headers, body))
        reply = self.server.reply_to(self.server.asked[-1])
        token = self.server.asked[-1].token.encode()
        reply = replace(reply, chunks=tuple(GAP.sub(token, chunk) for chunk in reply.chunks))
        self.close_connection = True
        with suppress(OSError):  # the client may have had enough
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.drop and not reply.chunks:
            return
        self.send_response(reply.status)
        # Said aloud: a client that does not know it would send its next request into the closing connection.
        ending = {"Transfer-Encoding": "chunked", "Connection": "close"}
        headers = {"Content-Type": reply.content_type, **ending, **reply.headers}
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        for chunk in reply.chunks:
            time.sleep(reply.pause)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if not reply.drop:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


Server = TypeVar("Server", bound=ScriptedModelServer)


@contextmanager
def scripted_model(*script: Reply) -> Iterator[ScriptedModelServer]:
    """Serve a script on a free port of this machine."""
    with serving(ScriptedModelServer(*script)) as server:
        yield server


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
