"""What a run uploaded: find the artifact, follow GitHub's redirect to its storage, and read one file in it."""

import io
import zipfile
import zlib
from collections.abc import Callable

from github.Requester import Requester

from receiver.connection import Connection
from receiver.github_errors import from_status

LARGEST_ZIP = 2 * 1024 * 1024  # bytes
CHUNK = 64 * 1024
MOST = 100  # artifacts of one run


class ArtifactExpired(Exception):
    """The run is still there, and what it uploaded is not."""


class Artifacts:
    """The artifacts of a runner repository ("owner/name")."""

    def __init__(self, repository: str, connection: Connection) -> None:
        self._actions = f"/repos/{repository}/actions"
        self._connection = connection

    def named(self, run_id: int, name: str, asked: str) -> bytes | None:
        """Return the zip of the newest artifact of this name, None when there is none. Raises ArtifactExpired."""
        return self._newest(run_id, {"name": name}, lambda found: found == name, asked)

    def matching(self, run_id: int, is_wanted: Callable[[str], bool], asked: str) -> bytes | None:
        """Return the zip of the newest artifact whose name is wanted. Raises ArtifactExpired, GitHubRefused."""
        return self._newest(run_id, {"per_page": str(MOST)}, is_wanted, asked)

    def _newest(self, run_id: int, query: dict[str, str], is_wanted: Callable[[str], bool], asked: str) -> bytes | None:
        with self._connection.session() as session:
            _, data = session.requestJsonAndCheck("GET", f"{self._actions}/runs/{run_id}/artifacts", parameters=query)
            found = [artifact for artifact in data["artifacts"] if is_wanted(str(artifact["name"]))]
            newest = max(found, key=lambda artifact: int(artifact["id"]), default=None)
            if newest is None:
                return None
            if newest["expired"]:
                raise ArtifactExpired
            return self._zip(session, newest["id"], asked)

    def _zip(self, session: Requester, artifact: int, asked: str) -> bytes | None:
        status, headers, text = session.requestJson("GET", f"{self._actions}/artifacts/{artifact}/zip")
        if status == 410:
            raise ArtifactExpired
        if status != 302:
            raise from_status(asked, status, headers, text)
        body = bytearray()
        with self._connection.stored(headers["location"], asked) as reply:
            for chunk in reply.iter_content(CHUNK):
                body += chunk
                if len(body) > LARGEST_ZIP:
                    return None
        return bytes(body)


def file_in(zipped: bytes, name: str, largest: int) -> bytes | None:
    """Return a file of a zip; None when it is not there, damaged or larger than `largest` bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive, archive.open(name) as file:
            content = file.read(largest + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, EOFError):
        return None
    return content if len(content) <= largest else None
