"""The embedded system as a program: its line of JSON, its end, its second start, another model, and the demo."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from embedded.model.reading import Reading, read_prompt
from embedded.model.wire import create_app
from embedded.model.writer import Piece, Turn, joined
from embedded.system.system import CHECKOUT, System
from evaluator.server import Server
from tests.embedded.senders import BUILD_TIMEOUT_S, ENVIRONMENT, CallbackServer, Sender

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]
KEYS = ["ready", "receiver", "api", "web", "pages", "model", "evaluator", "dashboard", "owner", "runner", "secret"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "embedded", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    line, patience = command(*arguments), 2 * BUILD_TIMEOUT_S
    return subprocess.run(
        line, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=patience
    )


@contextmanager
def up(data: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Start the program and read its line; in the end it must be gone, whatever happened."""
    process = subprocess.Popen(
        command("up", "--data", str(data)),
        cwd=CHECKOUT,
        env={**ENVIRONMENT, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    with process.stdout:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(60)


def test_up__says_where_it_is__ends_without_a_trace__and_goes_on_where_it_was(
    tmp_path: Path, callbacks: CallbackServer
) -> None:
    with up(tmp_path, STUDENT_SECRET="a secret of my own") as (process, first):
        assert list(first) == KEYS
        assert (first["ready"], first["secret"]) == (True, "a secret of my own")
        second = run("up", "--data", str(tmp_path))
        assert second.returncode == 1
        assert f"in use: the embedded system of process {process.pid}" in second.stderr
        assert second.stdout == ""
        task = Sender.task_for(callbacks.url)
        answer = requests.post(first["receiver"] + "/ready", json={**task, "secret": first["secret"]}, timeout=30)
        assert answer.status_code == 200
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert callbacks.of(task["nonce"]) == []
    with up(tmp_path, STUDENT_SECRET="a secret of my own") as (_, again):
        assert again == first
        callback = callbacks.wait(task["nonce"])[0]
        assert requests.get(callback["pages_url"], timeout=10).status_code == 200


class Scripted:
    """Another model: it writes one page, whatever it is asked."""

    PAGE = "<!doctype html><html lang='en'><title>A test</title><p>written by another model</p></html>"

    def __init__(self) -> None:
        self.asked: list[Reading] = []

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        reading = read_prompt(joined(turns))
        assert reading
        self.asked.append(reading)
        token = reading.token
        page = f"<<<FILE {token} index.html>>>\n{self.PAGE}\n<<<END {token}>>>\n"
        yield Piece(page + f"<<<FILE {token} data.json>>>\n[1]\n<<<END {token}>>>\n<<<DONE {token}>>>\n", "STOP")


def test_a_model_from_the_environment_takes_the_place_of_the_stand_in(
    tmp_path: Path, callbacks: CallbackServer
) -> None:
    model = Scripted()
    server = Server(create_app(model))
    server.start()
    environ = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "key-of-mine", "GEMINI_MODEL": "first, second"}
    try:
        with System(tmp_path, {**ENVIRONMENT, **environ}) as system:
            assert system.ready_line()["model"] == server.url
            sender = Sender(system, callbacks)
            callback = sender.build(sender.task())
            assert b"written by another model" in sender.get(callback["pages_url"])
            sender.session.close()
    finally:
        server.stop()
    assert model.asked[0].brief == Sender.BRIEF
