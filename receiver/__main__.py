"""python -m receiver: check the configuration, then become gunicorn, which serves the door alone; or make a key."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from receiver import new_key
from receiver.config import environment_or_exit, read_or_exit

# The C library gives buffers of this size and more back at once; else it learns not to, after the first large request.
BACK_AT_ONCE = {"MALLOC_MMAP_THRESHOLD_": str(256 * 1024)}
SETTINGS = Path(__file__).with_name("gunicorn.conf.py")


def serve(application: str, environ: Mapping[str, str]) -> NoReturn:
    """Replace this process, so that the signals of a process manager reach the server."""
    environ = environment_or_exit(environ)
    read_or_exit(environ)
    command = [sys.executable, "-m", "gunicorn", "--config", str(SETTINGS), application]
    sys.stderr.flush()
    os.execve(sys.executable, command, BACK_AT_ONCE | environ)  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    if sys.argv[1:2] == ["key"]:
        sys.exit(new_key.main(sys.argv[2:]))
    serve("receiver.wsgi:app", os.environ)
