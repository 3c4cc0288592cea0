"""From the bytes of an artifact to an entry of the ledger; whatever does not agree with itself is refused."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from action.archives import UnreadableArchive, opened, read_file
from action.ledger.artifacts import Artifact, RecordName
from action.ledger.layout import SCREENSHOTS
from action.ledger.message import Message
from action.ledger.parts import OpaqueId
from action.pictures import LARGEST_PICTURE, is_webp
from action.record import BuildRecord, Run

LARGEST_RECORD = 5_000_000
LARGEST_MESSAGE = 200_000
MOST_ENTRIES = 20
OPAQUE_ID = TypeAdapter(OpaqueId)


class BadArtifact(Exception):
    """Why an artifact is not collected, in a sentence that is the same whenever it is looked at."""


@dataclass(frozen=True)
class FoundRecord:
    """A record, its run, and the pictures that came with it."""

    record: BuildRecord
    run: Run
    pictures: Mapping[str, bytes]


@dataclass(frozen=True)
class FoundMessage:
    """A message."""

    message: Message


Found = FoundRecord | FoundMessage


def unpack(artifact: Artifact, body: bytes, repository: str) -> Found:
    """Return what an artifact of a run of `repository` holds. Raises BadArtifact."""
    try:
        with opened(body, MOST_ENTRIES) as archive:
            if isinstance(artifact.name, RecordName):
                return record_in(archive, artifact, artifact.name, repository)
            return message_in(archive, artifact)
    except UnreadableArchive as error:
        raise BadArtifact(str(error)) from None


def record_in(archive: zipfile.ZipFile, artifact: Artifact, name: RecordName, repository: str) -> FoundRecord:
    """Return the record when it is about the build, run and attempt that its artifact says. Raises BadArtifact."""
    try:
        record = BuildRecord.model_validate_json(read_file(archive, "record.json", LARGEST_RECORD))
        OPAQUE_ID.validate_python(record.task_key)
    except ValidationError as error:
        raise BadArtifact(f"its record.json is no record: {places(error)}") from None
    run = record.run
    if record.build_id != name.build_id or run is None or run.run_id != artifact.run_id:
        raise BadArtifact("its record is about another build or run")
    if run.repository.lower() != repository.lower():
        raise BadArtifact("its record is of another repository")
    if name.is_live and not record.checked_attempt:  # written before records said it themselves
        record.checked_attempt = name.attempt
    # A live check that was run again by itself looks at what an earlier attempt published.
    attempt = record.checked_attempt if name.is_live else run.attempt
    if attempt != name.attempt or run.attempt > name.attempt:
        raise BadArtifact("its record is about another attempt")
    pictures = {picture: read_file(archive, picture, LARGEST_PICTURE) for picture in record.screenshots if name.is_live}
    if not pictures.keys() <= set(SCREENSHOTS) or not all(map(is_webp, pictures.values())):
        raise BadArtifact("its screenshots are not what its record says")
    return FoundRecord(record, run, pictures)


def message_in(archive: zipfile.ZipFile, artifact: Artifact) -> FoundMessage:
    """Return the message when it has the id that its artifact says. Raises BadArtifact."""
    try:
        message = Message.model_validate_json(read_file(archive, "message.json", LARGEST_MESSAGE))
    except ValidationError as error:
        raise BadArtifact(f"its message.json is no message: {places(error)}") from None
    if artifact.title != f"message-{message.id}" or (message.run and message.run.run_id != artifact.run_id):
        raise BadArtifact("its message has another id or is of another run")
    return FoundMessage(message)


def places(error: ValidationError) -> str:
    """Return where a document is wrong, without quoting it."""
    found = dict.fromkeys(".".join(map(str, each["loc"])) or each["type"] for each in error.errors())
    return ", ".join(list(found)[:5])[:200]
