"""Stands in for astral-sh/setup-uv: puts the uv of this installation on PATH."""

import os
from pathlib import Path

from embedded.actions.standins.programs import put_on_path, version_of
from embedded.actions.standins.runner import fail, output


def main() -> None:
    """Find uv beside the program that runs the embedded GitHub."""
    uv = os.environ.get("STANDIN_UV", "")
    if not Path(uv).is_file():
        fail("uv is not installed beside the embedded GitHub. Run `make install` again.")
    output("uv-path", put_on_path({"uv": uv})["uv"])
    output("uv-version", version_of(uv))
    output("cache-hit", "false")
