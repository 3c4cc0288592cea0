"""POST /feedback: keep what somebody says about a page, and ask for a revision or an earlier version of it."""

from datetime import UTC, datetime

from flask import Blueprint, Response, g, url_for
from pydantic import Field

from api.context import Api, this_api
from api.ids import new_id
from api.message_replies import FeedbackAccepted
from api.project_request import ProjectRequest, existing_ref, existing_task, invalid_field, read_request
from receiver.models import as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task.feedback import Feedback, Opinion

blueprint = Blueprint("feedback", __name__)


class FeedbackRequest(ProjectRequest, Opinion):
    """What is said about which project."""

    nonce: str = Field(
        default="", max_length=200, description="the same project, role and nonce are the same message, sent again"
    )


@blueprint.post("/feedback")
@Operation(
    "Say something about a page, in public",
    {202: Answer("GitHub has it. The text is public.", (FeedbackAccepted,), headers=("Location",))},
    (404, *BODY),
    takes=FeedbackRequest,
    security=KEY,
)
def feedback() -> Response:
    """Authenticate, validate, look the project and the version up, dispatch."""
    api = this_api()
    asked, name = read_request(api, FeedbackRequest, "talk")
    if api.door.config.secret.casefold() in asked.text.casefold():  # whatever is said here is public
        raise invalid_field("text", "holds the shared secret, and feedback is public; leave it out")
    task_key = existing_task(api, name)
    existing_ref(api, name, asked.restore or None)
    g.message_id = message_id(api, name, asked)
    opinion = asked.model_dump(include=set(Opinion.model_fields))
    api.messages.dispatch(
        Feedback(message_id=g.message_id, project=name, at=datetime.now(UTC).replace(microsecond=0), **opinion)
    )
    where = url_for("message_by_id.message", message_id=g.message_id, _external=True)
    page = api.door.config.dashboard_page(task_key) if task_key else None
    about = {"message_id": g.message_id, "project": name, "task_key": task_key or None}
    reply = FeedbackAccepted(**about, dashboard_url=page, message_url=where)
    return as_json(reply, status=202, headers={"Location": where})


def message_id(api: Api, project: str, asked: FeedbackRequest) -> str:
    """Return the id of a message: always the same for the same nonce, else a new one."""
    return api.door.keys.name("feedback", project, asked.role, asked.nonce) if asked.nonce else new_id()
