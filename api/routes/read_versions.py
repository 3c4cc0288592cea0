"""GET /projects/<id>/versions, one of them, its zip, and its files: as GitHub has them, also what nobody collected."""

import re
from contextlib import ExitStack

from flask import Blueprint, Response, url_for

from api.context import Api, this_api
from api.downloads import as_download, disposition
from api.errors import FILE_TOO_LARGE, NO_SUCH_FILE, NO_SUCH_REF
from api.lists import Paging, next_page, read_query
from api.project_request import existing_ref, existing_task, invalid_field
from api.projects import File
from api.version_replies import ProjectVersion, ProjectVersions
from receiver.auth import require
from receiver.errors import Problem
from receiver.models import as_json
from receiver.openapi import KEY, Answer, Operation
from receiver.task import project_name
from receiver.task.execution import inside_repository

READ = (401, 404, 413, 422, 503)
COMMIT = re.compile(r"[0-9a-f]{7,40}")
MOST_ON_A_PAGE = 100  # as many as GitHub lists at once
CHUNK = 64 * 1024

blueprint = Blueprint("read_versions", __name__)


@blueprint.get("/projects/<path:project_id>/versions")
@Operation("A project's versions", {200: Answer("Commits.", (ProjectVersions,))}, READ, query=Paging, security=KEY)
def versions(project_id: str) -> Response:
    """List the commits of a project."""
    api, name = project(project_id)
    query = read_query(Paging.model_validate)
    query = query.model_copy(update={"limit": min(query.limit, MOST_ON_A_PAGE)})
    found, has_more = api.history.commits(name, query.limit, query.page)
    following = next_page(query) if has_more else None
    return as_json(ProjectVersions(project=name, page=query.page, next=following, versions=found))


@blueprint.get("/projects/<path:project_id>/versions/<sha>")
@Operation("One version of a project", {200: Answer("Its files.", (ProjectVersion,))}, READ, security=KEY)
def version(project_id: str, sha: str) -> Response:
    """Show a commit and its files."""
    api, name = project(project_id)
    whole = existing(api, name, sha)
    about, files, is_cut = api.history.commit(name, whole)
    where = url_for(".zipped", project_id=name, sha=whole, _external=True)
    return as_json(ProjectVersion(**about.model_dump(), project=name, zip_url=where, files=files, is_cut=is_cut))


@blueprint.get("/projects/<path:project_id>/versions/<sha>.zip")
@Operation("A version as a zip", {200: Answer("Its regular files.", also="application/zip")}, READ, security=KEY)
def zipped(project_id: str, sha: str) -> Response:
    """Send a commit as a zip."""
    api, name = project(project_id)
    whole = existing(api, name, sha)
    headers = {"Content-Disposition": disposition(f"{name.rpartition('/')[2]}-{whole[:7]}.zip")}
    with ExitStack() as until_sent:
        file = until_sent.enter_context(api.history.zipped(name, whole))
        answer = Response(iter(lambda: file.read(CHUNK), b""), headers=headers, mimetype="application/zip")
        answer.call_on_close(until_sent.pop_all().close)
    return answer


@blueprint.get("/projects/<path:project_id>/versions/<sha>/files/<path:path>")
@Operation(
    "A file of a version",
    {200: Answer("As it is; no browser runs it here.", also="text/plain application/octet-stream")},
    READ,
    security=KEY,
)
def file(project_id: str, sha: str, path: str) -> Response:
    """Send one file as it is."""
    api, name = project(project_id)
    try:
        path = inside_repository(path)
    except ValueError as error:
        raise invalid_field("path", str(error)) from None
    found = api.projects.read(name, path, existing(api, name, sha)) if path else None
    if not isinstance(found, File):
        raise Problem(NO_SUCH_FILE, path=path[:200])
    if found.content is None:
        raise Problem(FILE_TOO_LARGE, path=path[:200])
    return as_download(found.content, path)


def project(project_id: str) -> tuple[Api, str]:
    """Return a project that exists, as "owner/name". Raises Problem (401, 404, 422)."""
    api = this_api()
    require("read")
    try:
        name = project_name(project_id, api.door.config.owner, api.door.config.repository)
    except ValueError as error:
        raise invalid_field("project_id", str(error)) from None
    existing_task(api, name)
    return api, name


def existing(api: Api, name: str, sha: str) -> str:
    """Return a whole commit id. Raises Problem (404)."""
    whole = existing_ref(api, name, sha) if COMMIT.fullmatch(sha) else ""
    if not whole.startswith(sha) or not whole:  # a branch can be called like a commit
        raise Problem(NO_SUCH_REF, name=name, ref=sha[:100], exists=False)
    return whole
