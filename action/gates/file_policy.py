"""Which files may be published: clean paths, regular files, sane sizes, nothing that steers git or Pages."""

import os
import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from receiver.task.attachment_names import LONGEST_STORED, RESERVED

MOST_FILES = 200
LARGEST_MODEL_FILE = 5_000_000
LARGEST_FILE = 100_000_000  # GitHub refuses larger ones
LARGEST_TOTAL = 100_000_000
LONGEST_PATH = 200
DEEPEST = LONGEST_PATH // 2  # folders in each other: whatever path is admitted is also read

# .gitattributes is missing on purpose: it can change the bytes of an attachment at checkout.
ALLOWED_DOT_NAMES = frozenset({".nojekyll", ".gitignore", ".editorconfig", ".well-known"})
# What Windows keeps for devices, with any ending, and the characters that it has in no name: no clone has them there.
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789")})
NOT_ON_WINDOWS = frozenset('":<>|*?')
STORED = {character: f"%{ord(character):02X}" for character in ("%", *sorted(NOT_ON_WINDOWS))}


@dataclass(frozen=True)
class Refusal:
    """A path that may not be published, and why, in words that a person or a model can act on."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def check_paths(paths: Iterable[str]) -> list[Refusal]:
    """Return what is wrong with each path alone, and between them."""
    paths = list(paths)
    refusals = [Refusal(path, reason) for path in paths if (reason := wrong_with_path(path))]
    return refusals + collisions(paths)


def check_files(files: Mapping[str, bytes], *, trusted: frozenset[str] = frozenset()) -> list[Refusal]:
    """Return what may not be published. For paths in `trusted` (ours, the caller's) only sizes and collisions count."""
    refusals = [Refusal(path, reason) for path in files if path not in trusted and (reason := wrong_with_path(path))]
    refusals += collisions(files, trusted)
    refusals += [refusal for path, body in files.items() if (refusal := too_large(path, len(body), path in trusted))]
    if len(files) > MOST_FILES:
        refusals.append(Refusal("(all files)", f"there are {len(files)} files; at most {MOST_FILES} are published"))
    total = sum(len(body) for body in files.values())
    if total > LARGEST_TOTAL:
        refusals.append(Refusal("(all files)", f"they are {total:,} bytes together; the limit is {LARGEST_TOTAL:,}"))
    return refusals


def wrong_with_path(path: str) -> str | None:
    """Return why a path from a model may not be published, or None."""
    parts = path.split("/")
    if not path or any(part in {"", ".", ".."} for part in parts):
        return "must be a relative path without empty, '.' or '..' parts"
    if "\\" in path or any(unicodedata.category(character).startswith("C") for character in path):
        return "must not contain backslashes, control or invisible characters"
    if unicodedata.normalize("NFC", path) != path:
        return "must be written in Unicode normal form C"
    if len(path.encode()) > LONGEST_PATH:
        return f"must be at most {LONGEST_PATH} bytes long"
    return wrong_with_parts(parts)


def wrong_with_parts(parts: list[str]) -> str | None:
    """Return what is wrong with the names that a path is made of."""
    if fold(parts[0]) in RESERVED:
        return "is reserved"
    for part in parts:
        if part.startswith(".") and part not in ALLOWED_DOT_NAMES:
            return f"names that begin with a dot are not allowed here, except {', '.join(sorted(ALLOWED_DOT_NAMES))}"
        if part != part.strip() or part.endswith("."):
            return "no part of a path may begin or end with a space, or end with a dot"
        if part.lower().startswith("git~"):
            return "must not be a short name of .git"
        if NOT_ON_WINDOWS & set(part) or part.lower().partition(".")[0].rstrip() in DEVICES:
            return (
                'no part of a path may have one of the characters : ? * " < > | or be a device of Windows, as con.txt'
            )
        if len(stored_as(part).encode()) > LONGEST_STORED:
            return "has too many of the sign %"
    return None


OURS = frozenset({"README.md", "LICENSE", "index.html"})


def collisions(paths: Iterable[str], trusted: frozenset[str] = frozenset()) -> list[Refusal]:
    """Return paths that some file systems take for another one, or that are a file and a folder at once.

    Of two paths that collide, the one that is not trusted, else the later one, is refused.
    """
    taken: dict[str, str] = {}
    folders: dict[str, str] = {}
    refusals = []
    for path in sorted(dict.fromkeys(paths), key=lambda path: path not in trusted):
        folded = fold(path)
        parents = folded.split("/")[:-1]
        above = ["/".join(parents[: depth + 1]) for depth in range(len(parents))]
        if path in OURS and taken.get(folded) in trusted - {path}:
            continue  # an attachment may be called nearly as what is written anyway: the sender wants both
        other = taken.get(folded) or folders.get(folded) or next((taken[it] for it in above if it in taken), None)
        if other is not None:
            refusals.append(Refusal(path, f"collides with {other}: {difference(path, other)}"))
            continue
        taken[folded] = path
        folders.update(dict.fromkeys(above, path))
    return refusals


def difference(path: str, other: str) -> str:
    """Say why two paths cannot both be there."""
    if fold(path) == fold(other):
        return "paths must differ in more than upper and lower case"
    return "the same name cannot be a file and a folder"


def fold(path: str) -> str:
    """Return the form in which two paths that a file system may confuse are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", path).casefold())


def too_large(path: str, size: int, is_trusted: bool) -> Refusal | None:
    """Return a refusal when one file is over its limit."""
    limit = LARGEST_FILE if is_trusted else LARGEST_MODEL_FILE
    return Refusal(path, f"is {size:,} bytes; the limit is {limit:,}") if size > limit else None


def stored_as(path: str) -> str:
    """Return the name under which a file passes from one job to the other: actions/upload-artifact refuses some."""
    return "".join(STORED.get(character, character) for character in path)


def path_of(stored: str) -> str:
    """Return the path that a file has in the repository."""
    for character, escape in reversed(STORED.items()):
        stored = stored.replace(escape, character)
    return stored


def collect(root: Path, *, skip: frozenset[str] = frozenset()) -> tuple[dict[str, bytes], list[Refusal]]:
    """Read the regular files under `root`, by their paths; `skip` names top-level entries to leave out.

    Links and special files are refused, not followed: Pages archives with `--dereference`, so a link to
    /proc/self/environ would be published with its content.
    """
    files: dict[str, bytes] = {}
    refusals: list[Refusal] = []
    total = 0
    for entry in sorted(walk(root, skip), key=lambda entry: entry.path):
        path = path_of(Path(entry.path).relative_to(root).as_posix())
        reason = wrong_with_entry(path, entry.stat(follow_symlinks=False), total)
        if reason:
            refusals.append(Refusal(path.encode(errors="replace").decode(), reason))
        else:
            files[path] = read_regular_file(entry.path)
            total += len(files[path])
    return files, refusals


def walk(root: Path, skip: frozenset[str]) -> Iterable["os.DirEntry[str]"]:
    """Yield everything under `root` that is not a real folder, and folders that lie too deep; follow no links."""
    folders = [(os.fspath(root), 0)]
    while folders:
        folder, depth = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if depth == 0 and entry.name in skip:
                    continue
                if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                    folders.append((entry.path, depth + 1))
                else:
                    yield entry


def wrong_with_entry(path: str, status: os.stat_result, total: int) -> str | None:
    """Return why a directory entry is not read, or None."""
    if stat.S_ISDIR(status.st_mode):
        return f"lies more than {DEEPEST} folders deep"
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file (a link, a pipe or a device)"
    if status.st_nlink > 1:
        return "is a hard link to another file"
    if total + status.st_size > LARGEST_TOTAL:
        return f"does not fit in the {LARGEST_TOTAL:,} bytes that all files may have together"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    return None


def read_regular_file(path: str) -> bytes:
    """Read a file; fails when it turned into a link since it was looked at."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
