"""How a model says what changes in files, and what becomes of them: each block must fit in exactly one place."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from action.model.fences import placeholder_line
from action.model.reply import Edit, Reply

FORMAT = """\
To change part of a file, write a block (the lines between EDIT and REPLACE must occur in the file exactly once,
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
When what failed is no mistake of the files, write no block: say why in one sentence, then <<<DONE {token}>>>.
When everything is written, end with the line <<<DONE {token}>>>.
"""
WHOLE_FILES = """\
Write whole files, so that nothing has to fit. For each file that changes, give all of it:
<<<FILE {token} path/to/name.ext>>>
all lines of the file, from its first to its last
<<<END {token}>>>
Files that you do not write stay as they are. To remove a file: <<<DELETE {token} path/to/name.ext>>>
When what failed is no mistake of the files, write no block: say why in one sentence, then <<<DONE {token}>>>.
When everything is written, end with the line <<<DONE {token}>>>.
"""
LARGEST_WHOLE = 30_000  # bytes; a longer file is cut off more often than a block does not fit
SMALL_SITE = 8_000  # bytes in all files; to write them again costs less than one block that does not fit
NEARBY_LINES = 12
MOST_EXPLAINED = 5  # blocks of one reply whose nearby text is looked for
MOST_COMPARED, LONGEST_COMPARED = 3_000, 120  # lines, and characters of each: what a misfit is explained with


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


def format_for(files: Mapping[str, bytes], misfits: Sequence[str]) -> str:
    """Return how to answer: whole files when they are short, and after blocks that did not fit."""
    sizes = [len(body) for body in files.values()]
    if any(size > LARGEST_WHOLE for size in sizes):
        return FORMAT
    return WHOLE_FILES if misfits or sum(sizes) <= SMALL_SITE else FORMAT


def apply_changes(files: Mapping[str, bytes], reply: Reply) -> dict[str, bytes]:
    """Return the changed files. Raises EditsDoNotFit; `files` itself is never touched."""
    result = dict(files)
    misfits = [Misfit(fault.path, fault.reason) for fault in reply.faults()]
    result.update({path: text.encode(errors="replace") for path, text in reply.files.items()})
    for path in reply.deleted:
        result.pop(path, None)
    for edit in reply.edits:
        misfit = apply_edit(result, edit, explains=len(misfits) < MOST_EXPLAINED)
        misfits += [misfit] if misfit else []
    if misfits:
        raise EditsDoNotFit(misfits)
    return result


def apply_edit(files: dict[str, bytes], edit: Edit, *, explains: bool = True) -> Misfit | None:
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
    if placeholder_line(edit.replace):
        return Misfit(edit.path, "the new lines leave something out; write every line")
    return fit(files, edit, text, explains)


def fit(files: dict[str, bytes], edit: Edit, text: str, explains: bool) -> Misfit | None:
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
        return Misfit(edit.path, problem, nearby(text, edit.search) if count == 0 and explains else "")
    files[edit.path] = text.replace(search, replace, 1).encode(errors="replace")
    return None


def nearby(text: str, search: str) -> str:
    """Return the lines of a file that are most like what was searched for."""
    lines, wanted = text.splitlines(), search.strip("\n").splitlines()
    anchor = max(wanted, key=len, default="")
    if not lines or not anchor.strip():
        return ""
    likeness = difflib.SequenceMatcher(autojunk=False)
    likeness.set_seq2(anchor.strip()[:LONGEST_COMPARED])  # the second one's letters are counted only once
    scores = [ratio(likeness, line) for line in lines[:MOST_COMPARED]]
    best = scores.index(max(scores))
    first = max(0, best - wanted.index(anchor) - 2)
    return "\n".join(lines[first : first + max(len(wanted) + 4, NEARBY_LINES)])


def ratio(likeness: "difflib.SequenceMatcher[str]", line: str) -> float:
    """Return how like a line is to the one that was searched for."""
    likeness.set_seq1(line.strip()[:LONGEST_COMPARED])
    return likeness.quick_ratio()
