"""Which files may be published: clean paths, regular files, sane sizes, nothing that steers git or Pages."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from receiver.task.file_names import LONGEST_PATH, MOST_FILES, STORED, Refusal, collisions, too_large, wrong_with_path

LARGEST_TOTAL = 100_000_000
DEEPEST = LONGEST_PATH // 2  # folders in each other: whatever path is admitted is also read


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
