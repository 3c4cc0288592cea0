"""python -m bench.receiver: how fast the receiver refuses and accepts, and whether a kill -9 loses what it accepted."""

import argparse
import contextlib
import json
import os
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
from flask import Flask, Response

from bench.table import empty_table, wide_console
from receiver.access import digest_of

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "receiver" / "gunicorn.conf.py"
SECRET = secrets.token_hex(8)
GITHUB_S = 0.2
THREADS = 16  # as many as the receiver lends
LIMITS = {"refused": 0.8, "accepted": 0.9, "lost": 0}
KEY, PER_HOUR = secrets.token_urlsafe(), 100
OTHERS = [{"name": f"other-{n}", "sha256": secrets.token_hex(32), "rights": ["send"]} for n in range(50)]
ENTRY = {"name": "limited", "sha256": digest_of(KEY).hex(), "rights": ["send"], "per_hour": PER_HOUR}
KEYS = json.dumps([ENTRY, *OTHERS])

bare = Flask("bare")  # what it is compared with, under the same settings


@bare.post("/ready")
def refuse() -> Response:
    """Refuse without looking."""
    return Response('{"error": "wrong-secret"}\n', 401, mimetype="application/json")


class CountingGitHub(ThreadingHTTPServer):
    """Takes every dispatch after a while, and counts them by build id."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.dispatched: set[str] = set()
        super().__init__(("127.0.0.1", 0), Dispatches)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """Say nothing: the receiver was killed in the middle of a request."""


class Dispatches(BaseHTTPRequestHandler):
    """What one connection of the receiver asks for."""

    protocol_version = "HTTP/1.1"
    server: CountingGitHub

    def do_POST(self) -> None:
        """Take a dispatch."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(GITHUB_S)
        self.server.dispatched.add(body["client_payload"]["build_id"])
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """Answer the list of builds: there are none."""
        answer = b'{"total_count": 0, "workflow_runs": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Served:
    """One application under the receiver's settings of gunicorn, in processes of its own."""

    def __init__(self, application: str, github: CountingGitHub, log: Path, **more: str) -> None:
        self.command = (sys.executable, "-m", "gunicorn", "--config", str(SETTINGS), application)
        self.log, self.port = log, 0
        self.environ = {"STUDENT_SECRET": SECRET, "GITHUB_TOKEN": "made-up", "RUNNER_REPOSITORY": "owner/runner"}
        self.environ |= {"GITHUB_API_URL": github.url, "PYTHONPATH": str(ROOT), **more}
        self.start()

    def start(self) -> None:
        """Start it, on the same port as before when it was running before."""
        with self.log.open("wb") as output:
            environ = {**self.environ, "PORT": str(self.port)}
            self.process = subprocess.Popen(
                self.command, cwd=self.log.parent, env=environ, stdout=output, stderr=output, start_new_session=True
            )
        until = time.monotonic() + 60
        while not (found := re.search(r"Listening at: http://[^:]+:(\d+)", self.log.read_text())):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"The receiver did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        self.port = int(found[1])

    def kill(self) -> None:
        """End all its processes at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def processor_seconds(self) -> float:
        """Return what its workers have used."""
        times = [child.cpu_times() for child in psutil.Process(self.process.pid).children()]
        return sum(each.user + each.system for each in times)


@dataclass(frozen=True)
class Load:
    """What came of one burst: answers in a second, and processor time of the server for each."""

    per_second: float
    processor_s: float


def burst(served: Served, count: int, senders: int, secret: str) -> Load:
    """Send `count` requests over `senders` connections that are kept."""
    numbers = iter(range(count))
    lock = threading.Lock()

    def sender(_: int) -> None:
        connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            expected = {200} if secret == SECRET else {401, 429}  # many wrong ones: 429 where there are KEYS
            if (status := post(connection, secret, f"{time.monotonic_ns()}-{number}")[0]) not in expected:
                raise SystemExit(f"The receiver answered {status}, not {expected}.")
        connection.close()

    used, began = served.processor_seconds(), time.monotonic()
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(sender, range(senders)))
    return Load(count / (time.monotonic() - began), (served.processor_seconds() - used) / count)


def post(connection: HTTPConnection, secret: str, nonce: str) -> tuple[int, dict[str, Any]]:
    """Send one small task; return the status and the reply."""
    task = {"email": "student@example.com", "secret": secret, "task": "t-1", "round": 1, "nonce": nonce}
    task |= {"brief": "A page about the weather. " * 10, "checks": ["js: document.title", "The page has a button"]}
    body = json.dumps({**task, "evaluation_url": "https://example.com/notify"})
    connection.request("POST", "/ready", body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def refused(receiver: Served, plain: Served, rounds: int) -> tuple[float, float]:
    """Return the ratio to the bare application: of answers in a second, and of processor time. Medians of pairs."""
    ours: list[Load] = []
    theirs: list[Load] = []
    for number in range(rounds):
        both = ((receiver, ours), (plain, theirs))
        for served, loads in both if number % 2 else reversed(both):  # who comes first finds another machine
            loads.append(burst(served, 1000, THREADS, "wrong"))
    wall = statistics.median(our.per_second / their.per_second for our, their in zip(ours, theirs, strict=True))
    processor = (their.processor_s / our.processor_s for our, their in zip(ours, theirs, strict=True))
    return wall, statistics.median(processor)


def accepted(receiver: Served, rounds: int) -> float:
    """Return accepted tasks in a second as a share of what the threads allow."""
    rates = [burst(receiver, 320, 2 * THREADS, SECRET).per_second for _ in range(rounds)]
    return statistics.median(rates) / (THREADS / GITHUB_S)


def beyond_the_limit(receiver: Served) -> Counter[int]:
    """Send 1,000 tasks more than a key may send within an hour; return how many got which status."""

    def send(number: int) -> int:
        return post(HTTPConnection("127.0.0.1", receiver.port, timeout=60), KEY, f"limited-{number}")[0]

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(send, range(PER_HOUR + 1000)))


def lost(receiver: Served, github: CountingGitHub, count: int) -> int:
    """Kill the receiver in the middle, start it again, and return how many got a 200 and no dispatch."""
    taken: list[str] = []

    def send(number: int) -> None:
        for _ in range(200):
            with contextlib.suppress(OSError, HTTPException):
                status, reply = post(HTTPConnection("127.0.0.1", receiver.port, timeout=30), SECRET, f"kill-{number}")
                if status == 200:
                    taken.append(reply["build_id"])
                    return
            time.sleep(0.1)

    with ThreadPoolExecutor(2 * THREADS) as pool:
        sending = [pool.submit(send, number) for number in range(count)]
        while len(taken) < count // 2:
            time.sleep(0.01)
        receiver.kill()
        receiver.start()
        for each in sending:
            each.result()
    if len(set(taken)) != count:
        raise SystemExit(f"Only {len(set(taken))} of {count} tasks were accepted.")
    return len(set(taken) - github.dispatched)


@contextlib.contextmanager
def running() -> Iterator[tuple[Callable[..., Served], CountingGitHub]]:
    """Yield what starts an application, and the GitHub before it."""
    github = CountingGitHub()
    thread = threading.Thread(target=github.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with tempfile.TemporaryDirectory(prefix="pagewright-bench-") as folder, contextlib.ExitStack() as stack:

        def start(application: str, **more: str) -> Served:
            log = Path(folder, f"{application.replace(':', '-')}-{len(more)}")
            served = Served(application, github, log, **more)
            stack.callback(served.kill)
            return served

        yield start, github
    github.shutdown()
    github.server_close()
    thread.join()


def main(arguments: list[str]) -> int:
    """Measure and print. Exit code 1 when a number misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m bench.receiver", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, metavar="N", help="how often each is measured, in turn")
    parser.add_argument("--tasks", type=int, default=1000, metavar="N", help="how many are sent around the kill -9")
    chosen, console = parser.parse_args(arguments), wide_console()
    load = os.getloadavg()[0]
    with running() as (start, github):
        receiver, plain = start("receiver.wsgi:app"), start("bench.receiver:bare")
        wall, processor = refused(receiver, plain, chosen.rounds)
        share = accepted(receiver, min(3, chosen.rounds))
        with_keys = start("receiver.wsgi:app", KEYS=KEYS)
        wall_with_keys, processor_with_keys = refused(with_keys, plain, chosen.rounds)
        share_with_keys = accepted(with_keys, min(3, chosen.rounds))
        answers = beyond_the_limit(with_keys)
        missing = lost(receiver, github, chosen.tasks)
    table = empty_table("The receiver", ("what", "measured", "limit"), ())
    table.add_row("refused in a second, of a bare Flask application", f"{wall:.2f}", f"{LIMITS['refused']}")
    table.add_row("the same by processor time", f"{processor:.2f}", "")
    table.add_row("accepted in a second, of what the threads allow", f"{share:.2f}", f"{LIMITS['accepted']}")
    keys = f"with {len(OTHERS) + 1} keys"
    table.add_row(f"refused in a second, {keys}", f"{wall_with_keys:.2f}", f"{LIMITS['refused']}")
    table.add_row("the same by processor time", f"{processor_with_keys:.2f}", "")
    table.add_row(f"accepted in a second, {keys}", f"{share_with_keys:.2f}", f"{LIMITS['accepted']}")
    table.add_row(f"429 of {PER_HOUR + 1000:,} with {PER_HOUR} an hour", f"{answers[429]}", "1000")
    table.add_row(f"lost of {chosen.tasks} accepted, with kill -9 in the middle", f"{missing}", f"{LIMITS['lost']}")
    console.print(table)
    console.print(f"{os.cpu_count()} processors; the load before was {load:.1f}.", highlight=False)
    is_fast = min(wall, wall_with_keys) >= LIMITS["refused"] and min(share, share_with_keys) >= LIMITS["accepted"]
    return int(not is_fast or missing > 0 or answers != {200: PER_HOUR, 429: 1000})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
