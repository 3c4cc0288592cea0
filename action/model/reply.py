"""Reads what a model wrote: plain-text blocks between marks with a token that no file can contain."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from action.model.fences import MOST_INDENTED, fence_left, indentation, placeholder_line, unwrapped
from receiver.task.file_names import Refusal

MAY_BE_EMPTY = {".nojekyll", "__init__.py", ".gitkeep"}
# Nobody can type these; a PDF or an SVG can be.
NO_TEXT = {
    *(".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".webp"),
    *(".otf", ".ttf", ".woff", ".woff2"),
    *(".mp3", ".mp4", ".ogg", ".wav", ".webm"),
    *(".gz", ".wasm", ".xlsx", ".zip"),
}
LAST_HEADING = "# Your reply"  # of every question for files
MARKS = {"FILE", "EDIT", "REPLACE", "REPLACED", "END", "DONE", "DELETE"}


@dataclass(frozen=True)
class Edit:
    """One change: `search` occurs exactly once in the file and becomes `replace`."""

    path: str
    search: str
    replace: str


@dataclass(frozen=True)
class Reply:
    """`files` are complete. `cut_off` is the path of a file that the reply ends in the middle of.

    `replaced` says of numbers in the question which words of the brief take their place. `done` says whether the
    closing mark was there; `notes` is what stood outside of blocks.
    """

    files: dict[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    deleted: tuple[str, ...] = ()
    replaced: dict[str, str] = field(default_factory=dict)
    cut_off: str | None = None
    done: bool = False
    notes: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing usable arrived."""
        return not self.files and not self.edits and not self.deleted

    def plus(self, later: "Reply") -> "Reply":
        """Return this reply and the one that continues it; the later version of a file wins."""
        return Reply(
            files={**self.files, **later.files},
            edits=tuple(dict.fromkeys([*self.edits, *later.edits])),
            deleted=tuple(dict.fromkeys([*self.deleted, *later.deleted])),
            replaced={**self.replaced, **later.replaced},
            cut_off=None if later.cut_off in self.files else later.cut_off,
            done=later.done,
            notes="\n".join(part for part in (self.notes, later.notes) if part),
        )

    def without(self, path: str) -> "Reply":
        """Return this reply without one file."""
        return replace(self, files={name: content for name, content in self.files.items() if name != path})

    def without_retyped(self, there: Container[str]) -> "Reply":
        """Return this reply without texts in the place of pictures and the like that are `there`."""
        files = {path: text for path, text in self.files.items() if not (is_no_text(path) and path in there)}
        return replace(self, files=files)

    def faults(self) -> list[Refusal]:
        """Return files that are empty, that say that something was left out of them, or whose format is no text."""
        found = ((path, wrong_with_content(path, content)) for path, content in self.files.items())
        return [Refusal(path, reason) for path, reason in found if reason]


