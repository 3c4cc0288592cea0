"""POST /file/read: one file of a project, as GitHub has it."""

import base64
import re

from flask import Blueprint, Response
from pydantic import Field

from api.context import this_api
from api.errors import NO_SUCH_PROJECT
from api.project_replies import FileContent
from api.project_request import ProjectRequest, read_request
from api.projects import LARGEST_FILE, File, Folder, Other
from receiver.models import as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task.execution import Inside, Ref

LARGEST_MB = LARGEST_FILE // (1024 * 1024)
KINDS = {"symlink": "a link that leads to no file of the repository", "submodule": "another repository (a submodule)"}

SHORT_ID = re.compile(r"[0-9a-f]{7,39}")  # GitHub promises a file at a name or a whole id only

blueprint = Blueprint("read_file", __name__)


class FileRequest(ProjectRequest):
    """Which file of which project."""

    file_path: Inside = Field(description="a file or a folder; nothing, . and / are the root")
    working_dir: Inside = Field(default="", description="the folder that file_path begins in; else the root")
    ref: Ref | None = Field(
        default=None, description="a branch, a tag or a commit id (7 digits or more); else the newest commit"
    )


@blueprint.post("/file/read")
@Operation(
    "Read a file of a project",
    {200: Answer("The file, or exists: false and why.", (FileContent,))},
    BODY,
    takes=FileRequest,
    security=KEY,
)
def read_file() -> Response:
    """Authenticate, validate, look the project up, read."""
    api = this_api()
    asked, name = read_request(api, FileRequest, "read")
    path = "/".join(part for part in (asked.working_dir, asked.file_path) if part)
    answer = FileContent(project=name, file_path=path, ref=asked.ref, exists=False)
    if not api.projects.is_project(name):
        return as_json(answer.model_copy(update={"error": NO_SUCH_PROJECT.message.format(name=name)}))
    ref = asked.ref
    if ref and SHORT_ID.fullmatch(ref):
        ref = api.projects.commit(name, ref)
        if ref is None:
            return as_json(
                answer.model_copy(update={"error": f"No commit, or more than one, begins with {asked.ref}."})
            )
    found = api.projects.read(name, path, ref)
    return as_json(answer.model_copy(update=described(found, asked)))


def described(found: File | Folder | Other | None, asked: FileRequest) -> dict[str, object]:
    """Return what a reply says about what was found."""
    match found:
        case File():
            return {"exists": True, "sha": found.sha, "size": found.size, **content_of(found)}
        case Folder():
            return {"exists": True, "entries": found.entries, "error": "This is a folder; entries lists what is in it."}
        case Other():
            return {"exists": True, "sha": found.sha, "error": f"This is {KINDS.get(found.what, found.what)}."}
    where = f"at {asked.ref}" if asked.ref else "in the newest commit"
    return {"error": f"There is no file of this name {where}, or no such ref."}


def content_of(file: File) -> dict[str, object]:
    """Return the content as text, when it is text, else in base64."""
    if file.content is None:
        return {"error": f"The file is larger than the {LARGEST_MB} MB that are read here; clone the repository."}
    try:
        if b"\0" not in file.content:
            return {"content": file.content.decode(), "encoding": "utf-8"}
    except UnicodeDecodeError:
        pass
    return {"content": base64.b64encode(file.content).decode(), "encoding": "base64"}
