"""The receiver as it runs anywhere: `python -m api`, in a process of its own, told everything by its environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 20


class ReceiverDidNotStart(Exception):
    """The process ended, or does not answer."""


class ReceiverProcess:
    """Starts and stops the receiver; its output goes to `log`."""

    def __init__(self, checkout: Path, environment: Mapping[str, str], port: int, log: Path) -> None:
        self._environment = {**environment, "PORT": str(port), "HOST": "127.0.0.1", "PYTHONPATH": str(checkout)}
        self._health = f"http://localhost:{port}/health"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of gunicorn's master while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process; `wait_until_ready` says when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api"],
                cwd=self._log.parent,  # not the checkout, where an owner may have a .env
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us only, and we end it in order
            )

    def wait_until_ready(self) -> None:
        """Wait for the first answer. Raises ReceiverDidNotStart."""
        end = time.monotonic() + START_TIMEOUT_S
        with requests.Session() as session:
            session.trust_env = False
            while time.monotonic() < end and self.pid:
                if answers(session, self._health):
                    return
                time.sleep(0.03)
        last = self._log.read_text(errors="replace").strip().splitlines()[-5:]
        raise ReceiverDidNotStart(
            "The receiver did not start. Its last words:\n  "
            + "\n  ".join(last)
            + "\nLikely cause: another program took "
            f"its port meanwhile, or the machine is very busy. Start again; the whole log is {self._log}."
        )

    def stop(self) -> None:
        """Let requests in flight finish, then end the process and its workers."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End the whole process group at once, as kill -9 would."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def answers(session: requests.Session, url: str) -> bool:
    """Whether `url` answers 200."""
    try:
        return session.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
