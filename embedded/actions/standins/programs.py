"""Putting programs of this machine on the PATH of later steps."""

import os
import re
import subprocess
from pathlib import Path

from embedded.actions.standins.runner import fail


def put_on_path(programs: dict[str, str]) -> dict[str, str]:
    """Link programs in a directory of their own, put that on PATH, and return where each is."""
    directory = Path(os.environ["RUNNER_TEMP"], "_bin", "-".join(programs))
    directory.mkdir(parents=True, exist_ok=True)
    for name, program in programs.items():
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(program)
    with Path(os.environ["GITHUB_PATH"]).open("a", encoding="utf-8") as file:
        file.write(f"{directory}\n")
    return {name: str(directory / name) for name in programs}


def interpreter_of(python: str) -> tuple[str, str]:
    """Return the program behind a Python (which may be a wrapper) and its version."""
    question = "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])"
    done = subprocess.run([python, "-S", "-E", "-c", question], capture_output=True, text=True, check=False)
    if done.returncode:
        fail(f"{python} does not start: {done.stderr.strip()}")
    real, version = done.stdout.splitlines()
    return real, version


def version_of(program: str) -> str:
    """Ask a program for its version."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else fail(f"{program} does not say its version: {done.stderr.strip()}")
