"""Where a found entry goes, whatever else arrived before it: the order of collecting leaves no trace."""

from collections.abc import Mapping

from action.ledger.artifacts import MessageName, Name
from action.ledger.layout import (
    SCREENSHOTS,
    build_folder,
    canonical,
    file_path,
    message_path,
    record_path,
    version_path,
)
from action.ledger.message import Message
from action.ledger.shelf import Shelf
from action.ledger.unpacking import Found, FoundRecord
from action.ledger.version import Version
from action.record import BuildRecord


def is_known(shelf: Shelf, name: Name, run_id: int) -> bool:
    """Whether what an artifact announces is in the ledger already, or something that was known later."""
    if isinstance(name, MessageName):
        return name.id in shelf.messages
    paths = shelf.collected.get((name.build_id, run_id), [])
    if not name.is_live:
        return any(path.endswith(f"/{run_id}-{name.attempt}.json") for path in paths)
    records = shelf.records(paths)  # a live check looks at what its own attempt published, or an earlier one
    return any(attempt_of(record) <= name.attempt <= record.checked_attempt for record in records)


def attempt_of(record: BuildRecord) -> int:
    """Return the attempt of the run that made a record."""
    return record.run.attempt if record.run else 0


def place(shelf: Shelf, found: Found) -> str:
    """Put an entry where it belongs, unless what is there was known later; return the key of its task."""
    if isinstance(found, FoundRecord):
        place_record(shelf, found)
        return found.record.task_key
    place_message(shelf, found.message)
    return found.message.task_key


def place_record(shelf: Shelf, found: FoundRecord) -> None:
    """The record of the live check takes the place of the one before it."""
    path = record_path(found.record, found.run)
    before = next(iter(shelf.records([path])), None)
    if before is None or found.record.checked_attempt >= before.checked_attempt:
        if found.record.screenshots:
            place_pictures(shelf, found)
        shelf.put(path, canonical(found.record))


def place_pictures(shelf: Shelf, found: FoundRecord) -> None:
    """The build's folder shows the pictures of its newest look at the page, and no others."""
    record = found.record
    others = [other for other in shelf.records_of_build(record.task_key, record.build_id) if other.screenshots]
    if any(age(other) > age(record) for other in others):
        return
    for picture in SCREENSHOTS:
        path = f"{build_folder(record.task_key, record.build_id)}/{picture}"
        if picture in found.pictures:
            shelf.put(path, found.pictures[picture])
        else:
            shelf.remove(path)


def age(record: BuildRecord) -> tuple[int, int]:
    """Return what orders the looks at a build's page."""
    return (record.run.run_id if record.run else 0, record.checked_attempt)


def place_message(shelf: Shelf, message: Message) -> None:
    """A message that was written again, by a later attempt of its run, takes the place of the first."""
    path = message_path(message)
    if (body := shelf.read(path)) is not None and turn(Message.model_validate_json(body)) > turn(message):
        return
    shelf.put(path, canonical(message))


def turn(message: Message) -> tuple[int, int]:
    """Return what orders the messages of one id."""
    return (message.run.run_id, message.run.attempt) if message.run else (0, 0)


def place_version(shelf: Shelf, version: Version, contents: Mapping[str, bytes]) -> None:
    """Put a version, and the contents of its files by digest, into the ledger."""
    shelf.put(version_path(version.task_key, version.sha), canonical(version))
    for digest, body in contents.items():
        shelf.put(file_path(version.task_key, digest), body)
