"""The first hour of a new owner, on an account that may be used up: everything is made, tried and removed again.

The same on github.com and on the embedded GitHub: only addresses differ. One token plays all three parts (for the
settings, for the receiver, for publishing), because all of it belongs to one disposable owner.
"""

import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests

from action.record import BuildRecord
from embedded.system.receiver_process import ReceiverProcess
from embedded.system.system import CHECKOUT

NEEDED = ("LIVE_OWNER", "LIVE_TOKEN", "LIVE_GEMINI_API_KEY")
LOOK_EVERY_S = 2.0
BUILD_ENDS_WITHIN_S = 900
TASK = "live-hello"
EVALUATION_URL = "https://httpbin.org/post"  # answers 200 to whatever is sent; LIVE_EVALUATION_URL names another one


@dataclass
class FirstDay:
    """`environ` has what is NEEDED. Variables for the workflows are taken from it by `make setup`, as for any owner."""

    environ: Mapping[str, str]
    folder: Path
    runner: str = ""
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    session: requests.Session = field(default_factory=requests.Session)
    project: str = ""
    pages_url: str = ""
    _opened: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Make the runner repository, set it up, start a receiver."""
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.environ['LIVE_TOKEN']}"
        self._opened.callback(self.session.close)
        self.runner = f"{self.owner}/pagewright-live-{secrets.token_hex(3)}"
        self.port = free_port()
        try:
            self._create_runner()
            self.told_by_setup = self.doctor("setup")
            self._start_receiver()
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the receiver and remove both repositories."""
        self._opened.close()

    @property
    def owner(self) -> str:
        return self.environ["LIVE_OWNER"]

    @property
    def api(self) -> str:
        return self.environ.get("GITHUB_API_URL") or "https://api.github.com"

    @property
    def server(self) -> str:
        return self.environ.get("GITHUB_SERVER_URL") or "https://github.com"

    @property
    def receiver(self) -> str:
        return f"http://localhost:{self.port}"

    def settings(self) -> dict[str, str]:
        """What an owner has in .env: for the receiver, for `make setup` and for `make doctor`."""
        given = dict.fromkeys(("SETUP_TOKEN", "GITHUB_TOKEN", "TARGET_TOKEN"), self.environ["LIVE_TOKEN"])
        about = {"RUNNER_REPOSITORY": self.runner, "STUDENT_SECRET": self.secret, "TARGET_OWNER": self.owner}
        model = {"GEMINI_API_KEY": self.environ["LIVE_GEMINI_API_KEY"], "RECEIVER_URL": self.receiver}
        rest = {name: text for name, text in self.environ.items() if not name.startswith("LIVE_")}
        return {**rest, **given, **about, **model}

    def doctor(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `python -m doctor`."""
        command = [sys.executable, "-m", "doctor", *arguments]
        return subprocess.run(
            command, cwd=CHECKOUT, env=self.settings(), stdin=subprocess.DEVNULL, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def send(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to the receiver with the secret, and return what it answers."""
        headers = {"X-API-KEY": self.secret}
        answer = requests.post(self.receiver + path, json=body, headers=headers, timeout=150)
        assert answer.status_code in {200, 202}, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, path: str) -> dict[str, Any]:
        """GET from the receiver with the secret."""
        answer = requests.get(self.receiver + path, headers={"X-API-KEY": self.secret}, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def task(self, round_number: int, brief: str, *checks: str) -> BuildRecord:
        """Send a round of the task; return the record of its build."""
        url = self.environ.get("LIVE_EVALUATION_URL") or EVALUATION_URL
        sent = {"email": "live@example.org", "secret": self.secret, "task": TASK, "nonce": secrets.token_hex(8)}
        rest = {"round": round_number, "brief": brief, "checks": checks, "evaluation_url": url}
        return self.record_of(self.send("/ready", **sent, **rest)["build_id"])

    def record_of(self, build_id: str) -> BuildRecord:
        """Wait for the end of a build; return the record of its last job."""
        run = self.until(lambda: self._ended_run(f"build {build_id}"), f"build {build_id} did not end")
        assert run["conclusion"] == "success", f"look at {run['html_url']}"
        record = BuildRecord.model_validate_json(self._artifact(run["id"], f"record-{build_id}-{run['run_attempt']}"))
        assert record.publication, f"nothing was published: look at {run['html_url']}"
        self.project, self.pages_url = record.publication.repository, record.publication.pages_url
        return record

    def page(self, path: str = "") -> str:
        """Return a file of the live page."""
        answer = requests.get(f"{self.pages_url}{path}?{secrets.token_hex(4)}", timeout=30)
        assert answer.status_code == 200, answer.url
        return answer.text

    def until(self, look: Callable[[], Any], otherwise: str) -> Any:
        """Look until there is something."""
        end = time.monotonic() + BUILD_ENDS_WITHIN_S
        while time.monotonic() < end:
            if found := look():
                return found
            time.sleep(LOOK_EVERY_S)
        raise AssertionError(f"{otherwise}: look at {self.server}/{self.runner}/actions")

    def head(self) -> str:
        """Return the newest commit of the project."""
        return str(self._get(f"repos/{self.project}/commits/HEAD")["sha"])

    def _ended_run(self, title: str) -> dict[str, Any] | None:
        runs = self._get(f"repos/{self.runner}/actions/runs", per_page=50)["workflow_runs"]
        found = (run for run in runs if run["display_title"].startswith(title) and run["status"] == "completed")
        return next(found, None)

    def _artifact(self, run_id: int, name: str) -> bytes:
        path = f"repos/{self.runner}/actions/runs/{run_id}/artifacts"
        (artifact,) = self._get(path, name=name)["artifacts"]
        answer = self.session.get(artifact["archive_download_url"], timeout=60)
        answer.raise_for_status()
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return archive.read("record.json")

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.session.get(f"{self.api}/{path}", params=query, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _create_runner(self) -> None:
        name = self.runner.partition("/")[2]
        about = {"name": name, "description": "A trial of Pagewright; it is removed at its end"}
        answer = self.session.post(f"{self.api}/user/repos", json=about, timeout=60)
        assert answer.status_code == 201, answer.text
        self._opened.callback(self._remove, lambda: self.runner)
        self._opened.callback(self._remove, lambda: self.project)
        self._push()

    def _push(self) -> None:
        """Push the files of this checkout as one commit: a clone of an Actions run has no history to push."""
        clone = self.folder / "runner"
        listed = git(CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (CHECKOUT / name).is_file():
                (clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, clone / name)
        git(clone, "init", "--quiet", "--initial-branch=main")
        git(clone, "add", "--all")
        git(clone, "-c", "user.name=live", "-c", "user.email=live@example.org", "commit", "--quiet", "-m", "Begin")
        scheme, _, rest = self.server.partition("://")
        address = f"{scheme}://x-access-token:{self.environ['LIVE_TOKEN']}@{rest}/{self.runner}.git"
        git(clone, "push", "--quiet", address, "main")

    def _start_receiver(self) -> None:
        process = ReceiverProcess(CHECKOUT, self.settings(), self.port, self.folder / "receiver.log")
        self._opened.callback(process.stop)
        process.start()
        process.wait_until_ready()

    def _remove(self, repository: Callable[[], str]) -> None:
        if name := repository():
            answer = self.session.delete(f"{self.api}/repos/{name}", timeout=60)
            assert answer.status_code == 204, f"{name} is left: remove it by hand"


def git(folder: Path, *arguments: str) -> str:
    """Run git without anybody's configuration; what it says about an address is not repeated."""
    folder.mkdir(exist_ok=True)
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, **nothing}
    ran = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"git {arguments[0]} failed"
    return ran.stdout


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
