"""POST /projects: the files of a public repository become a project, or the next version of one."""

from typing import Annotated

from flask import Blueprint, Response, g, request
from pydantic import AfterValidator, BaseModel, Field

from api.context import this_api
from api.errors import INVALID_REQUEST
from api.ids import new_id
from api.project_request import LARGEST_BODY, invalid_field, project_of
from api.routes.jobs_by_id import job_url
from api.routes.versions import place_of_next
from api.uploads import MESSAGE_IS_PUBLIC, Message
from receiver.auth import require
from receiver.body import read_as, read_object
from receiver.models import BUILD_ID, as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task import Execution
from receiver.task.execution import JOB_ID, Keep, build_of_job, foreign_address
from receiver.task.file_names import LONGEST_PATH

blueprint = Blueprint("imports", __name__)


class ImportRequest(BaseModel):
    """A public repository of anybody."""

    git: Annotated[str, AfterValidator(foreign_address)] = Field(description="https://github.com/owner/name")
    name: str = Field(default="", max_length=LONGEST_PATH, description="of the project; else that of the repository")
    message: Message = Field(default="", description="public: the title of the commit")


class ImportAccepted(BaseModel):
    """GitHub has the address."""

    status: str = "accepted"
    job_id: str = Field(pattern=JOB_ID)
    job_url: str = Field(description="how the import is doing; ask with X-API-KEY")
    build_id: str = Field(pattern=BUILD_ID, description="publishes the files once they are here")
    task_key: str = Field(pattern=BUILD_ID)
    project: str = Field(description="owner/name")


@blueprint.post("/projects")
@Operation(
    "Import a public repository",
    {202: Answer("GitHub has its address.", (ImportAccepted,), headers=("Location",))},
    (404, *BODY),
    takes=ImportRequest,
    security=KEY,
)
def import_repository() -> Response:
    """Authenticate, validate, look the project up, dispatch. A job without secrets fetches the files."""
    api = this_api()
    require("upload")
    asked = read_as(ImportRequest.model_validate, read_object(request, LARGEST_BODY), INVALID_REQUEST)
    secret = api.door.config.secret.casefold()
    if secret in asked.message.casefold():
        raise invalid_field("message", MESSAGE_IS_PUBLIC)
    if secret in asked.git.casefold():
        raise invalid_field("git", "holds the shared secret, and an address is public")
    name = project_of(api, asked.name or asked.git.rstrip("/").rpartition("/")[2].removesuffix(".git"))
    task_key, number = place_of_next(name, api.projects.place(name))
    g.job_id = new_id()
    keep = Keep(task_key=task_key, round=number, message=asked.message, git=asked.git)
    api.jobs.dispatch(Execution(job_id=g.job_id, project=name, command=f"git clone {asked.git}", keep=keep))
    where = job_url(g.job_id)
    reply = ImportAccepted(
        job_id=g.job_id, job_url=where, build_id=build_of_job(g.job_id), task_key=task_key, project=name
    )
    return as_json(reply, status=202, headers={"Location": where})
