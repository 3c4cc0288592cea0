"""Stands in for actions/setup-python: puts a Python of this machine on PATH."""

import re
import shutil

from embedded.actions.standins.programs import interpreter_of, put_on_path
from embedded.actions.standins.runner import fail, inputs, output, say


def main() -> None:
    """Take the wanted version if the machine has it, else its own Python, and say so."""
    wanted = inputs()["python-version"]
    minor = re.match(r"\d+\.\d+", wanted)
    python = (shutil.which(f"python{minor[0]}") if minor else None) or shutil.which("python3")
    if not python:
        fail("There is no Python on PATH. Install Python 3 on this machine.")
    real, version = interpreter_of(str(python))
    if minor and not f"{version}.".startswith(f"{minor[0]}."):
        say(f"::warning::Python {wanted} is not on this machine; this step uses {version} instead.")
    output("python-path", put_on_path({"python": real, "python3": real})["python"])
    output("python-version", version)
