"""Code and its runs under the names that clients know: versions as GitHub has them now, containers that are jobs."""

import base64
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, url_for

from api.context import Api
from api.errors import NO_SUCH_VERSION, NOT_A_PROJECT
from api.orchestrator.replies import Code, CodeHidden, CodeVersion, CodeWritten
from api.orchestrator.requests import CodeQuery, NewCode
from api.orchestrator.task_ids import KnownTask, known_task, task_to_write, with_project
from api.orchestrator.tasks import written
from api.project_request import invalid_field
from api.projects import Place
from api.routes import read_versions
from api.routes.hide_version import hidden
from api.routes.versions import build_of, dispatched, require_public
from api.task_data import hidden_in
from api.uploads import Brought, InBase64, bytes_of, checked
from api.version_replies import VersionSummary
from receiver.errors import Problem
from receiver.task import BuildRequest

MOST_PAGES = 10  # of a hundred commits
LARGEST_ANSWER = 2_000_000  # bytes of files in one answer
FIRST = ("main.py", "app.py", "index.html", "index.js", "main.js", "README.md")


@dataclass(frozen=True)
class Sealed:
    """A build that brings code, ready to be sent."""

    name: str
    build: BuildRequest
    envelope: bytes
    place: Place


def sealed(api: Api, asked: NewCode, attached: Mapping[str, bytes]) -> Sealed:
    """Return the build that brings files to a task's project, which is made when there is none. Raises Problem."""
    about = asked.upload()
    files = {path: bytes_of(path, given) for path, given in about.files.items()}
    if twice := sorted(files.keys() & attached.keys()):
        raise invalid_field(f"files.{twice[0]}"[:120], "occurs twice")
    brought = checked(about, {**files, **attached}, api.door.config.max_request_bytes)
    require_public(brought)
    task = task_to_write(api, asked.task_id)
    name = with_project(task)
    place = api.projects.place(name)
    if not about.nonce:  # the same files after others are a version of their own
        brought = Brought(about=about.model_copy(update={"nonce": place.tip or "first"}), files=brought.files)
    build = build_of(api, name, brought, place, task.key)
    if build.task_key != task.key:
        raise Problem(NOT_A_PROJECT, name=name)
    return Sealed(name, build, build.seal(api.door.keys), place)


def upload_code(api: Api, code: Sealed) -> CodeWritten:
    """Send code as the next version."""
    found = dispatched(api, code.name, code.build, code.envelope, code.place)
    some_id = id_of(found.task_key, found.build_id)
    about = {"version": found.build_id, "build_id": found.build_id, "project": code.name, "is_new": found.is_new}
    return CodeWritten(**written(api, found.task_key, some_id, found.status_url), **about)


def id_of(task_id: str, version: str) -> str:
    """Return the id of a version: it says which task it belongs to."""
    return f"{task_id}-{version}"


def get_code(api: Api, query: CodeQuery, task_id: str, version: str = "") -> Code:
    """Show a version with its files, without one the newest, and list the others."""
    task = known_task(api, task_id)
    versions = numbered(api, task)
    listed = [each for each in versions if query.hidden or not each.is_hidden]
    shown = chosen(task, versions, version) if version else next(iter(listed), None)
    about: dict[str, Any] = {"task_id": task.key, "as_of": datetime.now(UTC), "project": task.project}
    if shown is None:
        nothing = dict.fromkeys(("version", "commit", "filename", "file_content", "download_url"))
        return Code(**about, **nothing, files={}, left_out=[], versions=listed)
    files, left_out = files_of(api, task.project, shown.commit)
    name = query.filename or next((each for each in (*FIRST, *files) if each in files), None)
    content = files.get(name) if name else None
    where = url_for("orchestrator.get_download_code_version", task_id=task.key, version=shown.commit, _external=True)
    return Code(
        **about,
        version=shown.version,
        commit=shown.commit,
        files=files,
        filename=name if content is not None else None,
        file_content=content if isinstance(content, str) else None,
        left_out=left_out,
        download_url=where,
        versions=listed,
    )


def numbered(api: Api, task: KnownTask) -> list[CodeVersion]:
    """Return a task's versions, newest first. Numbers count commits, without the one that GitHub began with."""
    if not task.project or api.projects.task_of(task.project) != task.key:
        return []
    found: list[VersionSummary] = []
    for page in range(1, MOST_PAGES + 1):
        commits, has_more = api.history.commits(task.project, 100, page)
        found += commits
        if not has_more:
            break
    found = [each for each in found if each.parents or each.build_id]
    return list(as_versions(task, found))


def as_versions(task: KnownTask, found: list[VersionSummary]) -> Iterable[CodeVersion]:
    """Yield versions in a client's words."""
    left_out = hidden_in(task.document)
    for place, each in enumerate(found):
        yield CodeVersion(
            id=id_of(task.key, each.sha),
            version=len(found) - place,
            commit=each.sha,
            message=each.subject,
            created_at=each.committed_at,
            build_id=each.build_id,
            is_hidden=each.sha in left_out,
            url=each.url,
        )


def chosen(task: KnownTask, versions: list[CodeVersion], word: str) -> CodeVersion:
    """Return the version that a number, a commit, a build id or "latest" means. Raises Problem (404)."""
    word = word.strip().lower()
    if word == "latest":
        found = [each for each in versions if not each.is_hidden][:1]
    elif word.isdecimal() and len(word) < 7:
        found = [each for each in versions if str(each.version) == word]
    else:
        found = [each for each in versions if len(word) > 6 and (each.commit.startswith(word) or each.build_id == word)]
    if len(found) != 1:
        raise Problem(NO_SUCH_VERSION, task_id=task.key, version=word[:40])
    return found[0]


def files_of(api: Api, name: str, commit: str) -> tuple[dict[str, str | InBase64], list[str]]:
    """Return the files of a commit by their paths, as far as one answer holds them, and which are left out."""
    files: dict[str, str | InBase64] = {}
    left_out, room = [], LARGEST_ANSWER
    with api.history.zipped(name, commit) as archive, zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = entry.filename.partition("/")[2]
            if entry.file_size > room:
                left_out.append(path)
                continue
            room -= entry.file_size
            files[path] = readable(opened.read(entry))
    return files, left_out


def readable(content: bytes) -> str | InBase64:
    """Return text as it is, and everything else in base64."""
    try:
        if b"\0" not in content:
            return content.decode()
    except UnicodeDecodeError:
        pass
    return InBase64(base64=base64.b64encode(content).decode())


def download_code(api: Api, task_id: str, version: str) -> Response:
    """Send a version as a zip."""
    task = known_task(api, task_id)
    shown = chosen(task, numbered(api, task), version)
    return read_versions.zipped(task.project, shown.commit)


def delete_code(api: Api, code_id: str) -> CodeHidden:
    """Hide a version: <task id>-<version>, as the answers of upload_code and get_code say it."""
    task_id, _, version = code_id.partition("-")
    task = known_task(api, task_id)
    shown = chosen(task, numbered(api, task), version)
    found = hidden(api, task.project, shown.commit)
    about = written(api, task.key, found.message_id, found.message_url)
    return CodeHidden(**about, commit=shown.commit, message=found.message)
