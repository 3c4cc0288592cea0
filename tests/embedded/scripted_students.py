"""A class of students' programs on one port: each answers as its script says, and calls back when it is told to."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

Json = dict[str, Any]
SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Answer:
    """What a program does with one request: after `seconds` it answers, and `calls_back_after` it says it is done."""

    status: int = 200
    seconds: float = 0.0
    calls_back_after: float | None = None
    wrong: tuple[tuple[str, Any], ...] = ()


class Students(ThreadingHTTPServer):
    """`script` maps a student's name (what is before the @) to answers in turn; the last one is repeated."""

    daemon_threads = True

    def __init__(self, script: dict[str, list[Answer]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.received: defaultdict[str, list[Json]] = defaultdict(list)
        self.told: defaultdict[str, list[int]] = defaultdict(list)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"

    def take(self, request: Json) -> Answer:
        name = request["email"].partition("@")[0]
        with self._lock:
            self.received[name].append(request)
            answers = self.script[name]
            return answers[min(len(self.received[name]), len(answers)) - 1]

    def call_back(self, request: Json, answer: Answer) -> None:
        """POST the callback until it is taken, as the protocol wants; give up after a while."""
        assert answer.calls_back_after is not None
        time.sleep(answer.calls_back_after)
        name = request["email"].partition("@")[0]
        copied = {field: request[field] for field in ("email", "task", "round", "nonce")}
        place = f"{self.url}/{name}/birds"
        body = {**copied, "repo_url": place, "pages_url": f"{place}/", "commit_sha": SHA, **dict(answer.wrong)}
        for pause in (0.1, 0.5, 1.0, 2.0, 4.0):
            try:
                said = requests.post(request["evaluation_url"], json=body, timeout=20).status_code
            except requests.RequestException:
                said = 0
            self.told[name].append(said)
            if said in {200, 400}:
                return
            time.sleep(pause)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The evaluator may have had enough of waiting, or was killed."""

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Students

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.take(request)
        if answer.calls_back_after is not None:
            threading.Thread(target=self.server.call_back, args=(request, answer), daemon=True).start()
        time.sleep(answer.seconds)
        self.send_response(answer.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self) -> None:
        """There is neither a repository nor a page."""
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def wait_for(is_so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
