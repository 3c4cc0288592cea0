"""Who stands around the embedded system in tests: a server for callbacks, and somebody who sends tasks by hand."""

import base64
import json
import os
import secrets
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from action.record import BuildRecord
from embedded.demo.follow import Snapshot, Watcher
from embedded.github.store import Store
from embedded.system.system import System

ENVIRONMENT = {"PATH": os.environ["PATH"]}
BUILD_TIMEOUT_S = 560  # a build has ten minutes, and the machine may be slow


class CallbackServer:
    """Takes every callback with 200 (or with the answers in `answers` first) and remembers it."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answers: dict[str, list[int]] = {}
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://localhost:{self._server.server_port}/notify"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(server.take(body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def take(self, body: dict[str, Any]) -> int:
        with self._arrived:
            self.bodies.append(body)
            self._arrived.notify_all()
            planned = self.answers.get(body.get("nonce", ""), [])
            return planned.pop(0) if planned else 200

    def wait(self, nonce: str, count: int = 1, timeout_s: float = BUILD_TIMEOUT_S) -> list[dict[str, Any]]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.of(nonce)) >= count, timeout_s), f"no callback for {nonce}"
            return self.of(nonce)

    def of(self, nonce: str) -> list[dict[str, Any]]:
        return [body for body in self.bodies if body.get("nonce") == nonce]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Sender:
    """Sends tasks by hand, as somebody does who has only the printed line of JSON."""

    BRIEF = 'Publish a page with the title "A test" and a file named data.json.'

    def __init__(self, system: System, callbacks: CallbackServer) -> None:
        self.system = system
        self.callbacks = callbacks
        self.session = requests.Session()
        self.session.trust_env = False

    def task(self, **fields: Any) -> dict[str, Any]:
        return self.task_for(self.callbacks.url, **fields)

    @classmethod
    def task_for(cls, evaluation_url: str, **fields: Any) -> dict[str, Any]:
        nonce = secrets.token_hex(12)
        task = {"email": f"{nonce[:6]}@students.example.com", "task": f"task-{nonce[:8]}", "round": 1, "nonce": nonce}
        return {**task, "brief": cls.BRIEF, "checks": [], "evaluation_url": evaluation_url, **fields}

    def post(self, task: dict[str, Any], path: str = "/ready") -> str:
        url = self.system.addresses.receiver + path
        answer = self.session.post(url, json={"secret": self.system.secret, **task}, timeout=60)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["build_id"])

    def build(self, task: dict[str, Any]) -> dict[str, Any]:
        self.post(task)
        return self.callbacks.wait(task["nonce"])[0]

    def follow(self, build_id: str) -> Snapshot:
        watcher = Watcher(self.session, self.system.addresses.api, self.system.runner)
        return list(watcher.follow(build_id, BUILD_TIMEOUT_S))[-1]

    def get(self, url: str) -> bytes:
        answer = self.session.get(url, timeout=10)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return answer.content


def record_of(store: Store, run_id: int, name: str) -> BuildRecord:
    """Return the record in an artifact of a run."""
    (artifact,) = store.find("artifact", run_id=run_id, name=name)
    with zipfile.ZipFile(artifact["path"]) as archive:
        return BuildRecord.model_validate_json(archive.read("record.json"))


@contextmanager
def variables(system: System, **changed: str) -> Iterator[None]:
    """For a while the runner repository has these variables, too."""
    before = system.store.get("variable", system.runner) or {}
    system.store.put("variable", system.runner, {**before, **changed})
    try:
        yield
    finally:
        system.store.put("variable", system.runner, before)


@contextmanager
def no_browser(system: System) -> Iterator[None]:
    """For a while builds do not try their pages, which has tests of its own and takes most of a build's time."""
    with variables(system, MAX_CANDIDATES="0"):
        yield


def git(*arguments: str) -> bytes:
    environment = {**ENVIRONMENT, "HOME": os.devnull, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(["git", *arguments], env=environment, capture_output=True, check=True).stdout


def attachment(name: str, content: bytes, media_type: str = "application/octet-stream") -> dict[str, str]:
    return {"name": name, "url": f"data:{media_type};base64,{base64.b64encode(content).decode()}"}
