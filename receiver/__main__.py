"""python -m receiver: check the configuration, then become gunicorn."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from receiver.config import read_or_exit

SETTINGS = Path(__file__).with_name("gunicorn.conf.py")


def main(environ: Mapping[str, str]) -> NoReturn:
    """Replace this process, so that the signals of a process manager reach the server."""
    read_or_exit(environ)
    command = [sys.executable, "-m", "gunicorn", "--config", str(SETTINGS), "receiver.wsgi:app"]
    sys.stderr.flush()
    os.execve(sys.executable, command, dict(environ))  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main(os.environ)
