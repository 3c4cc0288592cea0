"""From the event that started the run to the request inside its envelope, and what anybody may read of it."""

import base64
import binascii
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from action.console import Console
from action.errors import SEND_AGAIN, UnreadableRequest
from action.gates.private_values import confidential, private_values, public_text
from action.github.naming import slug
from action.record import Subject
from action.site.description import description_of
from receiver.task import BuildRequest, CannotOpenEnvelope, Keys, Payload, SentTask, StoredEnvelope
from receiver.task.feedback import SealedLog
from receiver.task.payload import digest


class BlobStore(Protocol):
    """Where an envelope lies that was too big for the event."""

    def read(self, blob: str) -> bytes:
        """Return the bytes of a git blob of the runner repository. Raises UnreadableRequest."""
        ...


def read_payload(event: dict[str, Any]) -> Payload:
    """Return the payload of a repository_dispatch, a workflow_dispatch or a calling workflow."""
    try:
        return Payload.model_validate(payload_in(event))
    except (ValueError, TypeError):  # pydantic's ValidationError is a ValueError, and would quote the payload
        raise UnreadableRequest(
            "The event that started this run carries no build.",
            "it was started by hand without a payload, or by a receiver of another version.",
            SEND_AGAIN,
        ) from None


def payload_in(event: dict[str, Any]) -> Any:
    """Return what an event carries, sent as JSON or typed in as text. Raises ValueError."""
    raw: Any = event.get("client_payload")
    if raw is None:
        raw = (event.get("inputs") or {}).get("payload")
    return json.loads(raw) if isinstance(raw, str) else raw


def open_request(payload: Payload, secret: str, blobs: BlobStore) -> BuildRequest:
    """Return the request inside a payload, which must be about the same build as the payload."""
    try:
        request = BuildRequest.unseal(sealed_bytes(payload, blobs), secret)
    except CannotOpenEnvelope as error:
        raise other_secret(f"The envelope of build {payload.build_id} cannot be opened: {error}.") from None
    except ValidationError:
        raise UnreadableRequest(
            f"The envelope of build {payload.build_id} holds no request of this version.",
            "the receiver runs another version of Pagewright than this repository.",
            "Deploy the receiver from the same commit, then send the task again.",
        ) from None
    if not agree(payload, request):
        raise UnreadableRequest(
            f"The envelope belongs to another build than the payload says ({payload.build_id}).",
            "someone who may start workflows here put a known envelope into another payload.",
            "Look who started this run; if that was you by hand, use the payload as the receiver sent it.",
        )
    return request


def other_secret(what: str) -> UnreadableRequest:
    """Return the error for something sealed that cannot be opened."""
    return UnreadableRequest(
        what,
        "the receiver and the runner repository have different values for STUDENT_SECRET.",
        "Set the same STUDENT_SECRET in both places (here: Settings, Secrets and variables, Actions).",
    )


def agree(payload: Payload, request: BuildRequest) -> bool:
    """Whether the public ids are those inside the envelope: only the holder of the secret can have written them."""
    return (payload.build_id, payload.task_key, payload.round, payload.received_at) == (
        request.build_id,
        request.task_key,
        request.task.round,
        request.received_at,
    )


def sealed_bytes(payload: Payload | SealedLog, blobs: BlobStore) -> bytes:
    """Return the envelope, inline or stored; a stored one must have its digest."""
    if payload.envelope is not None:
        try:
            return base64.b64decode(payload.envelope, validate=True)
        except binascii.Error:
            raise CannotOpenEnvelope("it is not base64") from None
    stored: StoredEnvelope = payload.stored  # type: ignore[assignment]  # both models require one of the two
    sealed = blobs.read(stored.blob)
    if digest(sealed) != stored.sha256:
        raise CannotOpenEnvelope("the stored bytes are not those that the receiver stored")
    return sealed


def read_task_file(path: Path, *, secret: str, repository: str, received_at: datetime | None = None) -> BuildRequest:
    """Return the request that a plain JSON task asks for: for workflows that have no receiver in front of them."""
    try:
        task = SentTask.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        fields = (
            [".".join(map(str, entry["loc"])) for entry in error.errors()] if isinstance(error, ValidationError) else []
        )
        raise UnreadableRequest(
            f"The task file {path.name} cannot be used{': see ' + ', '.join(fields) if fields else ''}.",
            "it does not exist, is not JSON, or lacks a field.",
            "It needs email, task, round, nonce and brief, as in the request to the receiver.",
        ) from None
    return BuildRequest.accept(task, Keys.for_repository(secret, repository), received_at or datetime.now(UTC))


def hide(request: BuildRequest, secret: str, console: Console) -> None:
    """Mask what nobody may read in a log, before anything else is printed."""
    task = request.task
    echoed = [str(task.echo.get(name, "")) for name in ("email", "nonce")]
    console.mask(secret, task.email, task.nonce, task.evaluation_url, *echoed)


DIGITS_OF_RECIPIENT = 12


def subject_of(request: BuildRequest, secret: str, repository: str) -> Subject:
    """Return the subject of a build. `repository` is the runner repository, whose keys make the ids."""
    task = request.task
    keys = Keys.for_repository(secret, repository)
    return Subject(
        task=slug(task.task),
        recipient=recipient_of(task.email, keys),
        title=description_of(task.brief, task.task, private_values(request, secret)),
    )


def brief_of(request: BuildRequest, secret: str) -> str:
    """Return the brief in full. A page may show its sender's address on purpose; a ledger never collects it."""
    return public_text(request.task.brief, [*confidential(request), secret])


def checks_of(request: BuildRequest, secret: str) -> list[str]:
    """Return the checks as they were sent, one text for each, however it was written."""
    private = [*confidential(request), secret]
    return [public_text(str(check), private) for check in request.task.checks]


def recipient_of(email: str, keys: Keys) -> str:
    """Return what stands for an email address; nothing for a build that has none, as a revision."""
    return "" if not email else keys.name("recipient", email.strip().casefold())[:DIGITS_OF_RECIPIENT]
