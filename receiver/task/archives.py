"""Opens zip files that others packed, within limits, and says in one way that one is broken."""

import io
import lzma
import stat
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


PLAIN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # others ask for much memory, or are hardly ever used
ENCRYPTED = 0x1


def unpacked(data: bytes, most_files: int, most_bytes: int) -> dict[str, bytes]:
    """Return all files of an archive by their paths, without a folder that all of them are in.

    Whether the paths are good is for others to say. Raises UnreadableArchive.
    """
    files: dict[str, bytes] = {}
    with opened(data, 2 * most_files) as archive:  # folders are entries, too
        for entry in archive.infolist():
            if entry.filename.endswith("/") or is_left_by_macos(entry.filename):
                continue
            require_plain(entry)
            if entry.filename in files:
                raise UnreadableArchive(f"it holds {entry.filename[:80]} twice")
            if len(files) == most_files:
                raise UnreadableArchive(f"it holds more than {most_files} files")
            with archive.open(entry) as file:  # reading to the end also compares the checksum
                files[entry.filename] = file.read(most_bytes + 1)
            most_bytes -= len(files[entry.filename])
            if most_bytes < 0:
                raise UnreadableArchive("unpacked, it is too large")
    return without_top(files)


def is_left_by_macos(name: str) -> bool:
    """Whether a file says only how macOS shows its folder."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def require_plain(entry: zipfile.ZipInfo) -> None:
    """Raise UnreadableArchive for what is no ordinary file, or has another name than zipfile says."""
    name, kind = entry.filename[:80], stat.S_IFMT(entry.external_attr >> 16)
    if entry.orig_filename != entry.filename or "\\" in entry.filename:
        raise UnreadableArchive(f"the name of {name} has a backslash or a NUL")
    if kind not in {0, stat.S_IFREG}:
        raise UnreadableArchive(f"{name} is a link, a pipe or a device")
    if entry.flag_bits & ENCRYPTED:
        raise UnreadableArchive(f"{name} is encrypted")
    if entry.compress_type not in PLAIN:
        raise UnreadableArchive(f"{name} is packed in another way than zip's usual one (deflate)")


def without_top(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return files without the one folder that all of them are in."""
    tops = {path.partition("/")[0] if "/" in path else "" for path in files}
    if len(tops) != 1 or not (top := next(iter(tops))) or top in {".", ".."}:
        return files
    return {path[len(top) + 1 :]: body for path, body in files.items()}
