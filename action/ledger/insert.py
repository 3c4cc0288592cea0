"""From the bytes of an artifact to an entry of the ledger, refused if it contradicts itself; and where it goes."""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from action.gates.private_values import public_log, public_text
from action.github.artifacts import Artifact, MessageName, Name, RecordName, ResultName
from action.ledger.layout import (
    LOG,
    SCREENSHOTS,
    build_folder,
    canonical,
    command_path,
    file_path,
    message_path,
    record_path,
    version_path,
)
from action.ledger.models import Command, KeptText, Message, Version
from action.ledger.tree import Tree
from action.record import BuildRecord, OpaqueId, Run
from action.site.pictures import LARGEST_PICTURE, is_webp
from receiver.task import ExecutionResult
from receiver.task.archives import UnreadableArchive, opened, read_file
from receiver.task.feedback import LARGEST_LOG

LARGEST_RECORD = 5_000_000
LARGEST_MESSAGE = 200_000
LARGEST_RESULT = 4_000_000
MOST_ENTRIES = 20
OPAQUE_ID = TypeAdapter(OpaqueId)


class BadArtifact(Exception):
    """Why an artifact is not collected, in a sentence that is the same whenever it is looked at."""


class UnknownProject(Exception):
    """The ledger has no build of the project in which a command ran."""


@dataclass(frozen=True)
class FoundRecord:
    """A record, its run, and the pictures that came with it."""

    record: BuildRecord
    run: Run
    pictures: Mapping[str, bytes]


@dataclass(frozen=True)
class FoundMessage:
    """A message, and the text of its log."""

    message: Message
    log: bytes = b""


@dataclass(frozen=True)
class FoundCommand:
    """A command, whose task only the ledger knows, and what it wrote."""

    result: ExecutionResult
    run: Run
    artifact: Artifact


Found = FoundRecord | FoundMessage | FoundCommand


def unpack(artifact: Artifact, body: bytes, repository: str) -> Found:
    """Return what an artifact of a run of `repository` holds. Raises BadArtifact."""
    try:
        with opened(body, MOST_ENTRIES) as archive:
            if isinstance(artifact.name, RecordName):
                return record_in(archive, artifact, artifact.name, repository)
            if isinstance(artifact.name, ResultName):
                return command_in(archive, artifact, artifact.name, repository)
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
    log = read_file(archive, LOG, LARGEST_LOG) if message.log else b""
    if message.log and (message.log.size, message.log.sha256) != (len(log), hashlib.sha256(log).hexdigest()):
        raise BadArtifact("its log is not the one that its message names")
    return FoundMessage(message, log)


def command_in(archive: zipfile.ZipFile, artifact: Artifact, name: ResultName, repository: str) -> FoundCommand:
    """Return the result of a command when it is about the job that its artifact says. Raises BadArtifact."""
    try:
        result = ExecutionResult.model_validate_json(read_file(archive, "result.json", LARGEST_RESULT))
    except ValidationError as error:
        raise BadArtifact(f"its result.json is no result: {places(error)}") from None
    if result.job_id != name.id or not result.run_url.endswith(f"/{repository}/actions/runs/{artifact.run_id}"):
        raise BadArtifact("its result is about another job or run")
    if result.at is None or not result.project:
        raise BadArtifact("its result is of an earlier version, and does not say when and where it ran")
    return FoundCommand(result, Run(repository=repository, run_id=artifact.run_id, url=result.run_url), artifact)


def places(error: ValidationError) -> str:
    """Return where a document is wrong, without quoting it."""
    found = dict.fromkeys(".".join(map(str, each["loc"])) or each["type"] for each in error.errors())
    return ", ".join(list(found)[:5])[:200]


