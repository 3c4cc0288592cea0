"""Requests that wait for a command, before real gunicorn: tasks are taken meanwhile, and SIGTERM ends the waiting."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from api.waiting import PLACES
from tests.embedded.test_receiver_process import SECRET, RunningReceiver

MANY = 40  # far more than there are threads
COMMIT = "c" * 40


class GitHubWithoutRuns:
    """Takes every dispatch, has the project, and never lists a run."""

    def __init__(self) -> None:
        self.dispatched: list[str] = []
        github = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                github.dispatched.append(body["event_type"])
                self.answer(204, b"")

            def do_GET(self) -> None:
                if "/commits/" in self.path:
                    self.answer(200, COMMIT.encode(), "application/vnd.github.sha")
                else:
                    self.answer(200, b'{"workflow_runs": [], "type": "file"}')

            def answer(self, status: int, body: bytes, media_type: str = "application/json") -> None:
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v3"


@pytest.fixture
def github() -> Iterator[GitHubWithoutRuns]:
    github = GitHubWithoutRuns()
    thread = threading.Thread(target=github.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield github
    github.server.shutdown()
    github.server.server_close()
    thread.join()


@pytest.fixture
def receiver(github: GitHubWithoutRuns, tmp_path: Path) -> Iterator[RunningReceiver]:
    running = RunningReceiver(github.url, tmp_path / "log", ("api",))
    yield running
    running.kill()


def execute(receiver: RunningReceiver) -> tuple[int, float]:
    """Return the status, and how many seconds it took."""
    started = time.monotonic()
    body = {"project_id": "site", "command": "ls"}
    reply = requests.post(f"{receiver.url}/execute", json=body, headers={"X-API-KEY": SECRET}, timeout=200)
    return reply.status_code, time.monotonic() - started


def test_whoever_waits_takes_no_task_its_thread_and_ends_when_the_receiver_is_told_to_stop(
    receiver: RunningReceiver, github: GitHubWithoutRuns
) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        asked = [pool.submit(execute, receiver) for _ in range(MANY)]
        wait_until(lambda: len(done(asked)) == MANY - PLACES)
        assert {reply.result()[0] for reply in done(asked)} == {202}
        for number in range(3):
            started = time.monotonic()
            assert receiver.send(nonce=f"meanwhile-{number}").status_code == 200
            assert time.monotonic() - started < 10
        assert len(done(asked)) == MANY - PLACES, "the others still wait"
        stopping = time.monotonic()
        assert receiver.stop() == 0
        assert time.monotonic() - stopping < 20
        assert {reply.result()[0] for reply in asked} == {202}
    assert github.dispatched.count("execute-command") == MANY
    assert github.dispatched.count("build-task") == 3


def done(asked: list[Future[tuple[int, float]]]) -> list[Future[tuple[int, float]]]:
    return [reply for reply in asked if reply.done()]


def wait_until(holds: Any) -> None:
    until = time.monotonic() + 90
    while not holds() and time.monotonic() < until:
        time.sleep(0.2)
    assert holds()
