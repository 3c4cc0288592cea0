"""Somebody new: a clean clone, an empty HOME, and the documents, whose commands are typed one after the other."""

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil
import requests

from embedded.system.system import CHECKOUT
from tests.embedded.senders import git
from tests.end_to_end.markdown_commands import Command

PATIENCE_S = 300
PASSED_ON = re.compile(r"PATH|LANG|(PIP|UV|SSL)_\w+|(HTTPS?|NO|ALL)_PROXY|(REQUESTS|CURL)_CA_BUNDLE", re.IGNORECASE)
LISTENS_TO_CTRL_C = ("env", "--default-signal=INT")  # also when the tests are a shell's background job
BUILD_ID = re.compile(r'"build_id":\s*"([^"]+)"')


@dataclass(frozen=True)
class Ran:
    """A command that was typed: `typed` is what bash got, with the addresses of this machine."""

    command: Command
    typed: str
    code: int
    output: str


@dataclass
class Started:
    """A program in a terminal of its own. `output` is everything that it has said so far."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def output(self) -> str:
        return self.file.read_text(errors="replace")

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.output or self.process.poll() is not None)
        assert words in self.output, self.output

    def press_ctrl_c(self) -> int:
        """Send what a terminal sends: a signal to everybody in the foreground. Return make's exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)


def wait_until(is_so: Callable[[], Any], patience_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end, "this never happened"
        time.sleep(0.05)


class Newcomer:
    """Types commands into a shell that stands in the clone. Downloads come from the caches of this machine."""

    def __init__(self, folder: Path) -> None:
        self.clone = clone_of_checkout(folder / "pagewright")
        self.home = folder / "home"
        self.home.mkdir()
        (folder / "curl").mkdir()
        (folder / "curl" / ".curlrc").write_text("fail-with-body\n")  # a status such as 401 is a failure
        self.environment = {
            **{name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)},
            "HOME": str(self.home),
            "CURL_HOME": str(folder / "curl"),
            "PYTHON": getattr(sys, "_base_executable", sys.executable),
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(Path(sys.prefix) / "cache"),
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip"),
        }
        self._programs: list[Started] = []

    def shell(self, **environ: str) -> "Shell":
        return Shell(self.clone, {**self.environment, **environ})

    def start(self, line: str) -> Started:
        """Start a program that stays, in a terminal of its own."""
        handle, name = tempfile.mkstemp(dir=self.home.parent)
        with os.fdopen(handle, "wb") as output:
            process = subprocess.Popen(
                [*LISTENS_TO_CTRL_C, "bash", "-c", f"exec {line}"],
                cwd=self.clone, env=self.environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        self._programs.append(Started(process, Path(name)))
        return self._programs[-1]

    def kept(self, name: str) -> dict[str, Any]:
        """Return a file of the default data folder."""
        found: dict[str, Any] = json.loads((self.clone / ".data" / name).read_text())
        return found

    def left_running(self) -> list[str]:
        """Return the command lines of the processes that have to do with the clone."""
        words = str(self.clone)
        return [shlex.join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline", "cwd"])
                if words in str(each.info["cwd"]) or words in str(each.info["cmdline"])]  # fmt: skip

    def leave(self) -> None:
        """End what a failing test left running."""
        for each in self._programs:
            if each.process.poll() is None:
                os.killpg(each.process.pid, signal.SIGTERM)
                each.process.wait(60)


def clone_of_checkout(folder: Path) -> Path:
    """Clone the checkout, with what is not committed yet."""
    git("clone", "--quiet", str(CHECKOUT), str(folder))
    for option in ("--modified", "--others", "--deleted"):
        listed = git("-C", str(CHECKOUT), "ls-files", "-z", "--exclude-standard", option).decode()
        for name in filter(None, listed.split("\0")):
            (folder / name).unlink(missing_ok=True)
            if (CHECKOUT / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, folder / name)
    return folder


@dataclass
class Shell:
    """One bash for all commands of a document, so that a variable that one of them sets is there for the next."""

    folder: Path
    environment: Mapping[str, str]
    _bash: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        self._bash = subprocess.Popen(
            ["bash"], cwd=self.folder, env=self.environment, start_new_session=True, text=True, errors="replace",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, command: Command, typed: str) -> Ran:
        """Run a command to its end."""
        mark = f"ended-{secrets.token_hex(8)}"
        stdin, stdout = pipes(self._bash)
        stdin.write(f"{{ {typed}\n}} </dev/null\nprintf '\\n{mark} %s\\n' $?\n")
        stdin.flush()
        said: list[str] = []
        for line in stdout:
            if line.startswith(mark):
                return Ran(command, typed, int(line.split()[1]), "".join(said))
            said.append(line)
        return Ran(command, typed, self._bash.wait(), "".join(said))

    def close(self) -> None:
        stdin, stdout = pipes(self._bash)
        stdin.close()
        self._bash.wait(60)
        stdout.close()


def pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin
    assert process.stdout
    return process.stdin, process.stdout


def local_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
