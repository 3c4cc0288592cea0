"""The README's two requests, word for word, against a system as `make up` starts it; and what it tells meanwhile."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.news import News
from embedded.overview import TRY_FILE, overview, write_try_file
from embedded.system import CHECKOUT, System
from tests.embedded.senders import BUILD_TIMEOUT_S, Sender

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"http://localhost:\d+/?\S*")


def commands() -> list[str]:
    """Return the blocks of the README that a reader of `make up` pastes."""
    return [block for block in BLOCK.findall((CHECKOUT / "README.md").read_text()) if TRY_FILE in block]


def paste(block: str, system: System) -> str:
    """Run a block as a reader's shell does; only the folder of the data is another one here."""
    script = block.replace(f".data/{TRY_FILE}", str(system.data.path / TRY_FILE))
    environ = {"PATH": os.environ["PATH"], "no_proxy": "localhost"}
    return subprocess.run(["sh", "-ec", script], env=environ, capture_output=True, text=True, check=True).stdout


def wait_for(told: list[str], news: News, is_wanted: Callable[[str], bool]) -> str:
    end = time.monotonic() + BUILD_TIMEOUT_S
    while time.monotonic() < end:
        told += news.lines()
        if found := next(filter(is_wanted, told), None):
            return found
        time.sleep(0.2)
    raise AssertionError(told)


def test_both_requests_of_the_readme_can_be_pasted__and_each_event_gets_a_line(system: System, sender: Sender) -> None:
    write_try_file(system)
    assert (system.data.path / TRY_FILE).stat().st_mode & 0o777 == 0o600
    blocks, news, told = commands(), News(system), list[str]()
    assert len(blocks) == 2
    for number, block in enumerate(blocks, 1):
        name = f"first-try, round {number}"
        assert '"status":"accepted"' in paste(block, system)
        wait_for(told, news, lambda line, name=name: f"task accepted   {name} (build " in line)  # type: ignore[misc]
        wait_for(told, news, lambda line, name=name: f"callback        {name}: accepted" in line)  # type: ignore[misc]
        done = wait_for(told, news, lambda line, name=name: f"build done      {name}: " in line)  # type: ignore[misc]
        passed, total = re.search(r"(\d+) of (\d+) checks pass", done).groups()  # type: ignore[union-attr]
        assert passed == total, done
        assert b"First try" in sender.get(ADDRESS.findall(done)[-1])
    assert sender.session.post(f"{system.own.evaluator}/notify", json={"task": "x", "round": 1}).status_code == 400
    wait_for(told, news, lambda line: "callback        x, round 1: refused, because" in line)
    assert all(re.match(r"\d\d:\d\d:\d\d  ", line) for line in told)


def test_every_address_of_the_overview_answers_a_browser(system: System, sender: Sender) -> None:
    for address in ADDRESS.findall(overview(system).replace(system.addresses.dashboard, "")):
        answer = sender.session.get(address, timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html"), address


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#\s]+)", (CHECKOUT / "README.md").read_text())
    assert len(links) > 20
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


def test_a_file_for_the_shell_keeps_odd_characters(tmp_path: Path) -> None:
    addresses = SimpleNamespace(receiver="http://localhost:1", evaluator="http://localhost:2")
    little: Any = SimpleNamespace(addresses=addresses, secret="it's $HOME", data=SimpleNamespace(path=tmp_path))
    write_try_file(little)
    shown = subprocess.run(
        ["sh", "-c", f'. {tmp_path}/{TRY_FILE}; printf %s "$SECRET"'], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "it's $HOME"
