"""Reads the files out of a model's reply: plain-text blocks between marks with a token that no file can contain."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from action.gates.file_policy import Refusal
from action.model.placeholders import placeholder_line

MAY_BE_EMPTY = {".nojekyll", "__init__.py", ".gitkeep"}
FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w.+-]*)[^`]*$")


@dataclass(frozen=True)
class Reply:
    """`files` are complete. `cut_off` is the path of a file that the reply ends in the middle of.

    `done` says whether the closing mark was there; `notes` is what stood outside of blocks.
    """

    files: dict[str, str] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    cut_off: str | None = None
    done: bool = False
    notes: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing usable arrived."""
        return not self.files and not self.deleted

    def faults(self) -> list[Refusal]:
        """Return files that are empty, or that say that something was left out of them."""
        found = ((path, wrong_with_content(path, content)) for path, content in self.files.items())
        return [Refusal(path, reason) for path, reason in found if reason]


def parse(text: str, token: str) -> Reply:
    """Read a reply. The last block for a path wins; a file without its end is complete when another block follows."""
    mark = re.compile(rf"^\s{{0,3}}<<<(FILE|END|DONE|DELETE) {re.escape(token)}(?: +(.+?))?\s*>>>\s*$")
    blocks: dict[str, list[str]] = {}
    deleted: list[str] = []
    notes: list[str] = []
    current: str | None = None
    done = False
    for line in text.replace("\r\n", "\n").split("\n"):
        match = mark.match(line)
        if match is None:
            (notes if current is None else blocks[current]).append(line)
            continue
        kind, path = match[1], clean_path(match[2] or "")
        current, done = None, done or kind == "DONE"
        if kind == "FILE" and path:
            current = path
            blocks[path] = []
        elif kind == "DELETE" and path:
            deleted.append(path)
    files = {path: content_of(path, lines) for path, lines in blocks.items() if path != current}
    return Reply(files, tuple(deleted), current, done, "\n".join(notes).strip())


def clean_path(path: str) -> str:
    """Return a path without the decoration that models like to add. The file policy judges it later."""
    return path.strip().strip("`\"'").removeprefix("./")


def content_of(path: str, lines: list[str]) -> str:
    """Return a file's content, without a fence that encloses all of it."""
    inner = unwrapped(path, lines)
    text = "\n".join(inner)
    return text if not text or text.endswith("\n") else text + "\n"


def unwrapped(path: str, lines: list[str]) -> list[str]:
    """Remove one Markdown fence around a whole file. A Markdown file may begin and end with fences of its own."""
    first, last = first_and_last(lines)
    if last <= first:
        return lines
    opening, closing = FENCE.match(lines[first]), lines[last].strip()
    if opening is None or closing != opening[1]:
        return lines
    if PurePosixPath(path).suffix.lower() in {".md", ".markdown"}:
        is_wrapper = opening[2].lower() in {"md", "markdown"}
        if not is_wrapper or not are_paired(lines[first + 1 : last]):
            return lines
    return lines[first + 1 : last]


def are_paired(lines: list[str]) -> bool:
    """Whether the fences among `lines` open and close in turn. A closing fence names no language."""
    languages = [match[2] for line in lines if (match := FENCE.match(line))]
    return len(languages) % 2 == 0 and not any(languages[1::2])


def first_and_last(lines: list[str]) -> tuple[int, int]:
    """Return the indexes of the first and the last line that is not blank (0, -1 when there is none)."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return (filled[0], filled[-1]) if filled else (0, -1)


def wrong_with_content(path: str, content: str) -> str | None:
    """Return why a file cannot be what was meant, in words for the model, or None."""
    if not content.strip() and PurePosixPath(path).name not in MAY_BE_EMPTY:
        return "is empty; write its content"
    if number := placeholder_line(content):
        line = content.split("\n")[number - 1].strip()[:80]
        return f"line {number} stands for code that was left out ({line!r}); write the whole file"
    return None
