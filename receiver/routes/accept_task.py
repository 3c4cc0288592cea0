"""POST /ready: take a task, seal it, and answer 200 when GitHub has it."""

from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, Response, g, request, url_for

from receiver.auth import needs_callback, require_email, require_sender, with_right
from receiver.body import read_as, read_object, turn_of
from receiver.context import Receiver, this_receiver
from receiver.errors import INVALID_TASK
from receiver.models import Accepted, as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task import BuildRequest, Payload, SentTask, Task
from receiver.task.payload import fits_inline, stored_message

PATHS = ("/ready", "/", "/task", "/api-endpoint")  # senders do not agree on one
MOST_REASONS = 20
NOBODY_WAITS = "GitHub has accepted the task; nobody is called back, because it has no evaluation_url."
DRY_RUN = (
    "GitHub has accepted the task for a dry run: the page is written and checked, nothing is published, and nobody is"
    " called back. What came of it is at status_url."
)

blueprint = Blueprint("accept_task", __name__)


@blueprint.post("/")
@blueprint.post("/task")
@blueprint.post("/api-endpoint")
@blueprint.post("/ready")
@Operation("Send a task", {200: Answer("GitHub has the task.", (Accepted,))}, BODY, takes=SentTask, security=({}, *KEY))
def send_task() -> Response:
    """Authenticate, validate, seal, dispatch, answer: in this order. What is woken besides, nobody waits for."""
    receiver = this_receiver()
    with turn_of(request):
        build, sealed = read_and_seal(receiver, datetime.now(UTC))
    receiver.runner.dispatch(payload_of(build, sealed, receiver))
    receiver.schedules.wake()
    status_url = url_for("build_status.build_status", build_id=build.build_id, _external=True)
    about = {"build_id": build.build_id, "task_key": build.task_key, "round": build.task.round}
    dashboard_url = receiver.config.dashboard_page(build.task_key)
    reply = Accepted(**about, dashboard_url=dashboard_url, status_url=status_url)
    if build.dry_run:
        reply.message = DRY_RUN
    elif not build.task.evaluation_url:
        reply.message = NOBODY_WAITS
    return as_json(reply)


def read_and_seal(receiver: Receiver, received_at: datetime) -> tuple[BuildRequest, bytes]:
    """Return the build and its envelope. Only the envelope keeps the attachments: they may be large."""
    body = read_object(request, receiver.config.max_request_bytes)
    secret = body.get("secret")
    key = require_sender(secret)
    is_dry = body.get("dry_run") is True
    read = partial(Task.from_sender, needs_callback=not is_dry and needs_callback(key, secret))
    task = read_as(read, body, INVALID_TASK, MOST_REASONS)
    require_email(key, task.email)
    if task.dry_run:
        with_right(key, "start")
    build = BuildRequest.accept(task, receiver.keys, received_at, key.name)
    g.build_id, g.task_key = build.build_id, build.task_key
    return build.without_attachments(), build.seal(receiver.keys)


def payload_of(build: BuildRequest, sealed: bytes, receiver: Receiver) -> Payload:
    """Return what is dispatched; an envelope that does not fit in it is stored first."""
    if fits_inline(sealed):
        return build.payload(sealed)
    told = lambda stored: stored_message(build.payload(sealed, stored))  # noqa: E731
    return build.payload(sealed, receiver.runner.store(build.build_id, sealed, told))