class Reader:
    """Puts the marks of a reply together: FILE ... END, EDIT ... REPLACE ... END, DELETE, REPLACED ... END, DONE."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._files: dict[str, str] = {}
        self._edits: list[Edit] = []
        self._deleted: list[str] = []
        self._replaced: dict[str, str] = {}
        self._notes: list[str] = []
        self._open: tuple[str, str] | None = None  # kind and path of the block that is being read
        self._lines: list[str] = []
        self._search: list[str] | None = None
        self._lost_edit: str | None = None
        self._done = False

    def read(self, text: str) -> Reply:
        """Read a whole reply. A file without its end is complete when another block follows."""
        for line in text.replace("\r\n", "\n").split("\n"):
            if mark := mark_in(line, self._token):
                self._take(mark[0], clean_path(mark[1]))
            else:
                (self._notes if self._open is None else self._lines).append(line)
        cut_off = self._open[1] if self._open and self._open[0] != "REPLACED" else self._lost_edit
        if says_again := self._says_again():
            cut_off = self._lost_edit
        self._files.pop(cut_off or "", None)
        notes = "\n".join(self._notes).strip()
        edits, deleted = tuple(self._edits), tuple(self._deleted)
        return Reply(self._files, edits, deleted, self._replaced, cut_off, self._done or says_again, notes)

    def _says_again(self) -> bool:
        """Whether the reply ends within a file that it has whole, in the same words: it has no more to say."""
        kind, path = self._open or ("", "")
        begun = "\n".join(self._lines)
        return kind == "FILE" and bool(begun.strip()) and self._files.get(path, "").startswith(begun)

    def _take(self, kind: str, path: str) -> None:
        if kind == "REPLACE":
            self._search, self._lines = self._lines, []
            return
        self._close(is_ended=kind == "END")
        if kind in {"FILE", "EDIT", "REPLACED"} and path:
            self._open = (kind, path)
        elif kind == "DELETE" and path:
            self._deleted.append(path)
        self._done = self._done or kind == "DONE"

    def _close(self, *, is_ended: bool) -> None:
        """Keep the block that was being read. An edit counts only when both of its halves are there."""
        if self._open and self._open[0] == "FILE":
            self._files.pop(self._open[1], None)  # the last block for a path wins, and stands last
            self._files[self._open[1]] = content_of(self._open[1], self._lines)
            self._lost_edit = None if self._lost_edit == self._open[1] else self._lost_edit
        elif self._open and self._open[0] == "REPLACED":
            self._replaced[self._open[1]] = " ".join(self._lines).strip()
        elif self._open and self._search is not None and is_ended:
            self._edits.append(Edit(self._open[1], joined(self._search), joined(self._lines)))
        elif self._open:
            self._lost_edit = self._open[1]
        self._open, self._lines, self._search = None, [], None


def parse(text: str, token: str) -> Reply:
    """Read a reply whose marks carry `token`."""
    return Reader(token).read(text)


def mark_in(line: str, token: str) -> tuple[str, str] | None:
    """Return the kind and the path of a mark; None for every other line."""
    text = line.strip()
    if not (text.startswith("<<<") and text.endswith(">>>")) or indentation(line) > MOST_INDENTED:
        return None
    kind, _, rest = text[3:-3].partition(" ")
    path = rest.removeprefix(token)
    is_mark = kind in MARKS and rest.startswith(token) and path[:1].strip() == ""
    return (kind, path.strip()) if is_mark else None


def done_mark(token: str) -> str:
    """Return the line that ends a reply."""
    return f"<<<DONE {token}>>>"


def is_over(text: str, token: str) -> bool:
    """Whether a reply has its last line, or recites the end of the question after a block, as small models do."""
    if f"\n{done_mark(token)}\n" in text:
        return True
    _, is_ended, after = text.rpartition(f"\n<<<END {token}>>>\n")
    return bool(is_ended) and after.lstrip("\n").startswith(f"{LAST_HEADING}\n")


def since_end(recent: str, token: str, before: int | None) -> int | None:
    """Return how many characters follow the last block that ended; None within one. `before` is what was known."""
    begun = max(recent.rfind(f"\n<<<{kind} {token} ") for kind in ("FILE", "EDIT"))
    ended = recent.rfind(f"\n<<<END {token}>>>\n")
    if ended > begun:
        return len(recent) - ended
    return None if begun >= 0 else before


def joined(lines: Iterable[str]) -> str:
    """Return lines as text, each with its end."""
    return "".join(f"{line}\n" for line in lines)


def clean_path(path: str) -> str:
    """Return a path without the decoration that models like to add. The file policy judges it later."""
    clean = path.strip().strip("`\"'").removeprefix("./")
    return clean.encode(errors="replace").decode()  # half a character cannot be written into any file


def content_of(path: str, lines: list[str]) -> str:
    """Return a file's content, without a fence that encloses all of it."""
    inner = unwrapped(path, lines)
    text = "\n".join(inner)
    return text if not text or text.endswith("\n") else text + "\n"


def is_no_text(path: str) -> bool:
    """Whether a file of this name cannot come from a reply."""
    return PurePosixPath(path).suffix.lower() in NO_TEXT


def wrong_with_content(path: str, content: str) -> str | None:
    """Return why a file cannot be what was meant, in words for the model, or None."""
    if is_no_text(path):
        return "is no text, and a reply has only texts; draw an SVG, or let the page draw or make it"
    if not content.strip() and PurePosixPath(path).name not in MAY_BE_EMPTY:
        return "is empty; write its content"
    if number := fence_left(path, content.split("\n")):
        return f"line {number} is a Markdown fence; write the file itself, raw, without a fence around it or in it"
    if number := placeholder_line(content):
        line = content.split("\n")[number - 1].strip()[:80]
        return f"line {number} stands for code that was left out ({line!r}); write the whole file"
    return None
