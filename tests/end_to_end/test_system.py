"""The embedded system as a program: its line of JSON, its end, its second start, and a model of the environment."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from embedded.demo.follow import Watcher
from embedded.github.store import Store
from embedded.system.system import CHECKOUT
from tests.embedded.scripted_model import fails, scripted_model
from tests.embedded.senders import BUILD_TIMEOUT_S, ENVIRONMENT, CallbackServer, Sender, record_of

pytestmark = pytest.mark.timeout(600)
MODELS = ["first", "second", "third"]
USED_UP = fails(
    429,
    "RESOURCE_EXHAUSTED",
    details=[
        {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
        }
    ],
)
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


@dataclass(frozen=True)
class Life:
    """Two starts in one folder, with a task that was accepted in the first and built in the second."""

    data: Path
    first: dict[str, Any]
    pid: int
    meanwhile: subprocess.CompletedProcess[str]
    left: list[psutil.Process]
    callbacks_of_the_first: list[dict[str, Any]]
    again: dict[str, Any]
    run: dict[str, Any]
    page: bytes
    model: str
    asked: list[str]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, callbacks: CallbackServer) -> Life:
    data, task = tmp_path_factory.mktemp("life"), Sender.task_for(callbacks.url)
    with scripted_model(*[USED_UP] * 9) as model:
        environ = {
            "GOOGLE_GEMINI_BASE_URL": model.url,
            "GEMINI_API_KEY": "key-of-mine",
            "GEMINI_MODEL": ",".join(MODELS),
            "STUDENT_SECRET": "a secret of my own",
        }
        with up(data, **environ) as (process, first):
            meanwhile = run("up", "--data", str(data))
            url, body = f"{first['receiver']}/ready", {**task, "secret": first["secret"]}
            answer = requests.post(url, json=body, timeout=30)
            assert answer.status_code == 200
            family = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            left = [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
        early = callbacks.of(task["nonce"])
        with up(data, **environ) as (_, again), requests.Session() as session:
            watcher = Watcher(session, again["api"], again["runner"])
            over = list(watcher.follow(answer.json()["build_id"], BUILD_TIMEOUT_S))[-1].run
            [callback] = callbacks.of(task["nonce"])
            page = session.get(callback["pages_url"], timeout=10).content
        asked = [each.model for each in model.asked]
    return Life(data, first, process.pid, meanwhile, left, early, again, over, page, model.url, asked)


def test_up__says_where_it_is__ends_without_a_trace__and_goes_on_where_it_was(life: Life) -> None:
    assert list(life.first) == KEYS
    assert (life.first["ready"], life.first["secret"]) == (True, "a secret of my own")
    assert life.meanwhile.returncode == 1
    assert f"in use: the embedded system of process {life.pid}" in life.meanwhile.stderr
    assert life.meanwhile.stdout == ""
    assert life.left == []
    assert life.callbacks_of_the_first == []
    assert life.again == life.first
    assert life.run["conclusion"] == "success"


def test_a_model_from_the_environment_takes_the_place_of_the_stand_in(life: Life) -> None:
    assert life.first["model"] == life.model
    assert life.asked[-3:] == MODELS
    assert set(life.asked) == set(MODELS)


def test_no_model_answers__the_plain_page_is_published_and_called_back_and_the_record_says_degraded(life: Life) -> None:
    assert b"No language model answered in time" in life.page
    number, attempt = life.run["id"], life.run["run_attempt"]
    with closing(Store(life.data)) as store:
        build_id = life.run["display_title"].split()[1]
        record = record_of(store, number, f"record-{build_id}-{attempt}")
    assert next((phase.name, phase.outcome) for phase in record.phases) == ("generate", "degraded")
    assert record.publication
    assert record.publication.is_fallback
    assert record.generation
    assert [call.model for call in record.generation.calls] == MODELS
    assert {failure.code for failure in record.failures} == {"E-MODEL-UNAVAILABLE"}
    summary = (life.data / "runs" / str(number) / str(attempt) / "summary.md").read_text()
    assert "## ⚠ Live, and the callback was accepted (plain page)" in summary
