"""The receiver's only door to the world: the repository whose workflow runs the builds, through GitHub's REST API."""

import binascii
import json
import re
from collections import deque
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Protocol

from github.Requester import Requester

from receiver.artifacts import Artifacts, file_in
from receiver.connection import Connection
from receiver.message_replies import BuildOutcome
from receiver.refusals import from_status
from receiver.replies import Build, JobLog
from receiver.task import Payload, StoredEnvelope
from receiver.task.payload import digest
from receiver.task.run_title import id_in_title

EVENT = "build-task"
WORKFLOW = "build.yml"
RUNS = 100  # as many as one page of the run list holds
JOBS = 20
LONGEST_LINE = 4096
RECORD = "record.json"
LARGEST_RECORD = 5_000_000  # bytes, as in the ledger
PIECE = 3 * 1024 * 16  # bytes; a multiple of three, so that base64 pads only its end


class Runner(Protocol):
    """What the receiver needs from GitHub. Each method raises GitHubRefused."""

    def dispatch(self, payload: Payload) -> None:
        """Start the build workflow. Returns only when GitHub has accepted the event."""

    def store(self, build_id: str, sealed: bytes) -> StoredEnvelope:
        """Keep an envelope that is too large for a payload, under refs/requests/<build id>."""
        ...

    def recent_builds(self) -> list[Build]:
        """Return the newest runs of the build workflow, newest first."""
        ...

    def outcome(self, build: Build) -> BuildOutcome | None:
        """Return what the record of a build's run says about its page, None without one. Raises ArtifactExpired."""
        ...

    def logs(self, run_id: int, lines: int) -> list[JobLog]:
        """Return the last `lines` lines of each job of a run."""
        ...


