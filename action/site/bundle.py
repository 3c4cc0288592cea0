"""The bundle: the only thing that passes from the generating job to the publishing job, and is not trusted there."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from action.contract import contract
from action.contract.changes import attachments_to_change
from action.errors import BundleInvalid
from action.gates import file_policy
from action.gates.workflow_policy import asks_for_workflow, may_bring_workflows
from action.record import PAGES_WORKFLOW, BuildRecord, ContractRecord
from action.site.workflows import own_workflows, refused_as_they_are, wrong_with_deleting
from receiver.task import BuildRequest, Task
from receiver.task.file_names import Refusal, stored_as

MADE_BESIDE = frozenset({"index.html", "LICENSE"})  # by code, where what was brought lacks them
LARGEST_MANIFEST = 1_000_000
LARGEST_RECORD = 5_000_000
WRITTEN_ANYWAY = frozenset({PAGES_WORKFLOW, ".pagewright/build.json"})  # by the publishing job, as they are needed
NEXT_STEP = "Open the log of the job 'Write the files'; run the build again with 'Re-run all jobs'."


class FileEntry(BaseModel):
    """One file of the bundle."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    path: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What the bundle holds. `digest` is over the list of files."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    build_id: str
    files: tuple[FileEntry, ...]
    removed: tuple[str, ...] = Field(default=(), description="paths of the last round that are gone in this one")
    digest: str
    fetched: tuple[str, ...] = Field(default=(), description="attachments whose bytes did not come with the request")


@dataclass(frozen=True)
class Bundle:
    """Files by path, as they passed the gates of the publishing job."""

    files: Mapping[str, bytes]
    removed: tuple[str, ...]
    record: BuildRecord
    digest: str = ""
    fetched: frozenset[str] = frozenset()


def digest_of(build_id: str, files: Iterable[FileEntry], removed: Iterable[str]) -> str:
    """Return the SHA-256 that stands for a list of files."""
    lines = [[entry.path, entry.size, entry.sha256] for entry in sorted(files, key=lambda entry: entry.path)]
    return hashlib.sha256(json.dumps([build_id, lines, sorted(removed)]).encode()).hexdigest()


def describe(files: Mapping[str, bytes]) -> tuple[FileEntry, ...]:
    """Return the entries of a manifest."""
    return tuple(
        FileEntry(path=path, size=len(body), sha256=hashlib.sha256(body).hexdigest())
        for path, body in sorted(files.items())
    )


