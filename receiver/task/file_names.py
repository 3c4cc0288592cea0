"""Which files may be published, as far as names and sizes say: the door and both jobs of a build have these rules."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from receiver.task.attachment_names import LONGEST_STORED, RESERVED, folded

MOST_FILES = 200
LARGEST_MODEL_FILE = 5_000_000
LARGEST_FILE = 100_000_000  # GitHub refuses larger ones
LONGEST_PATH = 200
fold = folded

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


def too_large(path: str, size: int, is_trusted: bool) -> Refusal | None:
    """Return a refusal when one file is over its limit."""
    limit = LARGEST_FILE if is_trusted else LARGEST_MODEL_FILE
    return Refusal(path, f"is {size:,} bytes; the limit is {limit:,}") if size > limit else None


def stored_as(path: str) -> str:
    """Return the name under which a file passes from one job to the other: actions/upload-artifact refuses some."""
    return "".join(STORED.get(character, character) for character in path)