class RunnerRepository:
    """A runner repository on GitHub. `name` is "owner/name"."""

    def __init__(self, name: str, connection: Connection) -> None:
        self._name, self._path = name, f"/repos/{name}"
        self._connection = connection
        self._artifacts = Artifacts(name, connection)

    def dispatch(self, payload: Payload) -> None:
        """Start the build workflow."""
        self._connection.dispatch(self._name, EVENT, payload.model_dump(mode="json", exclude_none=True))

    def store(self, build_id: str, sealed: bytes) -> StoredEnvelope:
        """Write blob, tree, commit and ref. The envelope of a task that is sent again goes on top of the first."""
        with self._connection.session() as session:
            body = blob_json(sealed)
            headers = {"Content-Type": "application/json"}
            url = f"{self._path}/git/blobs"
            _, data = session.requestMemoryBlobAndCheck("POST", url, {}, headers, body)
            blob = str(data["sha"])
            entry = {"path": "envelope", "mode": "100644", "type": "blob", "sha": blob}
            tree = self._create(session, "trees", {"tree": [entry]})
            self._point_at(session, f"requests/{build_id}", tree)
        return StoredEnvelope(blob=blob, sha256=digest(sealed))

    def recent_builds(self) -> list[Build]:
        """Return the newest runs of the build workflow, newest first."""
        url = f"{self._path}/actions/workflows/{WORKFLOW}/runs"
        with self._connection.session() as session:
            _, data = session.requestJsonAndCheck("GET", url, parameters={"per_page": RUNS})
            return [build for run in data["workflow_runs"] if (build := as_build(run))]

    def outcome(self, build: Build) -> BuildOutcome | None:
        """Read the record that a build's run uploaded. Raises ArtifactExpired."""
        names = re.compile(rf"record-{build.build_id}-\d+")  # without the pictures of the live check
        zipped = self._artifacts.matching(build.run_id, lambda name: bool(names.fullmatch(name)), "show the record")
        content = file_in(zipped or b"", RECORD, LARGEST_RECORD)
        return as_outcome(content) if content else None

    def logs(self, run_id: int, lines: int) -> list[JobLog]:
        """Return the last `lines` lines of each job of a run."""
        with self._connection.session() as session:
            url = f"{self._path}/actions/runs/{run_id}/jobs"
            _, data = session.requestJsonAndCheck("GET", url, parameters={"per_page": JOBS})
            return [self._log(session, job, lines) for job in data["jobs"]]

    def _log(self, session: Requester, job: dict[str, Any], lines: int) -> JobLog:
        status, headers, text = session.requestJson("GET", f"{self._path}/actions/jobs/{job['id']}/logs")
        if status == 302:
            end = self._fetch_end(headers["location"], lines)
        elif status == 200:
            end = last_lines(iter(text.splitlines()), lines)
        elif status in {404, 410}:
            end = ["(GitHub has no log of this job: it appears when the job has ended, and expires after 90 days)"]
        else:
            raise from_status("show the log", status, headers, text)
        return JobLog(job=job["name"], status=job["status"], conclusion=job.get("conclusion"), lines=end)

    def _fetch_end(self, location: str, lines: int) -> list[str]:
        with self._connection.stored(location, "show the log") as reply:
            reply.encoding = "utf-8"
            return last_lines((str(line) for line in reply.iter_lines(decode_unicode=True)), lines)

    def _create(self, session: Requester, kind: str, body: dict[str, Any]) -> str:
        _, data = session.requestJsonAndCheck("POST", f"{self._path}/git/{kind}", input=body)
        return str(data["sha"])

    def _point_at(self, session: Requester, ref: str, tree: str) -> None:
        commit: dict[str, Any] = {"message": "Keep a sealed request", "tree": tree, "parents": []}
        first = self._create(session, "commits", commit)
        wanted = {"ref": f"refs/{ref}", "sha": first}
        status, headers, text = session.requestJson("POST", f"{self._path}/git/refs", input=wanted)
        if status == 422 and "already exists" in text:
            _, data = session.requestJsonAndCheck("GET", f"{self._path}/git/ref/{ref}")
            latest = self._create(session, "commits", {**commit, "parents": [data["object"]["sha"]]})
            moved = {"sha": latest, "force": True}  # two re-sends at once: the last one stays, both blobs are readable
            session.requestJsonAndCheck("PATCH", f"{self._path}/git/refs/{ref}", input=moved)
        elif status != 201:
            raise from_status("keep the attachments", status, headers, text)


def blob_json(content: bytes) -> BytesIO:
    """Return the request for a blob. As an object that is made JSON, it would be in memory four times."""
    body = BytesIO()
    body.write(b'{"encoding": "base64", "content": "')
    for start in range(0, len(content), PIECE):
        body.write(binascii.b2a_base64(content[start : start + PIECE], newline=False))
    body.write(b'"}')
    body.seek(0)
    return body


def last_lines(text: Iterator[str], lines: int) -> list[str]:
    """Return the end of a log, however long it is."""
    return list(deque((line[:LONGEST_LINE] for line in text), maxlen=lines))


def as_outcome(record: bytes) -> BuildOutcome | None:
    """Read of a record what it says about the page; what is no record says nothing."""
    try:
        found = json.loads(record)
        published, failures = found.get("publication") or {}, found.get("failures") or []
        commit, repository = published.get("commit_sha") or None, published.get("repo_url")
        return BuildOutcome(
            commit=commit,
            commit_url=f"{repository}/commit/{commit}" if commit and repository else None,
            page=published.get("pages_url"),
            is_live=(found.get("deployment") or {}).get("is_live"),
            reason=failures[0].get("what") if failures else None,
        )
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None


def as_build(run: dict[str, Any]) -> Build | None:
    """Read a run of the run list."""
    build_id = id_in_title("build", run)
    if build_id is None:
        return None
    return Build(
        build_id=build_id,
        run_id=run["id"],
        attempt=run.get("run_attempt") or 1,
        status=run["status"],
        conclusion=run.get("conclusion"),
        run_url=run["html_url"],
        created_at=run["created_at"],
        updated_at=run["updated_at"],
    )
