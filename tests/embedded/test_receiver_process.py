"""The receiver as it is served: real gunicorn in a process of its own, before a small server that plays GitHub."""

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
SECRET = secrets.token_hex(8)
GITHUB_TIMEOUT_S = 3


@dataclass
class Behaviour:
    """What GitHub does for one test; a call that outlives its test stays with it."""

    status: int = 204
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    dispatched: list[dict[str, Any]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)


class PlayedGitHub:
    """Answers what it is told to, after the time it is told to, and remembers what arrived."""

    def __init__(self) -> None:
        played = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body, now = self.rfile.read(int(self.headers["Content-Length"])), played.now
                now.arrived.set()
                time.sleep(now.seconds)
                if now.status == 204:
                    self.remember(body, now)
                is_dispatch = self.path.endswith("/dispatches") or now.status != 204
                with contextlib.suppress(ConnectionError):  # who did not wait is gone
                    self.send_response(now.status if is_dispatch else 201)
                    for header, value in now.headers.items():
                        self.send_header(header, value)
                    answer = b"" if is_dispatch else json.dumps({"sha": "a" * 40}).encode()
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)

            def do_GET(self) -> None:
                """Answer the list of builds, which is empty, and nothing else."""
                answer = b'{"total_count": 0, "workflow_runs": []}'
                self.send_response(200 if "/build.yml/runs" in self.path else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def remember(self, body: bytes, now: Behaviour) -> None:
                if self.path.endswith("/dispatches"):
                    now.dispatched.append(json.loads(body)["client_payload"])

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v3"
        self.now = Behaviour()


class RunningReceiver:
    """python -m receiver, with nothing in its environment but its configuration."""

    def __init__(self, api_url: str, log: Path, command: tuple[str, ...] = ("receiver",), **more: str) -> None:
        self.log = log
        environ = {
            "STUDENT_SECRET": SECRET,
            "GITHUB_TOKEN": "made-up",
            "RUNNER_REPOSITORY": "owner/runner",
            "GITHUB_API_URL": api_url,
            "GITHUB_TIMEOUT_S": str(GITHUB_TIMEOUT_S),
            "PORT": "0",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=log.parent,  # not ROOT: who works there may have a .env
                env=environ,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.url = self._wait_for_url()

    def _wait_for_url(self) -> str:
        for _ in range(1000):
            if found := re.search(r"Listening at: (http://\S+)", self.log.read_text()):
                return found[1]
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def send(self, **change: Any) -> requests.Response:
        return requests.post(f"{self.url}/ready", json={**TASK, **change}, timeout=30)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


TASK = {
    "email": "student@example.com",
    "secret": SECRET,
    "task": "t-1",
    "round": 1,
    "nonce": "n-1",
    "brief": "A page.",
    "evaluation_url": "https://example.com/notify",
}


@pytest.fixture(scope="module")
def server() -> Iterator[PlayedGitHub]:
    played = PlayedGitHub()
    thread = threading.Thread(target=played.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield played
    played.server.shutdown()
    played.server.server_close()
    thread.join()


@pytest.fixture
def github(server: PlayedGitHub) -> PlayedGitHub:
    server.now = Behaviour()
    return server


@pytest.fixture(scope="module")
def receiver(server: PlayedGitHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningReceiver]:
    """One process for the tests that leave it alive."""
    running = RunningReceiver(server.url, tmp_path_factory.mktemp("receiver") / "log")
    yield running
    running.kill()


@pytest.fixture
def own_receiver(server: PlayedGitHub, tmp_path: Path) -> Iterator[RunningReceiver]:
    """A process for a test that ends it."""
    running = RunningReceiver(server.url, tmp_path / "log")
    yield running
    running.kill()


def test_200_means_that_github_has_accepted_the_task(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    github.now = Behaviour(seconds=0.5)
    started = time.monotonic()
    response = receiver.send()
    assert response.status_code == 200
    assert time.monotonic() - started >= 0.5
    assert [payload["build_id"] for payload in github.now.dispatched] == [response.json()["build_id"]]


@pytest.mark.parametrize(("status", "headers"), [(403, {"Retry-After": "7"}), (429, {"Retry-After": "7"}), (500, {})])
def test_github_refusing_is_503_with_retry_after(
    receiver: RunningReceiver, github: PlayedGitHub, status: int, headers: dict[str, str]
) -> None:
    github.now = Behaviour(status=status, headers=headers)
    response = receiver.send()
    assert response.status_code == 503
    assert response.headers["Retry-After"] == headers.get("Retry-After", "30")
    assert response.json()["next_step"]


def test_github_being_slow_is_503_in_time(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    github.now = Behaviour(seconds=30)
    started = time.monotonic()
    assert receiver.send().status_code == 503
    assert time.monotonic() - started < 15


def test_github_being_down_is_503(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        running = RunningReceiver(f"http://127.0.0.1:{taken.getsockname()[1]}", tmp_path / "log")
        try:
            assert running.send().status_code == 503
            assert requests.get(f"{running.url}/health", timeout=5).status_code == 200
        finally:
            running.kill()


def test_eight_tasks_at_once_are_all_accepted(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    github.now = Behaviour(seconds=0.3)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda number: receiver.send(nonce=f"n-{number}"), range(8)))
    assert {reply.status_code for reply in replies} == {200}
    assert {payload["build_id"] for payload in github.now.dispatched} == {reply.json()["build_id"] for reply in replies}
    assert len(github.now.dispatched) == 8


def test_a_body_that_is_too_large_gets_its_413(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    large = b" " * (21 * 1024 * 1024)
    headers = {"Content-Type": "application/json"}
    for body in (large, (large[start : start + 65536] for start in range(0, len(large), 65536))):  # the second: chunked
        response = requests.post(f"{receiver.url}/ready", data=body, headers=headers, timeout=30)
        assert response.status_code == 413
        assert response.json()["error"] == "too-large"
    assert requests.get(f"{receiver.url}/health", timeout=5).status_code == 200


IMPATIENT = f"""
import runpy
from receiver.patient_worker import PatientWorker
PatientWorker.whole_request_s = 1
globals().update(runpy.run_path({str(ROOT / "receiver" / "gunicorn.conf.py")!r}))
"""


@pytest.fixture(scope="module")
def impatient(server: PlayedGitHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningReceiver]:
    """The same program, with one second for a whole request."""
    folder = tmp_path_factory.mktemp("impatient")
    (folder / "gunicorn.conf.py").write_text(IMPATIENT)
    command = ("gunicorn", "-c", str(folder / "gunicorn.conf.py"), "receiver.wsgi:app")
    running = RunningReceiver(server.url, folder / "log", command)
    yield running
    running.kill()


SLOW_BODY = b"POST /ready HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"


@pytest.mark.parametrize(("start", "then"), [(b"P", b""), (b"P", b"O"), (SLOW_BODY, b""), (SLOW_BODY, b" ")])
def test_senders_that_never_finish_lose_their_threads(impatient: RunningReceiver, start: bytes, then: bytes) -> None:
    """As many as there are threads; each says no more, or a byte now and then."""
    port = int(impatient.url.rsplit(":", 1)[1])
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(16)]
        for connection in slow:
            connection.sendall(start)
        for _ in range(6 if then else 0):
            time.sleep(0.3)
            for connection in slow:
                with contextlib.suppress(ConnectionError):
                    connection.sendall(then)
        assert requests.get(f"{impatient.url}/health", timeout=8).status_code == 200
        assert all(was_closed(connection) for connection in slow)
    assert "Traceback" not in impatient.log.read_text()


def was_closed(connection: socket.socket) -> bool:
    """Whether the other side ends the connection, with or without a reply."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


HALF = {
    "half a head": b"POST /ready HTTP/1.1\r\nHost: a\r\n",
    "a body byte by byte": SLOW_BODY,
    "silence": b"",
}


@pytest.mark.parametrize("kind", HALF)
def test_two_hundred_half_sent_requests_delay_nobody(
    receiver: RunningReceiver, github: PlayedGitHub, kind: str
) -> None:
    port = int(receiver.url.rsplit(":", 1)[1])
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(200)]
        for connection in slow:
            connection.sendall(HALF[kind])
        for number in range(3):
            started = time.monotonic()
            assert requests.get(f"{receiver.url}/health", timeout=8).status_code == 200
            assert receiver.send(nonce=f"meanwhile-{number}").status_code == 200
            assert time.monotonic() - started < 4, (
                "each of them took twenty seconds when a thread waited for each sender"
            )
            for connection in slow if kind == "a body byte by byte" else ():
                connection.sendall(b" ")
    assert len(github.now.dispatched) == 3


def test_who_keeps_a_refused_connection_open_delays_nobody(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    port = int(receiver.url.rsplit(":", 1)[1])
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)).sendall(b"nonsense\r\n\r\n")
        started = time.monotonic()
        assert requests.get(f"{receiver.url}/health", timeout=60).status_code == 200
        assert time.monotonic() - started < 5, "it was two seconds for each of them"


def test_a_sender_that_asks_before_it_sends_gets_its_go(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    port = int(receiver.url.rsplit(":", 1)[1])
    body = json.dumps(TASK).encode()
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        head = SLOW_BODY.partition(b"Content-Length")[0] + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(body))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def large_task(url: str) -> bytes:
    return json.dumps({**TASK, "attachments": [{"name": "data.bin", "url": url}]}).encode()


def sent_until_taken(url: str, body: bytes) -> list[int]:
    """Send as senders do: what got a 503 is sent again."""
    statuses: list[int] = []
    while not statuses or (statuses[-1] == 503 and len(statuses) < 60):
        reply = requests.post(f"{url}/ready", data=body, headers={"Content-Type": "application/json"}, timeout=60)
        statuses.append(reply.status_code)
        if reply.status_code == 503:
            assert reply.json()["error"] == "no-room"
            time.sleep(int(reply.headers["Retry-After"]) / 5)
    return statuses


def most_memory_of_worker(process: RunningReceiver) -> int:
    """Return the most memory that the process with the application ever had, in MB."""
    (worker,) = psutil.Process(process.process.pid).children()
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the most memory")
def test_eight_large_requests_and_a_percent_encoded_one_stay_under_256_mb(
    own_receiver: RunningReceiver, github: PlayedGitHub
) -> None:
    body = large_task("data:application/zip;base64," + base64.b64encode(os.urandom(15 * 1024 * 1024)).decode())
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: sent_until_taken(own_receiver.url, body), range(8)))
    assert [reply[-1] for reply in replies] == [200] * 8
    assert sent_until_taken(own_receiver.url, large_task("data:text/plain," + "%41" * 6_990_000)) == [200]
    assert most_memory_of_worker(own_receiver) < 256
    assert len(github.now.dispatched) == 9


def test_a_request_that_has_arrived_is_not_hurried(impatient: RunningReceiver, github: PlayedGitHub) -> None:
    github.now = Behaviour(seconds=2)
    assert impatient.send().status_code == 200


def test_sigterm_finishes_the_request_in_flight(own_receiver: RunningReceiver, github: PlayedGitHub) -> None:
    github.now = Behaviour(seconds=1)
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(own_receiver.send)
        assert github.now.arrived.wait(10)
        assert own_receiver.stop() == 0
        assert reply.result().status_code == 200
    assert len(github.now.dispatched) == 1


def test_kill_9_after_the_200_loses_nothing(own_receiver: RunningReceiver, github: PlayedGitHub) -> None:
    build_id = own_receiver.send().json()["build_id"]
    own_receiver.kill()
    assert [payload["build_id"] for payload in github.now.dispatched] == [build_id]


def test_nothing_private_is_in_the_output_of_the_process(receiver: RunningReceiver, github: PlayedGitHub) -> None:
    receiver.send(nonce="private-nonce")
    requests.get(f"{receiver.url}/status?secret={SECRET}", timeout=5)
    output = receiver.log.read_text()
    assert "POST /ready 200" in output
    for private in (SECRET, TASK["email"], "private-nonce", TASK["brief"], "made-up"):
        assert str(private) not in output


@pytest.mark.parametrize(
    ("secret", "said"), [("", "is not set"), ("qzx-917", "is shorter than 8 characters")], ids=["empty", "short"]
)
@pytest.mark.parametrize(
    "command", [["receiver"], ["api"], ["gunicorn", "-c", f"{ROOT}/receiver/gunicorn.conf.py", "receiver.wsgi:app"]]
)
def test_an_empty_or_short_secret_refuses_to_start(command: list[str], secret: str, said: str, tmp_path: Path) -> None:
    environ = {"STUDENT_SECRET": secret, "GITHUB_TOKEN": "made-up", "RUNNER_REPOSITORY": "owner/runner"}
    environ["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert f"STUDENT_SECRET {said}" in done.stderr
    assert "qzx" not in done.stderr
    assert "Next step: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_file_env_is_read__a_key_in_it_has_its_limit__and_every_line_of_the_log_is_json(
    github: PlayedGitHub, tmp_path: Path
) -> None:
    key = secrets.token_urlsafe()
    entry = {"name": "a", "sha256": hashlib.sha256(key.encode()).hexdigest(), "rights": ["send"], "per_hour": 2}
    (tmp_path / "keys.json").write_text(json.dumps([entry]))
    (tmp_path / ".env").write_text("KEYS_FILE=keys.json\nLOG_FORMAT=json\n")
    running = RunningReceiver(github.url, tmp_path / "log")
    try:
        answers = [running.send(secret=key, nonce=f"n-{number}").status_code for number in range(4)]
    finally:
        running.kill()
    assert answers == [200, 200, 429, 429]
    assert len(github.now.dispatched) == 2
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [(line["status"], line["key"]) for line in lines if "status" in line] == [(each, "a") for each in answers]
