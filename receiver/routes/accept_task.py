"""POST /ready: take a task, seal it, and answer 200 when GitHub has it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from receiver.auth import needs_callback, require_email, require_sender, with_right
from receiver.body import read_as, read_object, refused_fields, turn_of
from receiver.context import Receiver, this_receiver
from receiver.errors import INVALID_TASK, FieldReason
from receiver.models import Accepted, Build, as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task import BuildRequest, Payload, SentTask, Task
from receiver.task.addresses import never_called
from receiver.task.payload import fits_inline, stored_message

PATHS = ("/ready", "/", "/task", "/api-endpoint", "/handle_task", "/api/task", "/api/build")  # senders do not agree
MOST_REASONS = 20
SECONDS_FOR_LOOKING = 1.0  # beyond what the dispatch takes
CLOCK_SKEW = timedelta(seconds=30)
MOST_NAMED, LONGEST_NAMED = 10, 60
OURS = frozenset({"secret", "echo"})  # echo: a field of ours, which nobody can send
RECEIVED = "The task was received, GitHub has accepted it and is processing it; the callback follows."
NOBODY = "The task was received and accepted, GitHub is processing it; nobody is called back without an evaluation_url."
AGAIN = (
    "An earlier request had the same email, task, round and nonce. What it published stays as it is, nothing is built"
    " again, and its callback is sent again."
)
OTHER_WORDS = " The words of this request differ, and are ignored: send another nonce to have them built."
ANY_WORDS = " If this request has other words, they are ignored: send another nonce to have them built."
TRIED_AGAIN = "An earlier request had the same email, task, round and nonce, and its build failed: it is tried again."
DRY = (
    "The task was received for a dry run: the page is written and checked, nothing is published, and nobody is called."
    " What came of it is at status_url."
)

blueprint = Blueprint("accept_task", __name__)


@Operation("Send a task", {200: Answer("GitHub has the task.", (Accepted,))}, BODY, takes=SentTask, security=({}, *KEY))
def send_task() -> Response:
    """Authenticate, validate, seal, dispatch, answer: in this order. What is woken besides, nobody waits for."""
    receiver = this_receiver()
    with turn_of(request):
        build, sealed, words, notes = read_and_seal(receiver, datetime.now(UTC))
    earlier = EarlierRuns(receiver, build)
    receiver.runner.dispatch(payload_of(build, sealed, receiver))
    known = known_as(receiver.accepted.words_of(build.build_id), words, earlier.known_by_now())
    receiver.accepted.remember(build.build_id, words)
    receiver.schedules.wake()
    accepted = Accepted(
        build_id=build.build_id,
        task_key=build.task_key,
        task=build.task.task,
        round=build.task.round,
        dashboard_url=receiver.config.dashboard_page(build.task_key),
        status_url=url_for("build_status.build_status", build_id=build.build_id, _external=True),
        message=message_of(build),
        notes=(*known, *notes),
    )
    return as_json(accepted)


for path in PATHS:
    blueprint.post(path)(send_task)


def message_of(build: BuildRequest) -> str:
    """Say what happens now, and whether somebody is called."""
    return DRY if build.dry_run else RECEIVED if build.task.evaluation_url else NOBODY


def read_and_seal(receiver: Receiver, received_at: datetime) -> tuple[BuildRequest, bytes, bytes, list[str]]:
    """Return the build, its envelope, a digest of its words, and what the sender is told besides.

    Only the envelope keeps the attachments: they may be large.
    """
    body = read_object(request, receiver.config.max_request_bytes)
    secret = body.get("secret")
    key = require_sender(secret)
    is_dry = body.get("dry_run") is True
    read = partial(Task.from_sender, needs_callback=not is_dry and needs_callback(key, secret))
    task = read_as(read, body, INVALID_TASK, MOST_REASONS)
    require_email(key, task.email)
    if task.dry_run:
        with_right(key, "start")
    if reason := task.evaluation_url and never_called(task.evaluation_url, receiver.config.allowed_hosts):
        raise refused_fields(INVALID_TASK, [FieldReason(field="evaluation_url", reason=reason)])
    build = BuildRequest.accept(task, receiver.keys, received_at, key.name)
    g.build_id, g.task_key = build.build_id, build.task_key
    notes = [*ignored_fields(body), *unreadable_attachments(task)]
    return build.without_attachments(), build.seal(receiver.keys), digest_of(task), notes


def ignored_fields(body: dict[str, Any]) -> Iterator[str]:
    """Name the fields that mean nothing here. Their names are a stranger's: they are quoted and cut."""
    unknown = [name for name in body if name not in SentTask.model_fields and name not in OURS]
    if unknown:
        named = ", ".join(json.dumps(name[:LONGEST_NAMED]) for name in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        yield f"These fields are not known and were ignored: {named}{more}."


def unreadable_attachments(task: Task) -> Iterator[str]:
    """Say which attachments came without bytes: the page is built without them."""
    broken = [(item.name, problem) for item in task.attachments if (problem := item.problem)]
    for name, problem in broken[:MOST_NAMED]:
        yield f"The attachment {json.dumps(name)} {problem}; the page is built without it, and says so."
    if len(broken) > MOST_NAMED:
        yield f"{len(broken) - MOST_NAMED} more attachments cannot be read."


def digest_of(task: Task) -> bytes:
    """Return what two requests with the same words have in common."""
    digest = hashlib.sha256(json.dumps([task.brief, *map(str, task.checks)]).encode())
    for item in task.attachments:
        digest.update(f"\0{item.name}\0".encode())
        digest.update(hashlib.sha256(item.url.encode()).digest())
    return digest.digest()


class EarlierRuns:
    """Looks for earlier runs of a build while it is sent on. Only a sentence depends on them, so nobody waits long."""

    def __init__(self, receiver: Receiver, build: BuildRequest) -> None:
        self._recent, self._build = receiver.recent_builds, build
        self._runs = self._recent.kept()
        self._thread = threading.Thread(target=self._look, daemon=True) if self._runs is None else None
        if self._thread:  # not for each task of a class that sends together: a thread takes its turn as a request does
            self._thread.start()

    def _look(self) -> None:
        with suppress(Exception):  # GitHub refuses, or whatever it is: the task itself is not concerned
            self._runs = self._recent.newest_first()

    def known_by_now(self) -> list[Build]:
        """Return what was found, newest first."""
        if self._thread:
            self._thread.join(SECONDS_FOR_LOOKING)
        before = self._build.received_at - CLOCK_SKEW  # not the run that begins just now
        build_id = self._build.build_id
        return [run for run in self._runs or [] if run.build_id == build_id and run.created_at < before]


def known_as(before: bytes | None, words: bytes, runs: list[Build]) -> list[str]:
    """Say that a build was asked for before, as far as GitHub's newest runs and this process know.

    `before` is the digest of the words that this process sent on for it.
    """
    if before is None and not runs:
        return []
    if runs and not runs[0].is_running and runs[0].conclusion != "success":
        return [TRIED_AGAIN]
    if before is None:
        return [AGAIN + ANY_WORDS]
    return [AGAIN + (OTHER_WORDS if before != words else "")]


def payload_of(build: BuildRequest, sealed: bytes, receiver: Receiver) -> Payload:
    """Return what is dispatched; an envelope that does not fit in it is stored first."""
    if fits_inline(sealed):
        return build.payload(sealed)
    told = lambda stored: stored_message(build.payload(sealed, stored))  # noqa: E731
    return build.payload(sealed, receiver.runner.store(build.build_id, sealed, told))
