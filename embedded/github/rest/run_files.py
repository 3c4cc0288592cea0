"""What runs leave: logs and artifacts. They are sent from addresses that need no token and work for one minute."""

import hashlib
import hmac
import io
import re
import time
import zipfile
from pathlib import Path

from flask import Blueprint, Response, jsonify, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from embedded.faults.texts import NO_BLOB
from embedded.github.access import caller, github
from embedded.github.core import GitHub, full_name
from embedded.github.errors import ApiError, NotFound, found
from embedded.github.rest.routes import Routes, paged
from embedded.github.rest.runs import existing_job, existing_run
from embedded.github.shapes.runs import artifact
from embedded.github.store import Document
from embedded.github.times import has_expired

route = Routes("run_files", "/actions", "actions")
signed = Blueprint("signed", __name__, url_prefix="/_logs")
ZIP = "application/zip"
VALID_S = 60


@route("GET /jobs/<int:job_id>/logs")
def job_logs(repo: Document, job_id: int) -> AnyResponse:
    """actions/download-job-logs-for-workflow-run; whether there is one yet, only the store knows"""
    existing_job(with_logs(repo), job_id)
    return redirect(signed_address(f"/_logs/jobs/{job_id}"), 302)


@route("GET /runs/<int:run_id>/logs")
@route("GET /runs/<int:run_id>/attempts/<int:attempt>/logs")
def run_logs(repo: Document, run_id: int, attempt: int | None = None) -> AnyResponse:
    """actions/download-workflow-run-logs, and of one attempt"""
    run = existing_run(with_logs(repo), run_id)
    if not log_files(run, attempt or run["run_attempt"]):
        raise NotFound
    return redirect(signed_address(f"/_logs/runs/{run_id}/{attempt or run['run_attempt']}"), 302)


def with_logs(repo: Document) -> Document:
    """Return the repository if the caller may read its logs: everybody may who has a token. Raises ApiError."""
    if caller().kind == "anonymous":
        raise ApiError(403, "Must have admin rights to Repository.")
    return repo


def finished(repo: Document, **equal: int) -> Response:
    """Answer with the artifacts whose upload is complete and that the request asks for, newest first."""
    name = request.args.get("name")
    there = github().store.find("artifact", repo=full_name(repo), finalized=True, **equal)[::-1]
    wanted = [each for each in there if name is None or each["name"] == name]
    return paged(wanted, lambda each: artifact(github(), repo, each), "artifacts")


@route("GET /artifacts")
def list_artifacts(repo: Document) -> Response:
    """actions/list-artifacts-for-repo"""
    return finished(repo)


@route("GET /runs/<int:run_id>/artifacts")
def list_artifacts_of_run(repo: Document, run_id: int) -> Response:
    """actions/list-workflow-run-artifacts"""
    return finished(repo, run_id=existing_run(repo, run_id)["id"])


def existing_artifact(repo: Document, artifact_id: int) -> Document:
    """Return a finished artifact of this repository. Raises NotFound."""
    there = github().store.find("artifact", repo=full_name(repo), id=artifact_id, finalized=True)
    return found(next(iter(there), None))


@route("GET /artifacts/<int:artifact_id>")
def show_artifact(repo: Document, artifact_id: int) -> Response:
    """actions/get-artifact"""
    return jsonify(artifact(github(), repo, existing_artifact(repo, artifact_id)))


@route("GET /artifacts/<int:artifact_id>/<any(zip):archive_format>")
def download_artifact(repo: Document, artifact_id: int, archive_format: str) -> AnyResponse:
    """actions/download-artifact; archive_format can only be zip"""
    if has_expired(existing_artifact(with_logs(repo), artifact_id)):
        raise ApiError(410, "Artifact has expired")
    return redirect(signed_address(f"/_logs/artifacts/{artifact_id}"), 302)


def log_path(core: GitHub, run: Document, job: Document) -> Path:
    """Return where the log of a job is."""
    return core.store.data / "runs" / str(run["id"]) / str(job["run_attempt"]) / f"{job['id']}.log"


def log_files(run: Document, attempt: int) -> dict[str, Path]:
    """Return the logs of an attempt by the names they have in the zip."""
    jobs = github().store.find("job", run_id=run["id"], run_attempt=attempt)
    paths = {f"{n}_{plain(job['name'])}.txt": log_path(github(), run, job) for n, job in enumerate(jobs)}
    return {name: path for name, path in paths.items() if path.exists()}


def plain(name: str) -> str:
    """Return a job's name as a file name."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", name)


def signed_address(path: str) -> str:
    """Return an address that `check_signature` accepts for one minute."""
    until = int(time.time()) + VALID_S
    return f"{github().web_url}{path}?until={until}&sig={signature(path, until)}"


def signature(path: str, until: int) -> str:
    """Sign an address with this server's own key."""
    return hmac.new(github().signing_key, f"{path}|{until}".encode(), hashlib.sha256).hexdigest()


@signed.before_request
def check_signature() -> None:
    """Raise unless the requested address was given out within the last minute."""
    until = request.args.get("until", 0, type=int)
    if not hmac.compare_digest(request.args.get("sig", ""), signature(request.path, until)) or until < time.time():
        raise ApiError(403, "This address has expired. Ask the API for a new one.")


@signed.get("/jobs/<int:job_id>")
def send_job_log(job_id: int) -> Response:
    """Send the log as plain text. Of a job that has not ended, or was cancelled, the store has none."""
    job = github().store.get("job", str(job_id)) or {}
    run = found(github().store.get("run", str(job.get("run_id"))))
    path = log_path(github(), run, job)
    if job["status"] != "completed" or job["conclusion"] == "cancelled" or not path.exists():
        return Response(NO_BLOB, 404, mimetype="application/xml")
    return Response(path.read_bytes(), mimetype="text/plain")


@signed.get("/runs/<int:run_id>/<int:attempt>")
def send_run_logs(run_id: int, attempt: int) -> Response:
    """Send the logs of all jobs as a zip."""
    run = found(github().store.get("run", str(run_id)))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, path in log_files(run, attempt).items():
            file.write(path, name)
    return Response(archive.getvalue(), mimetype="application/zip")


@signed.get("/artifacts/<int:artifact_id>")
def send_artifact(artifact_id: int) -> Response:
    """Send an artifact."""
    return sent_file(found(github().store.get("artifact", str(artifact_id))))


def sent_file(artifact: Document) -> Response:
    """Send the file of an artifact under its own name: an archive, or with `archive: false` the one file as it is."""
    mime_type = artifact.get("mime_type", ZIP)
    name = f"{artifact['name']}.zip" if mime_type == ZIP else artifact["name"]
    content = io.BytesIO(Path(artifact["path"]).read_bytes())
    return send_file(content, mimetype=mime_type, as_attachment=True, download_name=name)
