"""Opens zip files that others packed, within limits, and says in one way that one is broken."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

ENTRY = b"PK\x01\x02"  # begins each entry of the directory; counted before Python makes an object of each
# What zipfile raises for bytes that are no zip file or a damaged one, by way of its decompressors (bz2: OSError; lzma:
# MemoryError when a few damaged bytes ask for a dictionary of 4 GB).
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, MemoryError),
)


class UnreadableArchive(ValueError):
    """The bytes are no zip file, or one that is damaged or holds too much."""


@contextmanager
def opened(data: bytes, most_files: int) -> Iterator[zipfile.ZipFile]:
    """Open an archive. Raises UnreadableArchive, also for what goes wrong while it is read."""
    try:
        if data.count(ENTRY) > most_files:
            raise UnreadableArchive("it holds too many files")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive
    except UnreadableArchive:
        raise
    except BROKEN as error:
        raise UnreadableArchive(f"it cannot be read ({type(error).__name__})") from None


def read_file(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """Return one file; more than `largest` bytes are never unpacked. Raises UnreadableArchive."""
    try:
        with archive.open(name) as file:
            body = file.read(largest + 1)
    except KeyError:
        raise UnreadableArchive(f"it holds no {name}") from None
    if len(body) > largest:
        raise UnreadableArchive(f"its {name} is too large")
    return body
