"""Logs of runs and jobs: a redirect to an address that needs no token and works for one minute."""

import hashlib
import hmac
import io
import re
import time
import zipfile
from pathlib import Path

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from embedded.github.access import caller, github, repository
from embedded.github.core import GitHub
from embedded.github.errors import ApiError, NotFound
from embedded.github.rest.runs import existing_job, existing_run
from embedded.github.store import Document

blueprint = Blueprint("run_logs", __name__)
ROUTE = "/api/v3/repos/<owner>/<name>/actions"
VALID_S = 60


@blueprint.get(f"{ROUTE}/jobs/<int:job_id>/logs")
def job_logs(owner: str, name: str, job_id: int) -> AnyResponse:
    """actions/download-job-logs-for-workflow-run"""
    repo = repository_with_logs(owner, name)
    job, run = existing_job(repo, job_id)
    if not log_path(github(), run, job).exists():
        raise NotFound
    return redirect(signed_address(f"/_logs/jobs/{job_id}"), 302)


@blueprint.get(f"{ROUTE}/runs/<int:run_id>/logs")
@blueprint.get(f"{ROUTE}/runs/<int:run_id>/attempts/<int:attempt>/logs")
def run_logs(owner: str, name: str, run_id: int, attempt: int | None = None) -> AnyResponse:
    """actions/download-workflow-run-logs, and of one attempt"""
    run = existing_run(repository_with_logs(owner, name), run_id)
    if not log_files(run, attempt or run["run_attempt"]):
        raise NotFound
    return redirect(signed_address(f"/_logs/runs/{run_id}/{attempt or run['run_attempt']}"), 302)


def repository_with_logs(owner: str, name: str) -> Document:
    """Return the repository if the caller may read its logs: everybody may who has a token. Raises ApiError."""
    repo = repository(owner, name, "actions", "read")
    if caller().kind == "anonymous":
        raise ApiError(403, "Must have admin rights to Repository.")
    return repo


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


def check_signature() -> None:
    """Raise unless the requested address was given out within the last minute."""
    until = request.args.get("until", 0, type=int)
    if not hmac.compare_digest(request.args.get("sig", ""), signature(request.path, until)) or until < time.time():
        raise ApiError(403, "This address has expired. Ask the API for a new one.")


@blueprint.get("/_logs/jobs/<int:job_id>")
def send_job_log(job_id: int) -> Response:
    """Send the log as plain text."""
    check_signature()
    job = github().store.get("job", str(job_id)) or {}
    run = github().store.get("run", str(job.get("run_id")))
    if run is None:
        raise NotFound
    return Response(log_path(github(), run, job).read_bytes(), mimetype="text/plain")


@blueprint.get("/_logs/runs/<int:run_id>/<int:attempt>")
def send_run_logs(run_id: int, attempt: int) -> Response:
    """Send the logs of all jobs as a zip."""
    check_signature()
    run = github().store.get("run", str(run_id))
    if run is None:
        raise NotFound
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, path in log_files(run, attempt).items():
            file.write(path, name)
    return Response(archive.getvalue(), mimetype="application/zip")


@blueprint.get("/_logs/artifacts/<int:artifact_id>")
def send_artifact(artifact_id: int) -> Response:
    """Send the zip of an artifact."""
    check_signature()
    artifact = github().store.get("artifact", str(artifact_id))
    if artifact is None:
        raise NotFound
    return Response(Path(artifact["path"]).read_bytes(), mimetype="application/zip")
