"""The files of a commit: their digests, and the contents of those that the ledger keeps."""

import codecs
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from action.ledger.version import VersionFile

LARGEST_KEPT = 256 * 1024
MOST_KEPT = 200
MOST_KEPT_BYTES = 8 * 1024 * 1024  # of one version
MOST_LISTED = 1000
LONGEST_PATH = 4096
Stream = Callable[[str], Iterator[bytes]]


@dataclass(frozen=True)
class Listed:
    """A regular file of a commit, as git lists it."""

    path: str
    blob: str
    size: int


@dataclass(frozen=True)
class Summed:
    """What is the same for the same contents."""

    sha256: str
    is_text: bool


class Contents:
    """`stream` yields the contents of a blob in pieces. Each blob is read once for its digest."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._summed: dict[str, Summed] = {}
        self._given: set[str] = set()

    def describe(self, listed: Iterable[Listed]) -> tuple[list[VersionFile], int, dict[str, bytes]]:
        """Return the entries of a version, how many files are left out, and kept contents that are new."""
        files = sorted(listed, key=lambda file: file.path)
        entries: list[VersionFile] = []
        kept: dict[str, bytes] = {}
        budget = MOST_KEPT_BYTES
        for number, file in enumerate(files[:MOST_LISTED]):
            is_kept = number < MOST_KEPT and file.size <= min(LARGEST_KEPT, budget)
            if is_kept:
                budget -= file.size
                kept |= self._new_contents(file)
            entries.append(self._entry(file, is_kept=is_kept))
        return entries, max(0, len(files) - MOST_LISTED), kept

    def _new_contents(self, file: Listed) -> dict[str, bytes]:
        if file.blob in self._given:
            return {}
        self._given.add(file.blob)
        body = b"".join(self._stream(file.blob))
        found = self._summed.setdefault(file.blob, summed([body]))
        return {found.sha256: body}

    def _entry(self, file: Listed, *, is_kept: bool) -> VersionFile:
        if file.blob not in self._summed:
            self._summed[file.blob] = summed(self._stream(file.blob))
        found = self._summed[file.blob]
        return VersionFile(path=file.path, size=file.size, sha256=found.sha256, is_kept=is_kept, is_text=found.is_text)


def summed(pieces: Iterable[bytes]) -> Summed:
    """Return the digest of contents, and whether they are text: UTF-8 without zero bytes."""
    digest, decoder, is_text = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True
    for piece in pieces:
        digest.update(piece)
        is_text = is_text and b"\0" not in piece and can_decode(decoder, piece)
    return Summed(digest.hexdigest(), is_text and can_decode(decoder, b"", final=True))


def can_decode(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    """Whether the next piece goes on as UTF-8."""
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def listed_files(listing: bytes) -> Iterator[Listed]:
    """Read the output of `git ls-tree -r -l -z`: regular files only, under names that are text."""
    for line in listing.split(b"\0"):
        meta, _, name = line.partition(b"\t")
        if meta.startswith(b"100"):
            path = name.decode(errors="replace")
            _, _, blob, size = meta.split()
            if len(path) <= LONGEST_PATH:
                yield Listed(path, blob.decode(), int(size))
