"""DELETE /projects/<id>/versions/<sha>: lists leave a version out from then on. Nothing is deleted: git keeps it."""

from flask import Blueprint, Response
from pydantic import BaseModel, Field

from api.context import Api
from api.routes.feedback import FeedbackRequest, say
from api.routes.read_versions import existing, project
from api.version_replies import COMMIT
from receiver.models import as_json
from receiver.openapi import KEY, Answer, Operation
from receiver.task.feedback import MESSAGE_ID

KEPT = (
    "Lists leave this version out once the message is collected. Nothing is deleted: the commit and its page on GitHub"
    " stay as they are; hidden=true lists it, and restore brings its files back."
)

blueprint = Blueprint("hide_version", __name__)


class VersionHidden(BaseModel):
    """GitHub has the message that hides it."""

    status: str = "accepted"
    project: str = Field(description="owner/name")
    sha: str = Field(pattern=COMMIT)
    message_id: str = Field(pattern=MESSAGE_ID)
    message_url: str = Field(description="what came of it; ask with X-API-KEY")
    message: str = KEPT


@blueprint.delete("/projects/<path:project_id>/versions/<sha>")
@Operation(
    "Hide a version",
    {202: Answer("GitHub has the message that hides it.", (VersionHidden,), headers=("Location",))},
    (401, 404, 422, 503),
    security=KEY,
)
def hide_version(project_id: str, sha: str) -> Response:
    """Authenticate, look the version up, dispatch."""
    api, name = project(project_id, "upload")
    reply = hidden(api, name, existing(api, name, sha))
    return as_json(reply, status=202, headers={"Location": reply.message_url})


def hidden(api: Api, name: str, sha: str) -> VersionHidden:
    """Say that lists shall leave a commit out: the same message however often. Raises Problem, GitHubRefused."""
    text = f"Lists leave version {sha[:7]} out."
    said = say(
        api, FeedbackRequest(project_id=name, kind="state", role="owner", text=text, hides=sha, nonce=f"hide {sha}")
    )
    return VersionHidden(project=name, sha=sha, message_id=said.message_id, message_url=said.message_url)
