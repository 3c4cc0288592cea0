"""POST /feedback: keep what somebody says about a page, and ask for a revision or an earlier version of it."""

from datetime import UTC, datetime

from flask import Blueprint, Response, g, request, url_for
from pydantic import Field

from receiver.authentication import require_key
from receiver.context import Receiver, this_receiver
from receiver.job_ids import new_job_id
from receiver.message_replies import FeedbackAccepted
from receiver.problems import FieldReason
from receiver.replies import as_json
from receiver.routes.asked import invalid_request, read_as
from receiver.routes.execute import ProjectId, existing_commit, named_project
from receiver.task.feedback import Feedback, Opinion

blueprint = Blueprint("feedback", __name__)


class FeedbackRequest(Opinion):
    """What is said about which project."""

    project_id: ProjectId
    nonce: str = Field(
        default="", max_length=200, description="the same project, role and nonce are the same message, sent again"
    )


@blueprint.post("/feedback")
def feedback() -> Response:
    """Authenticate, validate, look the project and the version up, dispatch."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    asked = read_as(FeedbackRequest, request)
    name = named_project(receiver, asked.project_id)
    refuse_the_secret(asked, receiver)
    existing_commit(receiver, name, asked.restore or None)
    g.message_id = message_id(receiver, name, asked)
    opinion = asked.model_dump(include=set(Opinion.model_fields))
    receiver.messages.dispatch(
        Feedback(message_id=g.message_id, project=name, at=datetime.now(UTC).replace(microsecond=0), **opinion)
    )
    where = url_for("message_by_id.message", message_id=g.message_id, _external=True)
    reply = FeedbackAccepted(message_id=g.message_id, project=name, message_url=where)
    return as_json(reply, status=202, headers={"Location": where})


def message_id(receiver: Receiver, project: str, asked: FeedbackRequest) -> str:
    """Return the id of a message: always the same for the same nonce, else a new one."""
    return receiver.keys.name("feedback", project, asked.role, asked.nonce) if asked.nonce else new_job_id()


def refuse_the_secret(asked: FeedbackRequest, receiver: Receiver) -> None:
    """Raise Problem (422) when the text holds the shared secret: whatever is said here is public."""
    if receiver.config.secret.casefold() in asked.text.casefold():
        reason = "holds the shared secret, and feedback is public; leave it out"
        raise invalid_request([FieldReason(field="text", reason=reason)])