def is_known(tree: Tree, name: Name, run_id: int) -> bool:
    """Whether what an artifact announces is in the ledger already, or something that was known later."""
    if isinstance(name, MessageName):
        return name.id in tree.messages
    if isinstance(name, ResultName):
        return name.id in tree.commands
    paths = tree.collected.get((name.build_id, run_id), [])
    if not name.is_live:
        return any(path.endswith(f"/{run_id}-{name.attempt}.json") for path in paths)
    records = tree.records(paths)  # a live check looks at what its own attempt published, or an earlier one
    return any(attempt_of(record) <= name.attempt <= record.checked_attempt for record in records)


def attempt_of(record: BuildRecord) -> int:
    """Return the attempt of the run that made a record."""
    return record.run.attempt if record.run else 0


def insert(tree: Tree, found: Found) -> str:
    """Put an entry where it belongs, unless what is there was known later; return the key of its task.

    Raises UnknownProject.
    """
    if isinstance(found, FoundRecord):
        insert_record(tree, found)
        return found.record.task_key
    if isinstance(found, FoundCommand):
        return insert_command(tree, found)
    insert_message(tree, found)
    return found.message.task_key


def insert_record(tree: Tree, found: FoundRecord) -> None:
    """The record of the live check takes the place of the one before it."""
    path = record_path(found.record, found.run)
    before = next(iter(tree.records([path])), None)
    if before is None or found.record.checked_attempt >= before.checked_attempt:
        if found.record.screenshots:
            insert_pictures(tree, found)
        tree.put(path, canonical(found.record))


def insert_pictures(tree: Tree, found: FoundRecord) -> None:
    """The build's folder shows the pictures of its newest look at the page, and no others."""
    record = found.record
    others = [other for other in tree.records_of_build(record.task_key, record.build_id) if other.screenshots]
    if any(age(other) > age(record) for other in others):
        return
    for picture in SCREENSHOTS:
        path = f"{build_folder(record.task_key, record.build_id)}/{picture}"
        if picture in found.pictures:
            tree.put(path, found.pictures[picture])
        else:
            tree.remove(path)


def age(record: BuildRecord) -> tuple[int, int]:
    """Return what orders the looks at a build's page."""
    return (record.run.run_id if record.run else 0, record.checked_attempt)


def insert_message(tree: Tree, found: FoundMessage) -> None:
    """A message that was written again, by a later attempt of its run, takes the place of the first."""
    message, path = found.message, message_path(found.message)
    if (body := tree.read(path)) is not None and turn(Message.model_validate_json(body)) > turn(message):
        return
    tree.put(path, canonical(message))
    if message.log:
        tree.put(file_path(message.task_key, message.log.sha256), found.log)
    if message.state:
        tree.note_state(message)


def insert_command(tree: Tree, found: FoundCommand) -> str:
    """A command without what looks like a secret; what it wrote lies beside it. Raises UnknownProject."""
    result = found.result
    task_key = tree.task_of_project(result.project)
    if not task_key or result.at is None:
        raise UnknownProject(f"the ledger has no build of {result.project}")
    streams = {
        name: public_log(text).encode(errors="replace")
        for name, text in (("stdout", result.stdout), ("stderr", result.stderr))
        if text
    }
    command = Command(
        task_key=task_key,
        job_id=result.job_id,
        project=result.project,
        at=result.at,
        command=public_text(result.command, ()),
        commit=result.commit,
        return_code=result.return_code,
        seconds=result.duration_s,
        timed_out=result.timed_out,
        error=public_text(result.error, ()),
        run=found.run,
        **{name: KeptText.of(body) for name, body in streams.items()},
    )
    tree.put(command_path(command), canonical(command))
    for body in streams.values():
        tree.put(file_path(task_key, hashlib.sha256(body).hexdigest()), body)
    return task_key


def turn(message: Message) -> tuple[int, int]:
    """Return what orders the messages of one id."""
    return (message.run.run_id, message.run.attempt) if message.run else (0, 0)


def insert_version(tree: Tree, version: Version, contents: Mapping[str, bytes]) -> None:
    """Put a version, and the contents of its files by digest, into the ledger."""
    tree.put(version_path(version.task_key, version.sha), canonical(version))
    for digest, body in contents.items():
        tree.put(file_path(version.task_key, digest), body)
