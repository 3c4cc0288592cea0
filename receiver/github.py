"""The repository whose workflow runs the builds, through GitHub's REST API: all that the door needs of the world."""

import binascii
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from github.Requester import Requester

from receiver.connection import Connection
from receiver.errors import GitHubRefused
from receiver.github_errors import from_status
from receiver.models import Build, JobLog
from receiver.task import Payload, StoredEnvelope
from receiver.task.payload import digest
from receiver.task.run_title import id_in_title

EVENT = "build-task"
WORKFLOW = "build.yml"
RECONCILE = "reconcile.yml"
SCHEDULED = (RECONCILE, "dashboard.yml")  # without them nothing is mended, and nothing is collected
SWITCHED_OFF_BY_GITHUB = frozenset({"disabled_inactivity", "disabled_fork"})
OVERDUE = timedelta(hours=7)  # its schedule is every three hours, which GitHub may delay
RUNS = 100  # as many as one page of the run list holds
JOBS = 20
NEVER_BEGUN = frozenset({"failure", "action_required", "startup_failure"})  # how a run without a job ends
NO_JOB = "GitHub started no job of this run, and does not say why; its page may."
LONGEST_LINE = 4096
NO_LOG = (
    "(GitHub has no log of this job: it appears when the job has ended, not always when it was cancelled, and expires "
    "after 90 days)"
)
PIECE = 3 * 1024 * 16  # bytes; a multiple of three, so that base64 pads only its end


class RunnerRepository:
    """A runner repository on GitHub. `name` is "owner/name". Each method raises GitHubRefused."""

    def __init__(self, name: str, connection: Connection) -> None:
        self._name, self._path = name, f"/repos/{name}"
        self._connection = connection

    def dispatch(self, payload: Payload) -> None:
        """Start the build workflow. Returns only when GitHub has accepted the event."""
        self._connection.dispatch(self._name, EVENT, payload.model_dump(mode="json", exclude_none=True))

    def store(self, some_id: str, sealed: bytes, told: Callable[[StoredEnvelope], str]) -> StoredEnvelope:
        """Keep an envelope that is too large for a payload, under refs/requests/<id of the build or message>.

        Writes blob, tree, commit and ref. The envelope of a task that is sent again goes on top of the first. The
        commit's message is what is `told` of it: of a build the payload, so that reconcile can dispatch again what
        GitHub took and never ran.
        """
        with self._connection.session() as session:
            body = blob_json(sealed)
            headers = {"Content-Type": "application/json"}
            url = f"{self._path}/git/blobs"
            _, data = session.requestMemoryBlobAndCheck("POST", url, {}, headers, body)
            blob = str(data["sha"])
            entry = {"path": "envelope", "mode": "100644", "type": "blob", "sha": blob}
            tree = self._create(session, "trees", {"tree": [entry]})
            stored = StoredEnvelope(blob=blob, sha256=digest(sealed))
            self._point_at(session, some_id, tree, told(stored))
        return stored

    def recent_builds(self) -> list[Build]:
        """Return the newest runs of the build workflow, newest first."""
        return self._connection.runs(self._name, WORKFLOW, as_build, per_page=RUNS)

    def why_not_started(self, build: Build) -> str:
        """Return GitHub's words about a run none of whose jobs began; "" when one did, or nobody can say."""
        if build.conclusion not in NEVER_BEGUN:
            return ""
        with suppress(GitHubRefused), self._connection.session() as session:
            url = f"{self._path}/actions/runs/{build.run_id}/jobs"
            _, data = session.requestJsonAndCheck("GET", url, parameters={"per_page": JOBS})
            if not any(job.get("steps") for job in data["jobs"]):
                return " ".join(note for job in data["jobs"][:1] for note in self._notes(session, job["id"])) or NO_JOB
        return ""

    def _notes(self, session: Requester, job: int) -> list[str]:
        status, _, text = session.requestJson("GET", f"{self._path}/check-runs/{job}/annotations")
        notes = json.loads(text) if status == 200 else []
        return [str(note["message"])[:LONGEST_LINE] for note in notes if note["annotation_level"] == "failure"]

    def logs(self, run_id: int, lines: int) -> list[JobLog]:
        """Return the last `lines` lines of each job of a run."""
        with self._connection.session() as session:
            url = f"{self._path}/actions/runs/{run_id}/jobs"
            _, data = session.requestJsonAndCheck("GET", url, parameters={"per_page": JOBS})
            return [self._log(session, job, lines) for job in data["jobs"]]

    def wake_schedules(self, now: datetime | None = None) -> list[str]:
        """Switch on what GitHub itself switched off, and start reconcile when it did not run; say what was done."""
        done, actions = [], f"{self._path}/actions/workflows"
        with self._connection.session() as session:
            for workflow in SCHEDULED:
                _, found = session.requestJsonAndCheck("GET", f"{actions}/{workflow}")
                if found["state"] in SWITCHED_OFF_BY_GITHUB:
                    session.requestJsonAndCheck("PUT", f"{actions}/{workflow}/enable")
                    done.append(f"GitHub had switched {workflow} off; it is on again")
            _, newest = session.requestJsonAndCheck("GET", f"{actions}/{RECONCILE}/runs", parameters={"per_page": 1})
            last = [datetime.fromisoformat(run["created_at"]) for run in newest["workflow_runs"]]
            if done or (last and (now or datetime.now(UTC)) - max(last) > OVERDUE):
                _, repository = session.requestJsonAndCheck("GET", self._path)
                branch = {"ref": repository["default_branch"]}
                session.requestJsonAndCheck("POST", f"{actions}/{RECONCILE}/dispatches", input=branch)
                done.append(f"{RECONCILE} had not run for hours; it is started")
        return done

    def _log(self, session: Requester, job: dict[str, Any], lines: int) -> JobLog:
        status, headers, text = session.requestJson("GET", f"{self._path}/actions/jobs/{job['id']}/logs")
        if status == 302:
            end = self._fetch_end(headers["location"], lines)
        elif status == 200:
            end = last_lines(iter(text.splitlines()), lines)
        elif status in {404, 410}:
            end = [NO_LOG]
        else:
            raise from_status("show the log", status, headers, text)
        return JobLog(job=job["name"], status=job["status"], conclusion=job.get("conclusion"), lines=end)

    def _fetch_end(self, location: str, lines: int) -> list[str]:
        with self._connection.stored(location, "show the log", also=404) as reply:  # BlobNotFound, of this job only
            if reply.status_code == 404:
                return [NO_LOG]
            reply.encoding = "utf-8"
            return last_lines((str(line) for line in reply.iter_lines(decode_unicode=True)), lines)

    def _create(self, session: Requester, kind: str, body: dict[str, Any]) -> str:
        _, data = session.requestJsonAndCheck("POST", f"{self._path}/git/{kind}", input=body)
        return str(data["sha"])

    def _point_at(self, session: Requester, some_id: str, tree: str, message: str) -> None:
        ref = f"requests/{some_id}"
        commit: dict[str, Any] = {"message": message, "tree": tree, "parents": []}
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
