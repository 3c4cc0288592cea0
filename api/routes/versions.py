"""POST /projects/<project>/versions: publish files that somebody brings, as the next version of a project."""

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel, Field

from api.context import Api, this_api
from api.errors import NOT_A_PROJECT, NOT_THE_TIP
from api.project_request import invalid_field, project_of, refuse_secret
from api.projects import Place
from api.uploads import FORM, ZIP, Brought, UploadRequest, read_upload, turn_to_unpack
from receiver.auth import require, told_keys
from receiver.errors import Problem
from receiver.models import BUILD_ID, as_json
from receiver.openapi import BODY, FILES_IN_FORM, FILES_IN_ZIP, KEY, Answer, Operation
from receiver.routes.accept_task import payload_of
from receiver.task import BuildRequest
from receiver.task.project import key_of_brought, task_of
from receiver.task.upload import Upload

blueprint = Blueprint("versions", __name__)


class VersionAccepted(BaseModel):
    """GitHub has the files."""

    status: str = "accepted"
    build_id: str = Field(pattern=BUILD_ID, description="the same for the same files and nonce")
    task_key: str = Field(pattern=BUILD_ID)
    project: str = Field(description="owner/name")
    is_new: bool = Field(description="there is no such project yet, so it is made")
    status_url: str = Field(description="where the owner, with X-API-KEY, sees how the build is doing")
    message: str = "GitHub has the files; they are published as they are unless a gate refuses them."


@blueprint.post("/projects/<path:project_id>/versions")
@Operation(
    "Bring files: the next version of a project",
    {202: Answer("GitHub has them.", (VersionAccepted,), headers=("Location",))},
    (404, 409, *BODY),
    takes=UploadRequest,
    also_takes={FORM: FILES_IN_FORM, ZIP: FILES_IN_ZIP},
    security=KEY,
)
def bring_files(project_id: str) -> Response:
    """Authenticate, look the project up, validate, seal, dispatch."""
    api = this_api()
    require("upload")
    name = project_of(api, project_id)
    place = api.projects.place(name)  # GitHub may be slow, so not while others wait for their turn
    with turn_to_unpack(request):
        brought = read_upload(request, api.door.config.max_request_bytes)
        require_public(brought)
        build = build_of(api, name, brought, place)
        sealed = build.seal(api.door.keys)
    del brought
    return accepted(api, name, build, sealed, place)


def accepted(api: Api, name: str, build: BuildRequest, sealed: bytes, place: Place) -> Response:
    """Dispatch a build, and answer what it is."""
    reply = dispatched(api, name, build, sealed, place)
    return as_json(reply, status=202, headers={"Location": reply.status_url})


def dispatched(api: Api, name: str, build: BuildRequest, sealed: bytes, place: Place) -> VersionAccepted:
    """Dispatch a build, and say what it is. Raises GitHubRefused."""
    g.build_id, g.task_key = build.build_id, build.task_key
    receiver = api.door
    receiver.runner.dispatch(payload_of(build, sealed, receiver))
    receiver.schedules.wake()
    where = url_for("build_status.build_status", build_id=build.build_id, _external=True)
    return VersionAccepted(
        build_id=build.build_id, task_key=build.task_key, project=name, is_new=not place.exists, status_url=where
    )


def build_of(api: Api, name: str, brought: Brought, place: Place, new_key: str = "") -> BuildRequest:
    """Return the build that publishes the files; a new project gets `new_key`. Raises Problem (404, 409)."""
    about = brought.about
    task_key, number = place_of_next(name, place)
    if new_key and not place.exists:
        task_key = new_key
    if about.base and about.base != place.tip:
        raise Problem(NOT_THE_TIP, base=about.base[:10], tip=(place.tip or "none")[:10])
    upload = Upload.of(brought.files, about.role, remove=about.remove, replace=about.replace, base=about.base)
    keys = api.door.keys
    return BuildRequest.bring(
        upload,
        keys,
        project=name.partition("/")[2],
        task_key=task_key,
        round_number=number,
        message=about.message,
        build_id=keys.name("build of files", name.lower(), upload.digest(), about.nonce),
    )


def place_of_next(name: str, place: Place) -> tuple[str, int]:
    """Return the task and the round that the next version of a project belongs to. Raises Problem."""
    short, task_key, number = name.partition("/")[2].lower(), place.note.get("task_key"), place.note.get("round")
    if not place.exists:
        if short.startswith((".", "-")) or short.endswith(".github.io"):
            raise invalid_field("project_id", "has a meaning of its own for GitHub; choose another name")
        return key_of_brought(name), 1
    if not isinstance(task_key, str) or not task_of(name, task_key):
        raise Problem(NOT_A_PROJECT, name=name)
    return task_key, number if isinstance(number, int) and 1 <= number <= 1000 else 1


def require_public(brought: Brought) -> None:
    """Raise Problem when the shared secret, or the key that came with it, is in what is about to become public."""
    refuse_secret("message", brought.about.message)
    for path, body in brought.files.items():
        if any(key in body or key in path.encode() for key in told_keys()):
            raise invalid_field("files", "hold the shared secret or your key, and this will be public; remove it")
