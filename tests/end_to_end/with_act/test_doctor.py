"""`python -m doctor` over HTTP, on the system that `make up` brings up: the real receiver, tokens, secrets, model."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from embedded.github.tokens import create_token, token_key
from embedded.system.system import CHECKOUT, System

pytestmark = pytest.mark.timeout(300)
SETUP = {"actions": "write", "administration": "write", "pages": "write", "secrets": "write", "variables": "write"}


def doctor(system: System, *arguments: str, **changes: str) -> tuple[int, str]:
    """Ask as an owner would who has everything at hand."""
    environ = {
        "PATH": os.environ["PATH"],
        "NO_PROXY": "localhost,127.0.0.1",
        "RUNNER_REPOSITORY": system.runner,
        "GITHUB_API_URL": system.own.api,
        "GITHUB_SERVER_URL": system.own.web,
        "SETUP_TOKEN": create_token(system.store, system.owner, SETUP, repositories=[system.runner]),
        "GITHUB_TOKEN": system.credentials.receiver_token,
        "TARGET_TOKEN": system.credentials.target_token,
        "STUDENT_SECRET": system.secret,
        "GEMINI_API_KEY": system.model.key,
        "RECEIVER_URL": system.own.receiver,
        **changes,
    }
    command = [sys.executable, "-m", "doctor", *arguments]
    done = subprocess.run(command, env=environ, cwd=CHECKOUT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_system_as_it_comes_up__is_well(system: System) -> None:
    code, said = doctor(system)
    assert code == 0, said
    assert said.endswith(f"All is well with {system.runner}: 14 checks found no fault.\n")
    assert "Not looked at" not in said


def test_faults__are_told_as_json_with_their_mend(system: System) -> None:
    expired = "github_pat_" + "x" * 40
    document = system.store.get("token", token_key(system.credentials.target_token)) or {}
    system.store.put("token", token_key(expired), {**document, "expires_at": "2026-01-01T00:00:00Z"})
    code, said = doctor(system, "--json", TARGET_TOKEN=expired, STUDENT_SECRET="not-the-receivers-one")
    found: dict[str, Any] = {each["check"]: each["findings"] for each in json.loads(said)["checks"]}
    assert code == 1
    assert found["publishing token"][0]["what"] == "GitHub does not accept the publishing token."
    assert "another STUDENT_SECRET" in found["receiver"][0]["what"]
    assert "make setup" in found["receiver"][0]["mend"]


def test_setting_up_what_is_set_up__leaves_a_system_that_works(system: System) -> None:
    code, said = doctor(system, "setup")
    assert (code, "✗" in said) == (0, False), said
    assert "secret TARGET_TOKEN: replaced" in said
    assert doctor(system)[0] == 0
