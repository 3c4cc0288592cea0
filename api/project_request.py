"""What all requests about a project have in common: the owner's key, a short body, and the project's name in it."""

from typing import Annotated, TypeVar

from flask import request
from pydantic import BaseModel, Field

from api.context import Api
from api.errors import INVALID_REQUEST, NO_SUCH_PROJECT, NO_SUCH_REF
from receiver.auth import Right, require, tells_a_key
from receiver.body import read_as, read_object, refused_fields
from receiver.errors import FieldReason, Problem
from receiver.task import project_name

LARGEST_BODY = 64 * 1024  # bytes


ProjectId = Annotated[str, Field(min_length=1, max_length=200, description="a repository's name, or owner/name")]


class ProjectRequest(BaseModel):
    """Something about a project."""

    project_id: ProjectId


Asked = TypeVar("Asked", bound=ProjectRequest)


def read_request(api: Api, model: type[Asked], right: Right) -> tuple[Asked, str]:
    """Authenticate and validate; return the body as `model`, and the project as "owner/name". Raises Problem."""
    require(right)
    asked = read_as(model.model_validate, read_object(request, LARGEST_BODY), INVALID_REQUEST)
    return asked, project_of(api, asked.project_id)


def project_of(api: Api, project_id: str) -> str:
    """Return a project as "owner/name". Raises Problem (422)."""
    config = api.door.config
    try:
        return project_name(project_id, config.owner, config.repository)
    except ValueError as error:
        raise invalid_field("project_id", str(error)) from None


def existing_commit(api: Api, name: str, ref: str | None) -> str:
    """Return the commit that is meant. Raises Problem (404), GitHubRefused."""
    existing_task(api, name)
    return existing_ref(api, name, ref)


def existing_task(api: Api, name: str) -> str:
    """Return the key of the task that a project belongs to, "" when it does not say. Raises Problem (404)."""
    task_key = api.projects.task_of(name)
    if task_key is None:
        raise Problem(NO_SUCH_PROJECT, name=name, exists=False)
    return task_key


def existing_ref(api: Api, name: str, ref: str | None) -> str:
    """Return the commit that is meant in a project. Raises Problem (404), GitHubRefused."""
    commit = api.projects.commit(name, ref)
    if commit is None:
        raise Problem(NO_SUCH_REF, name=name, ref=ref, exists=False)
    return commit


def invalid_field(field: str, reason: str) -> Problem:
    """Return what is said about one field that only we can judge."""
    return refused_fields(INVALID_REQUEST, [FieldReason(field=field, reason=reason)])


def refuse_secret(field: str, text: str) -> None:
    """Refuse what would publish the shared secret, or the key that came with it. Raises Problem (422)."""
    if tells_a_key(text):
        raise invalid_field(field, "holds the shared secret or your key, and this will be public; leave it out")
