"""What `make up` prints and writes when it is ready. What it tells later is in test_documents.py."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.demo.overview import TRY_FILE, overview, write_try_file
from embedded.system.system import System
from tests.embedded.senders import Sender

pytestmark = pytest.mark.timeout(300)
ADDRESS = re.compile(r"http://localhost:\d+/?\S*")


def test_every_address_of_the_overview_answers_a_browser(system: System, sender: Sender) -> None:
    for address in ADDRESS.findall(overview(system).replace(system.addresses.dashboard, "")):
        answer = sender.session.get(address, headers={"Accept": "text/html,*/*;q=0.8"}, timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html"), address


def test_a_file_for_the_shell_keeps_odd_characters(tmp_path: Path) -> None:
    addresses = SimpleNamespace(receiver="http://localhost:1", evaluator="http://localhost:2")
    little: Any = SimpleNamespace(addresses=addresses, secret="it's $HOME", data=SimpleNamespace(path=tmp_path))
    write_try_file(little)
    shown = subprocess.run(
        ["sh", "-c", f'. {tmp_path}/{TRY_FILE}; printf %s "$SECRET"'], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "it's $HOME"