def write(
    root: Path,
    files: Mapping[str, bytes],
    record: BuildRecord,
    *,
    removed: Iterable[str] = (),
    fetched: Iterable[str] = (),
) -> str:
    """Write a bundle into `root` and return its digest."""
    shutil.rmtree(root, ignore_errors=True)
    for path, body in files.items():
        target = root / "files" / stored_as(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    entries, gone = describe(files), tuple(sorted(removed))
    digest = digest_of(record.build_id, entries, gone)
    taken = tuple(sorted(fetched))
    manifest = Manifest(build_id=record.build_id, files=entries, removed=gone, digest=digest, fetched=taken)
    root.mkdir(parents=True, exist_ok=True)
    (root / "manifest.json").write_text(manifest.model_dump_json(indent=2))
    record.save(root / "record.json")
    return digest


def read(root: Path, request: BuildRequest, digest: str) -> Bundle:
    """Read a bundle and check everything from scratch. Raises BundleInvalid, whatever is wrong with it."""
    try:
        return checked(root, request, digest)
    except (OSError, ValueError, RecursionError) as error:
        raise invalid(f"it cannot be read ({type(error).__name__})") from None


def checked(root: Path, request: BuildRequest, digest: str) -> Bundle:
    """Return a bundle that passes every gate. Raises BundleInvalid; a damaged one can also raise what reading does."""
    manifest = read_manifest(root, request.build_id, digest)
    has_files = bool(manifest.files) or (root / "files").is_symlink() or (root / "files").exists()
    if has_files and not is_real(root / "files", Path.is_dir):
        raise invalid("its folder of files is missing, or is a link")
    files, refusals = file_policy.collect(root / "files") if has_files else ({}, [])  # no artifact has an empty folder
    refusals += refused_files(files, request)
    refusals += refused_deletions(manifest.removed, request)
    if refusals:
        raise invalid(f"{len(refusals)} files break the file policy, first {refusals[0].path}: {refusals[0].reason}")
    if describe(files) != tuple(sorted(manifest.files, key=lambda entry: entry.path)):
        raise invalid("its files are not those of its manifest")
    check_attachments(files, request.task)
    check_brought(files, request)
    check_contract(files)
    return Bundle(
        files=files,
        removed=manifest.removed,
        record=read_record(root, request),
        digest=digest,
        fetched=frozenset(manifest.fetched),
    )


def refused_files(files: Mapping[str, bytes], request: BuildRequest) -> list[Refusal]:
    """Return what may not be published of a build's files: the rule of both jobs."""
    attached = frozenset(attachment.name for attachment in request.task.attachments)
    workflows = frozenset(own_workflows(files)) if may_bring_workflows(request) else frozenset()
    refusals = refused_as_they_are({path: files[path] for path in workflows - attached})
    return refusals + file_policy.check_files(files, trusted=attached | workflows | {contract.PATH})


def refused_deletions(removed: Iterable[str], request: BuildRequest) -> list[Refusal]:
    """Return what may not be deleted. A restored version lacks what it lacks, except what is written anyway."""
    if request.restore:
        return [Refusal(path, "is written anyway") for path in removed if path in WRITTEN_ANYWAY]
    workflows = asks_for_workflow(request.task)
    found = ((path, wrong_with_deleting(path, workflows=workflows)) for path in removed)
    return [Refusal(path, reason) for path, reason in found if reason]


def read_manifest(root: Path, build_id: str, digest: str) -> Manifest:
    """Return the manifest when it is about this build and has the digest that the generating job announced."""
    path = root / "manifest.json"
    if not is_real(path, Path.is_file):
        raise BundleInvalid(
            "There is no bundle of files to publish.",
            "the generating job failed, or its artifact did not arrive.",
            NEXT_STEP,
        )
    if path.stat().st_size > LARGEST_MANIFEST:
        raise invalid("its manifest is too large")
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError:
        raise invalid("its manifest cannot be read") from None
    if manifest.build_id != build_id:
        raise invalid("it belongs to another build")
    if not digest or digest != digest_of(build_id, manifest.files, manifest.removed):
        raise invalid("its digest is not the one that the generating job announced")
    return manifest


def check_attachments(files: Mapping[str, bytes], task: Task) -> None:
    """Require every attachment that came with the request, byte for byte, unless the task orders to change it."""
    changing = attachments_to_change(task)
    for attachment in task.attachments:
        if (
            attachment.is_inline
            and attachment.name not in changing
            and files.get(attachment.name) != attachment.inline_bytes()
        ):
            raise invalid(f"the attachment {attachment.name} is missing or is not what the request carried")


def check_brought(files: Mapping[str, bytes], request: BuildRequest) -> None:
    """Require every file that somebody brought, byte for byte, and no other than those that code makes."""
    if request.upload is None:
        return
    brought = request.upload.contents()
    others = files.keys() - brought.keys() - MADE_BESIDE
    if others or any(files.get(path) != body for path, body in brought.items()):
        raise invalid(f"its files are not those that were brought (first {next(iter(others), 'one was changed')})")


def check_contract(files: Mapping[str, bytes]) -> None:
    """Require that the contract, when there is one, is one."""
    try:
        contract.Contract.from_storage(files.get(contract.PATH, b"{}"))
    except ValueError:
        raise invalid("its contract cannot be read") from None


def read_record(root: Path, request: BuildRequest) -> BuildRecord:
    """Return what the generating job recorded. Ids and times are taken from the request, not from there."""
    path = root / "record.json"
    try:
        if not is_real(path, Path.is_file) or path.stat().st_size > LARGEST_RECORD:
            raise invalid("its record is missing, a link or too large")
        record = BuildRecord.load(path)
    except (OSError, ValueError, RecursionError):
        raise invalid("its record cannot be read") from None
    check_states(record.contract)
    return BuildRecord(
        build_id=request.build_id,
        task_key=request.task_key,
        round=request.task.round,
        received_at=request.received_at,
        phases=record.phases,
        generation=record.generation,
        contract=record.contract,
        failures=record.failures,
    )


def check_states(record: ContractRecord | None) -> None:
    """Require a state of each assertion for each attempt: the summary makes a table of them."""
    for assertion in record.assertions if record else []:
        if record and len(assertion.states) != len(record.attempts):
            raise invalid("its record has assertions without a state for each attempt")


def is_real(path: Path, is_kind: Callable[[Path], bool]) -> bool:
    """Whether a path is of a kind itself, and not a link to something."""
    return is_kind(path) and not path.is_symlink()


def invalid(reason: str) -> BundleInvalid:
    """Return the error of a bundle that cannot be published."""
    return BundleInvalid(
        f"The bundle of files is not published: {reason}.",
        "the generating job has a defect, or someone changed its artifact.",
        NEXT_STEP,
    )
