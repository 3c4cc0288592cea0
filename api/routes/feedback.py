"""POST /feedback and /messages: keep what somebody says about a page or a task, with a log, and what it asks for."""

import base64
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, request, url_for
from pydantic import Field, model_validator

from api.context import Api, this_api
from api.errors import INVALID_REQUEST
from api.ids import new_id
from api.message_replies import FeedbackAccepted
from api.project_request import LARGEST_BODY, ProjectId, existing_ref, existing_task, project_of, refuse_secret
from receiver.auth import require
from receiver.body import read_as, read_object, turn_of
from receiver.models import as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task import seal
from receiver.task.feedback import LARGEST_LOG, TASK_KEY, Feedback, LogName, LogText, Opinion, SealedLog

LARGEST = LARGEST_BODY + 3 * LARGEST_LOG  # bytes: signs that JSON writes as escapes are longer
USUAL_KINDS = {"/messages": "message"}  # of /feedback: feedback

blueprint = Blueprint("feedback", __name__)


class FeedbackRequest(Opinion):
    """What is said about which project, or about which task while it has none."""

    project_id: ProjectId | None = None
    task_key: str | None = Field(default=None, pattern=TASK_KEY, description="of a task that has no project yet")
    log: LogText | None = Field(
        default=None, description="public: what looks like a secret and email addresses are left out of it"
    )
    log_name: LogName = "log.txt"
    nonce: str = Field(
        default="", max_length=200, description="the same project, role and nonce are the same message, sent again"
    )

    @model_validator(mode="after")
    def is_about_one_thing(self) -> "FeedbackRequest":
        """Refuse what nobody could place."""
        if bool(self.project_id) == bool(self.task_key):
            raise ValueError("give project_id, or task_key for a task that has no project yet")
        if self.task_key and (self.revise or self.restore):
            raise ValueError("a task without a project has no page that could change; give project_id")
        if self.task_key and self.hides:
            raise ValueError("versions are commits of a project; give project_id")
        if self.kind == "result" and not (self.metrics or self.log):
            raise ValueError("a result needs metrics or a log")
        return self


@blueprint.post("/messages")
@blueprint.post("/feedback")
@Operation(
    "Say something about a page or a task, in public",
    {202: Answer("GitHub has it. The text is public.", (FeedbackAccepted,), headers=("Location",))},
    (404, *BODY),
    takes=FeedbackRequest,
    security=KEY,
)
def feedback() -> Response:
    """Authenticate, validate, look the project and the version up, keep the log, dispatch."""
    api = this_api()
    require("talk")
    with turn_of(request):
        body = with_kind(read_object(request, LARGEST), USUAL_KINDS.get(request.path, "feedback"))
        asked = read_as(FeedbackRequest.model_validate, body, INVALID_REQUEST)
    if asked.hides:
        require("upload")  # as DELETE of a version does
    reply = say(api, asked)
    return as_json(reply, status=202, headers={"Location": reply.message_url})


def say(api: Api, asked: FeedbackRequest) -> FeedbackAccepted:
    """Look the project and the version up, keep the log, dispatch. Raises Problem, GitHubRefused."""
    texts = {"title": asked.title, "text": asked.text, "log": asked.log or "", "log_name": asked.log_name}
    for field, text in texts.items():
        refuse_secret(field, text)
    name = project_of(api, asked.project_id) if asked.project_id else ""
    task_key = existing_task(api, name) if name else asked.task_key
    if name:
        existing_ref(api, name, asked.restore or asked.hides or None)
    g.message_id = message_id(api, name or asked.task_key or "", asked)
    said = Feedback(
        message_id=g.message_id,
        project=name,
        task_key=asked.task_key or "",
        at=datetime.now(UTC).replace(microsecond=0),
        **asked.model_dump(include=set(Opinion.model_fields)),
    )
    api.messages.dispatch(with_log(api, said, asked))
    where = url_for("message_by_id.message", message_id=g.message_id, _external=True)
    page = api.door.config.dashboard_page(task_key) if task_key else None
    about = {"message_id": g.message_id, "kind": asked.kind, "project": name or None, "task_key": task_key or None}
    return FeedbackAccepted(**about, dashboard_url=page, message_url=where)


def with_kind(body: dict[str, Any], usual: str) -> dict[str, Any]:
    """Return a body that says its kind: a state is one, and what asks for a build is feedback."""
    if body.get("kind") is not None:
        return body
    asks = body.get("revise") or body.get("restore")
    is_state = body.get("state") is not None or body.get("hides")
    return {**body, "kind": "state" if is_state else "feedback" if asks else usual}


def with_log(api: Api, said: Feedback, asked: FeedbackRequest) -> Feedback:
    """Return a message with its log, sealed; one that does not fit beside the text is stored. Raises GitHubRefused."""
    if asked.log is None:
        return said
    sealed = seal(f"{said.message_id}\n{asked.log}".encode(), api.door.keys)
    envelope = base64.b64encode(sealed).decode()
    if said.has_room_for(envelope):
        log = SealedLog(name=asked.log_name, envelope=envelope)
    else:
        log = SealedLog(
            name=asked.log_name, stored=api.door.runner.store(said.message_id, sealed, lambda _: "Keep a sealed log")
        )
    return said.model_copy(update={"log": log})


def message_id(api: Api, about: str, asked: FeedbackRequest) -> str:
    """Return the id of a message: always the same for the same nonce, else a new one."""
    return api.door.keys.name("feedback", about, asked.role, asked.nonce) if asked.nonce else new_id()
