"""Which files the `path` of upload-artifact selects, and their names in the archive."""

import glob
import os
from pathlib import Path

# actions/toolkit, packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts: NTFS has no such names
REFUSED_IN_NAMES = {
    '"': 'Double quote "',
    ":": "Colon :",
    "<": "Less than <",
    ">": "Greater than >",
    "|": "Vertical bar |",
    "*": "Asterisk *",
    "?": "Question mark ?",
    "\r": "Carriage return \\r",
    "\n": "Line feed \\n",
}


def files_of(pattern: str, *, hidden: bool) -> list[tuple[Path, str]]:
    """Return (path, name in the archive) pairs.

    Names are relative to the one path given (a file's directory), or to the nearest directory that all paths share.
    """
    lines = [line.strip() for line in pattern.splitlines() if line.strip()]
    wanted = [absolute(line) for line in lines if not line.startswith("!")]
    excluded = {file for line in lines if line.startswith("!") for file in found_by(absolute(line[1:]), hidden=True)}
    found = dict.fromkeys(file for path in wanted for file in found_by(path, hidden=hidden))
    files = [file for file in found if file not in excluded]
    root = common_root(wanted)
    return [(file, str(file.relative_to(root))) for file in files]


def absolute(line: str) -> Path:
    """Return a path without . and .. that starts at the root."""
    return Path(os.path.normpath(Path(line.strip()).expanduser().absolute()))


def found_by(path: Path, *, hidden: bool) -> list[Path]:
    """Return the files that one line selects: a file, a directory with everything in it, or a glob."""
    if path.exists():
        matches = [path]
    else:
        names = glob.glob(str(path), recursive=True, include_hidden=hidden)  # noqa: PTH207 - Path.glob shows dotfiles
        matches = sorted(map(Path, names))
    shown = [match for match in matches if hidden or not match.name.startswith(".")]
    return [file for match in shown for file in ([match] if match.is_file() else below(match, hidden=hidden))]


def below(directory: Path, *, hidden: bool) -> list[Path]:
    """Return all files in a directory; symbolic links are followed."""
    files: list[Path] = []
    for parent, directories, names in os.walk(directory, followlinks=True):
        directories[:] = sorted(name for name in directories if hidden or not name.startswith("."))
        files += [Path(parent, name) for name in sorted(names) if hidden or not name.startswith(".")]
    return files


def common_root(wanted: list[Path]) -> Path:
    """Return the directory that names in the archive are relative to."""
    bases = [fixed_part(path) for path in wanted]
    return Path(os.path.commonpath([base.parent if base.is_file() else base for base in bases]))


def fixed_part(path: Path) -> Path:
    """Return the part of a glob before its first special sign."""
    if path.exists():
        return path
    special = next((number for number, part in enumerate(path.parts) if glob.has_magic(part)), len(path.parts))
    return Path(*path.parts[:special])


def wrong_with_name(name: str) -> str:
    """Return why the real action uploads nothing at all when one file has this name, or nothing."""
    found = next((described for sign, described in REFUSED_IN_NAMES.items() if sign in name), "")
    said = f"The path for one of the files in artifact is not valid: /{name}. Contains the following character:"
    return found and f"{said} {found}"


def wrong_with_artifact(name: str) -> str:
    """Return why the real action takes no artifact of this name, or nothing: it is a file's name, without folders."""
    refused = REFUSED_IN_NAMES | {"\\": "Backslash \\", "/": "Forward slash /"}
    found = next((described for sign, described in refused.items() if sign in name), "")
    return found and f"The artifact name is not valid: {name}. Contains the following character: {found}"
