"""git for repositories of strangers: no credential, no configuration, and limits for time, files and output."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from action.git import environment

SECONDS = 90.0
LARGEST_FILE = 200_000_000  # a pack; git's own download has no limit
LARGEST_OUTPUT = 110_000_000  # the files of one commit
# The limit holds for git's children, too; a file that grows beyond it ends them. `ulimit -f` counts 512 bytes.
LIMITED = f'ulimit -f {LARGEST_FILE // 512} && exec "$@"'


class GitFailed(Exception):
    """git ended with an error; the message is the end of what it said."""


@dataclass(frozen=True)
class BoundedGit:
    """Runs git in one folder. `environ` brings PATH and the proxy, and nothing else gets through."""

    folder: Path
    environ: Mapping[str, str]
    seconds: float = SECONDS

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what git prints. Raises GitFailed."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                ["sh", "-c", LIMITED, "sh", "git", *arguments],
                cwd=self.folder,
                env=environment(self.environ, url="", token=""),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=said,
                start_new_session=True,
            )
            try:
                process.communicate(stdin, timeout=self.seconds)
            except subprocess.TimeoutExpired:
                raise GitFailed("it took too long") from None
            finally:
                end(process)
            if process.returncode:
                said.seek(0)
                raise GitFailed(last_words(said.read()))
            if output.seek(0, os.SEEK_END) > LARGEST_OUTPUT:
                raise GitFailed("the repository is too large to be looked at")
            output.seek(0)
            return output.read()


def end(process: "subprocess.Popen[bytes]") -> None:
    """End git and its children, whatever they do. What is over already is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_words(said: bytes) -> str:
    """Return the end of an error message on one line."""
    return " ".join(said.decode(errors="replace").split())[-300:] or "it said nothing"
