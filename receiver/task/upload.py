"""Files that somebody brings in place of a model's: what travels in the envelope, and what can never be published."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from receiver.task.attachment import PIECE
from receiver.task.file_names import MOST_FILES, Refusal, collisions, too_large, wrong_with_path
from receiver.task.project import COMMIT

MOST_BROUGHT = (
    MOST_FILES - 5
)  # LICENSE, a page that lists them, the contract, the build note and pages.yml come to them
LARGEST_BROUGHT = 90_000_000  # bytes in all: what an envelope holds, and GitHub takes as one blob
LARGEST_KEPT = 20_000_000  # bytes in all that a command, or another repository, leaves
LONGEST_MESSAGE = 2_000
MOST_NOTES = 10
ALL = "(all files)"


def refusals_of(sizes: Mapping[str, int], removed: Iterable[str] = (), largest: int = LARGEST_BROUGHT) -> list[Refusal]:
    """Return what can never be published of files with these sizes; the gates of both jobs look at them again."""
    if len(sizes) > MOST_BROUGHT:
        return [Refusal(ALL, f"there are {len(sizes)} files; at most {MOST_BROUGHT} are brought at once")]
    removed = tuple(removed)
    found = [Refusal(path, reason) for path in (*sizes, *removed) if (reason := wrong_with_path(path))]
    wrong = {refusal.path for refusal in found}
    found += collisions(path for path in sizes if path not in wrong)  # whose time grows with the square of a path
    found += [refusal for path, size in sizes.items() if (refusal := too_large(path, size, is_trusted=False))]
    found += [Refusal(path, "is both brought and removed") for path in removed if path in sizes]
    if (total := sum(sizes.values())) > largest:
        found.append(Refusal(ALL, f"they are {total:,} bytes together; the limit is {largest:,}"))
    return found


def without_refused(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files that can be published, and notes about the others: for files that nobody chose one by one."""
    sizes = {path: len(body) for path, body in files.items()}
    refused = {path: Refusal(path, reason) for path in sizes if (reason := wrong_with_path(path))}
    refused |= {path: wrong for path, size in sizes.items() if (wrong := too_large(path, size, is_trusted=False))}
    refused |= {each.path: each for each in collisions(path for path in sizes if path not in refused)}
    left_out = [refused[path] for path in sorted(refused)]
    notes = [f"left out: {each}"[:200].encode(errors="replace").decode() for each in left_out[:MOST_NOTES]]
    if len(left_out) > MOST_NOTES:
        notes.append(f"left out: {len(left_out) - MOST_NOTES} more files")
    return {path: body for path, body in files.items() if path not in refused}, tuple(notes)


def readable(data: str) -> str:
    """Return base64 as it is. Raises ValueError."""
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    return data


class BroughtFile(BaseModel):
    """One file. `data` is base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    data: Annotated[str, AfterValidator(readable)] = Field(repr=False)

    @classmethod
    def of(cls, path: str, body: bytes) -> "BroughtFile":
        """Return a file."""
        return cls(path=path, data=base64.b64encode(body).decode())

    def as_json(self) -> Iterator[bytes]:
        """Yield the JSON of this file piece by piece."""
        yield f'{{"path":{json.dumps(self.path)},"data":"'.encode()
        for start in range(0, len(self.data), PIECE):
            yield self.data[start : start + PIECE].encode()
        yield b'"}'


class Upload(BaseModel):
    """What somebody brings. `replace`: what is not among the files goes away. `base`: only while this is the tip.

    `by` says in public who or what it came from: a role, a command, an address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str = Field(min_length=1, max_length=300, pattern=r"^[ -~]+$")
    remove: tuple[str, ...] = Field(default=(), max_length=10 * MOST_FILES)
    replace: bool = False
    base: str = Field(default="", pattern=COMMIT)
    is_foreign: bool = Field(default=False, description="others wrote it: it gets no license from us")
    notes: tuple[str, ...] = Field(default=(), max_length=MOST_NOTES + 1, description="what was left out, and why")
    files: tuple[BroughtFile, ...] = ()

    @classmethod
    def of(cls, files: Mapping[str, bytes], by: str, **more: object) -> "Upload":
        """Return what brings these files."""
        brought = tuple(BroughtFile.of(path, body) for path, body in files.items())
        return cls.model_validate({"files": brought, "by": by, **more})

    def contents(self) -> dict[str, bytes]:
        """Return the files. Raises ValueError for a path that occurs twice."""
        found = {file.path: base64.b64decode(file.data) for file in self.files}
        if len(found) != len(self.files):
            raise ValueError("a path occurs twice")
        return found

    def digest(self) -> str:
        """Return what stands for the files: the same for the same files, whoever brings them."""
        known = sorted((file.path, hashlib.sha256(file.data.encode()).hexdigest()) for file in self.files)
        return hashlib.sha256(json.dumps([known, sorted(self.remove), self.replace]).encode()).hexdigest()

    def as_json(self) -> Iterator[bytes]:
        """Yield the JSON of this upload piece by piece."""
        yield self.model_dump_json(exclude={"files"})[:-1].encode() + b',"files":['
        for number, file in enumerate(self.files):
            yield b"," if number else b""
            yield from file.as_json()
        yield b"]}"
