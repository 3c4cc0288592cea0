"""POST /ready: take a task, seal it, and answer 200 when GitHub has it."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, request, url_for
from pydantic import ValidationError

from receiver.authentication import require_secret
from receiver.body import not_json, read_object, turn_of
from receiver.context import Receiver, this_receiver
from receiver.problems import Problem, ProblemReply
from receiver.reasons import as_reason
from receiver.replies import Accepted, as_json
from receiver.task import BuildRequest, Payload, Task
from receiver.task.payload import fits_inline

PATHS = ("/ready", "/", "/task", "/api-endpoint")  # senders do not agree on one
MOST_REASONS = 20

blueprint = Blueprint("accept_task", __name__)


@blueprint.post("/")
@blueprint.post("/task")
@blueprint.post("/api-endpoint")
@blueprint.post("/ready")
def accept_task() -> Response:
    """Authenticate, validate, seal, dispatch, answer: in this order, and nothing else."""
    receiver = this_receiver()
    with turn_of(request):
        build, sealed = read_and_seal(receiver, datetime.now(UTC))
    receiver.runner.dispatch(payload_of(build, sealed, receiver))
    status_url = url_for("build_status.build_status", build_id=build.build_id, _external=True)
    return as_json(Accepted(build_id=build.build_id, round=build.task.round, status_url=status_url))


def read_task(body: dict[str, Any]) -> Task:
    """Validate the body leniently. Raises Problem (422, or 400 when it is nested too deeply to be copied)."""
    try:
        return Task.from_sender(body)
    except ValidationError as error:
        raise invalid_task(error) from None
    except RecursionError:
        raise not_json("it is nested too deeply") from None


def read_and_seal(receiver: Receiver, received_at: datetime) -> tuple[BuildRequest, bytes]:
    """Return the build and its envelope. Only the envelope keeps the attachments: they may be large."""
    body = read_object(request, receiver.config.max_request_bytes)
    require_secret(body.get("secret"), receiver.config.secret)
    build = BuildRequest.accept(read_task(body), receiver.keys, received_at)
    g.build_id, g.task_key = build.build_id, build.task_key
    return build.without_attachments(), build.seal(receiver.keys)


def payload_of(build: BuildRequest, sealed: bytes, receiver: Receiver) -> Payload:
    """Return what is dispatched; an envelope that does not fit in it is stored first."""
    stored = None if fits_inline(sealed) else receiver.runner.store(build.build_id, sealed)
    return build.payload(sealed, stored)


def invalid_task(error: ValidationError) -> Problem:
    """422: say which fields are wrong and why, without repeating what they hold."""
    found = error.errors(include_url=False, include_input=False)
    details = [as_reason(entry) for entry in found[:MOST_REASONS]]
    names = ", ".join(dict.fromkeys(detail.field.split(".")[0] for detail in details))
    reply = ProblemReply(
        error="invalid-task",
        message=f"The task cannot be built as it was sent; look at: {names}.",
        cause="A field is missing or holds something that cannot be read as what it should be.",
        next_step="Correct the fields listed in details and send the task again.",
        details=details,
    )
    return Problem(422, reply)
