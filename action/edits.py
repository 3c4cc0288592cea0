"""Changes to a candidate as a model writes them: search/replace blocks that match exactly once, or whole files.

All or nothing: when one block does not fit, nothing is changed, and each misfit is explained with the nearby text.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FORMAT = """\
To change part of a file, write a block (the text between SEARCH and REPLACE must occur in the file exactly once,
character for character; give enough lines to make it unique):
<<<EDIT {token} path/to/name.ext>>>
lines that are there now
<<<REPLACE {token}>>>
lines that come in their place
<<<END {token}>>>
To write a new file, or one that changes nearly everywhere, give all of it:
<<<FILE {token} path/to/name.ext>>>
all lines of the file
<<<END {token}>>>
To remove a file: <<<DELETE {token} path/to/name.ext>>>
When everything is written, end with the line <<<DONE {token}>>>.
"""
NEARBY_LINES = 12
# Only where a comment or an ellipsis introduces it: a README may well say that something stays as it was.
PLACEHOLDER = re.compile(
    r"^\s*(?:(?://|#|/\*|<!--|\*)\s*(?:\.\.\.|…)?|\.\.\.|…|\[|\()\s*(?:the\s+|your\s+|all\s+)?"
    r"(?:rest|remainder|remaining|existing|other|previous|same)\b[^\n]{0,60}?"
    r"\b(?:unchanged|as before|stays?|remains?|the same|goes here|omitted|here|as above|of the (?:code|file))\b"
    r"[^\n]{0,20}$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Edit:
    """One block: `search` occurs exactly once in the file and becomes `replace`."""

    path: str
    search: str
    replace: str


@dataclass(frozen=True)
class Changes:
    """What one reply wants. `cut_off` is the path of a block without an end; `done` tells that the reply is whole."""

    edits: tuple[Edit, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    deleted: tuple[str, ...] = ()
    cut_off: str | None = None
    done: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.edits or self.files or self.deleted)


@dataclass(frozen=True)
class Misfit:
    """A block that does not fit, in words for the model."""

    path: str
    problem: str
    nearby: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" + (f"\nNearby text in the file:\n{self.nearby}" if self.nearby else "")


class EditsDoNotFit(Exception):
    """Nothing was changed."""

    def __init__(self, misfits: Sequence[Misfit]) -> None:
        super().__init__("\n".join(str(misfit) for misfit in misfits))
        self.misfits = tuple(misfits)


def parse_changes(text: str, token: str) -> Changes:
    """Read the blocks of a reply. What is outside of them is a note and ignored."""
    marker = re.compile(
        rf"^<<<(EDIT|FILE|REPLACE|END|DELETE|DONE) {re.escape(token)}(?: ([^\n]+?))?>>>[ \t]*\r?$", re.M
    )
    reader = BlockReader()
    for match in marker.finditer(text):
        reader.take(match[1], (match[2] or "").strip(), text, match)
    return reader.changes()


class BlockReader:
    """Puts markers together: EDIT ... REPLACE ... END, FILE ... END, DELETE, DONE."""

    def __init__(self) -> None:
        self._edits: list[Edit] = []
        self._files: dict[str, str] = {}
        self._deleted: list[str] = []
        self._open: tuple[str, str, int] | None = None  # kind, path, where its text begins
        self._search: str | None = None
        self._cut_off: str | None = None
        self._done = False

    def take(self, kind: str, path: str, text: str, match: re.Match[str]) -> None:
        """Handle one marker."""
        if kind in {"EDIT", "FILE"}:
            self._cut_off = self._cut_off or (self._open[1] if self._open else None)
            self._open, self._search = (kind, path, match.end() + 1), None
        elif kind == "REPLACE" and self._open and self._open[0] == "EDIT":
            self._search = text[self._open[2] : match.start()]
            self._open = ("EDIT", self._open[1], match.end() + 1)
        elif kind == "END" and self._open:
            self._finish(text[self._open[2] : match.start()])
        elif kind == "DELETE" and path:
            self._deleted.append(path)
        elif kind == "DONE":
            self._done = True

    def _finish(self, content: str) -> None:
        assert self._open  # noqa: S101 - take() looks first
        kind, path, _ = self._open
        if kind == "FILE":
            self._files[path] = content
        elif self._search is not None:
            self._edits.append(Edit(path, self._search, content))
        else:
            self._cut_off = path  # an edit without REPLACE
        self._open = self._search = None

    def changes(self) -> Changes:
        """Return what was read."""
        cut_off = self._cut_off or (self._open[1] if self._open else None)
        done = self._done and cut_off is None
        return Changes(tuple(self._edits), tuple(self._files.items()), tuple(self._deleted), cut_off, done)


def apply_changes(files: Mapping[str, bytes], changes: Changes) -> dict[str, bytes]:
    """Return the changed files. Raises EditsDoNotFit; `files` itself is never touched."""
    result = dict(files)
    misfits = [Misfit(path, problem) for path, text in changes.files if (problem := placeholder_in(text))]
    result.update({path: text.encode() for path, text in changes.files})
    for path in changes.deleted:
        result.pop(path, None)
    for edit in changes.edits:
        misfit = apply_edit(result, edit)
        misfits += [misfit] if misfit else []
    if misfits:
        raise EditsDoNotFit(misfits)
    return result


def apply_edit(files: dict[str, bytes], edit: Edit) -> Misfit | None:
    """Apply one block in place; return why it does not fit."""
    content = files.get(edit.path)
    if content is None:
        return Misfit(edit.path, f"there is no such file; the files are {', '.join(sorted(files))}")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Misfit(edit.path, "it is not text, so it cannot be edited")
    if not edit.search.strip():
        return Misfit(edit.path, "the block has no text to search for; use FILE to write a whole file")
    if problem := placeholder_in(edit.replace):
        return Misfit(edit.path, problem)
    return fit(files, edit, text)


def fit(files: dict[str, bytes], edit: Edit, text: str) -> Misfit | None:
    """Replace the one place that matches. Files with CRLF are matched by lines, and keep their line ends."""
    search, replace = edit.search, edit.replace
    if "\r\n" in text and "\r\n" not in search:
        search, replace = search.replace("\n", "\r\n"), replace.replace("\n", "\r\n")
    count = text.count(search)
    if count == 0 and not text.endswith("\n") and text.endswith(search.rstrip("\r\n")):
        search, replace = search.rstrip("\r\n"), replace.rstrip("\r\n")  # the last line has no line end
        count = text.count(search)
    if count != 1:
        problem = f"the text to search for occurs {count} times, it must occur exactly once"
        return Misfit(edit.path, problem, nearby(text, edit.search) if count == 0 else "")
    files[edit.path] = text.replace(search, replace, 1).encode()
    return None


def nearby(text: str, search: str) -> str:
    """Return the lines of a file that are most like what was searched for."""
    lines, wanted = text.splitlines(), search.strip("\n").splitlines()
    anchor = max(wanted, key=len, default="")
    if not lines or not anchor.strip():
        return ""
    scores = [difflib.SequenceMatcher(None, anchor.strip(), line.strip()).quick_ratio() for line in lines[:5_000]]
    best = scores.index(max(scores))
    first = max(0, best - wanted.index(anchor) - 2)
    return "\n".join(lines[first : first + max(len(wanted) + 4, NEARBY_LINES)])


def placeholder_in(text: str) -> str | None:
    """Say so when a text leaves something out ("// rest of the code unchanged")."""
    match = PLACEHOLDER.search(text)
    return f'"{match[0].strip()}" leaves something out; write every line' if match else None
