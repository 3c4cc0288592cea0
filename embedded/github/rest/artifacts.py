"""Artifacts of runs: list, show, download."""

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from embedded.github.access import github, repository
from embedded.github.core import full_name
from embedded.github.errors import ApiError, NotFound
from embedded.github.rest.paging import paged
from embedded.github.rest.run_logs import repository_with_logs, signed_address
from embedded.github.rest.runs import existing_run
from embedded.github.shapes.runs import artifact, has_expired
from embedded.github.store import Document

blueprint = Blueprint("artifacts", __name__, url_prefix="/api/v3/repos/<owner>/<name>/actions")


def finished(repo: Document, **equal: int) -> list[Document]:
    """Return the artifacts whose upload is complete and that the request asks for, newest first."""
    found = github().store.find("artifact", repo=full_name(repo), finalized=True, **equal)
    name = request.args.get("name")
    return [each for each in found[::-1] if name is None or each["name"] == name]


@blueprint.get("/artifacts")
def list_artifacts(owner: str, name: str) -> Response:
    """actions/list-artifacts-for-repo"""
    repo = repository(owner, name, "actions", "read")
    return paged(finished(repo), lambda each: artifact(github(), repo, each), "artifacts")


@blueprint.get("/runs/<int:run_id>/artifacts")
def list_artifacts_of_run(owner: str, name: str, run_id: int) -> Response:
    """actions/list-workflow-run-artifacts"""
    repo = repository(owner, name, "actions", "read")
    run = existing_run(repo, run_id)
    return paged(finished(repo, run_id=run["id"]), lambda each: artifact(github(), repo, each), "artifacts")


def existing_artifact(repo: Document, artifact_id: int) -> Document:
    """Return a finished artifact of this repository. Raises NotFound."""
    for each in github().store.find("artifact", repo=full_name(repo), id=artifact_id, finalized=True):
        return each
    raise NotFound


@blueprint.get("/artifacts/<int:artifact_id>")
def show_artifact(owner: str, name: str, artifact_id: int) -> Response:
    """actions/get-artifact"""
    repo = repository(owner, name, "actions", "read")
    return jsonify(artifact(github(), repo, existing_artifact(repo, artifact_id)))


@blueprint.get("/artifacts/<int:artifact_id>/<any(zip):archive_format>")
def download_artifact(owner: str, name: str, artifact_id: int, archive_format: str) -> AnyResponse:
    """actions/download-artifact"""
    found = existing_artifact(repository_with_logs(owner, name), artifact_id)  # archive_format can only be zip
    if has_expired(found):
        raise ApiError(410, "Artifact has expired")
    return redirect(signed_address(f"/_logs/artifacts/{artifact_id}"), 302)
