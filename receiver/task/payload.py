"""What travels in the client payload of a dispatch, and what is inside its envelope."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from receiver.task.attachment import PIECE, Attachment
from receiver.task.envelope import Keys, open_envelope, seal_pieces
from receiver.task.request import Task
from receiver.task.upload import Upload

LARGE = 1024 * 1024  # characters of addresses, which data URIs are as well
TASK = '"task":{'  # ids and a time are all that stands before it
KEY_NAME = r"^([a-z0-9][a-z0-9._-]{0,39})?$"  # public, so no email address
INLINE_LIMIT = 60_000  # characters; GitHub takes "less than 64 KB" for the whole payload


class StoredEnvelope(BaseModel):
    """Where an envelope lies that does not fit in the payload: a git blob of the runner repository."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    blob: str = Field(pattern=r"^[0-9a-f]{40}$", description="git object id")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the envelope's bytes")


class Sealed(BaseModel):
    """An envelope: inline, or where it is stored."""

    envelope: str | None = Field(default=None, description="base64; unset when it is stored", repr=False)
    stored: StoredEnvelope | None = None

    @model_validator(mode="after")
    def has_one_envelope(self) -> Self:
        """Require the envelope in exactly one of the two places."""
        if (self.envelope is None) == (self.stored is None):
            raise ValueError("exactly one of envelope and stored must be set")
        return self


class Payload(Sealed):
    """The public part of a build: opaque ids and a sealed envelope. GitHub allows ten properties."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    build_id: str = Field(pattern=r"^[0-9a-f]{20}$")
    task_key: str = Field(pattern=r"^[0-9a-f]{20}$")
    round: int = Field(ge=1)
    received_at: datetime


class BuildRequest(BaseModel):
    """The content of the envelope: one build, as a sender or a message on the timeline asked for it.

    What a message asks for happens in `project`, the name of the repository: a `revision` changes its page, a `restore`
    (a commit of it) brings the files of an earlier version back. `revision` is the message's id in both cases.
    An `upload` brings files to `project`, which is made when there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    build_id: str
    task_key: str
    received_at: datetime
    task: Task
    project: str = ""
    revision: str = ""
    restore: str = ""
    sent_by: str = Field(default="", pattern=KEY_NAME, description="name of the sender's key; empty for STUDENT_SECRET")
    upload: Upload | None = None
    dry_run: bool = Field(default=False, description="all but publishing, and telling of it")

    @property
    def is_asked_for(self) -> bool:
        """Whether only what was asked for is of use: nobody waits for a commit that says that nothing changed."""
        return bool(self.revision or self.upload)

    @property
    def has_a_page_before(self) -> bool:
        """Whether this build changes what an earlier one published."""
        return self.task.round > 1 or bool(self.revision)

    @classmethod
    def accept(cls, task: Task, keys: Keys, now: datetime | None = None, sent_by: str = "") -> "BuildRequest":
        """Give a task its ids: the same email, task, round and nonce always give the same build id.

        A dry run has another one than the build that it tries.
        """
        return cls(
            build_id=keys.name("dry run" if task.dry_run else "build", task.email, task.task, task.round, task.nonce),
            task_key=keys.name("task", task.email, task.task),
            received_at=now or datetime.now(UTC),
            task=task,
            sent_by=sent_by,
            dry_run=task.dry_run,
        )

    @classmethod
    def bring(
        cls, upload: Upload, keys: Keys, *, project: str, task_key: str, round_number: int, message: str, build_id: str
    ) -> "BuildRequest":
        """Return the build that publishes what somebody brings to `project`, the name of a repository."""
        nonce = keys.name("upload", build_id)
        task = Task(task=project, round=round_number, nonce=nonce, brief=message or default_message(upload))
        now = datetime.now(UTC)
        return cls(build_id=build_id, task_key=task_key, received_at=now, task=task, project=project, upload=upload)

    def seal(self, keys: Keys) -> bytes:
        """Return the sealed envelope."""
        texts = [attachment.url for attachment in self.task.attachments]
        texts += [file.data for file in self.upload.files] if self.upload else []
        is_large = sum(map(len, texts)) > LARGE
        return seal_pieces(self.as_json(), keys, is_large=is_large)

    def without_attachments(self) -> "BuildRequest":
        """Return a copy that is small."""
        return self.model_copy(update={"task": self.task.model_copy(update={"attachments": ()})})

    def as_json(self) -> Iterator[bytes]:
        """Yield the JSON of this request piece by piece: its attachments and files may be large."""
        text = self.model_dump_json(exclude={"task": {"attachments"}, "upload": True})
        before, task, after = text.partition(TASK)
        yield f'{before}{task}"attachments":['.encode()
        for number, attachment in enumerate(self.task.attachments):
            yield b"," if number else b""
            yield from attachment_json(attachment)
        yield f"],{after[:-1]}".encode()
        if self.upload:
            yield b',"upload":'
            yield from self.upload.as_json()
        yield b"}"

    @classmethod
    def unseal(cls, sealed: bytes, secret: str) -> "BuildRequest":
        """Read a request back. Raises CannotOpenEnvelope."""
        return cls.model_validate_json(open_envelope(sealed, secret))

    def payload(self, sealed: bytes, stored: StoredEnvelope | None = None) -> Payload:
        """Return the client payload that carries, or points at, `sealed`."""
        return Payload(
            build_id=self.build_id,
            task_key=self.task_key,
            round=self.task.round,
            received_at=self.received_at,
            envelope=None if stored else base64.b64encode(sealed).decode(),
            stored=stored,
        )


def default_message(upload: Upload) -> str:
    """Return what stands for a message that was not given."""
    if not upload.files:
        return "Remove files"
    return f"Bring {upload.files[0].path}" if len(upload.files) == 1 else f"Bring {len(upload.files)} files"


def attachment_json(attachment: Attachment) -> Iterator[bytes]:
    """Yield the JSON of one attachment, whose address comes last."""
    yield attachment.model_dump_json(exclude={"url"})[:-1].encode() + b',"url":"'
    for start in range(0, len(attachment.url), PIECE):
        yield json.dumps(attachment.url[start : start + PIECE], ensure_ascii=False)[1:-1].encode()
    yield b'"}'


def fits_inline(sealed: bytes) -> bool:
    """Whether an envelope fits in the payload itself."""
    return len(sealed) * 4 / 3 + 4 <= INLINE_LIMIT


STORED = re.compile(r"Keep a sealed request(?:, sent again (\d))?\n\n(\{[^\n]{1,2000}\})\n?")


def stored_message(payload: Payload, again: int = 0) -> str:
    """Return the message of the commit that keeps an envelope; `again` counts how often it was dispatched later."""
    more = f", sent again {again}" if again else ""
    return f"Keep a sealed request{more}\n\n{payload.model_dump_json(exclude_none=True)}"


def read_stored_message(message: str) -> tuple[Payload, int] | None:
    """Return the payload and how often it was dispatched later; None for a message of somebody else."""
    match = STORED.fullmatch(message)
    try:
        return (Payload.model_validate_json(match[2]), int(match[1] or 0)) if match else None
    except ValueError:
        return None


def digest(sealed: bytes) -> str:
    """Return the SHA-256 of an envelope, in hex."""
    return hashlib.sha256(sealed).hexdigest()
