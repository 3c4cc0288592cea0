"""What the words of a new round change: which file, element, text or format, and how much of what was said of it ends.

A mention alone changes nothing. A thing changes when it is the object of an order ("rename", "append to", "no longer",
"instead of"), not when it is what something becomes, where something else is, or what a page does for its users.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from action.contract.clause import (
    ANY,
    LONGEST_WORDS,
    Change,
    Clause,
    M,
)
from action.contract.orders import orders, passives
from action.contract.statements import statements
from action.contract.things import Thing, marked
from action.contract.verbs import (
    BASE,
    GERUND,
    GROUP_OF,
    ORDER,
    OTHERS,
)
from receiver.task import Task

LONGEST_SENTENCE = 600  # characters; nobody writes longer ones, and patterns are slow on what nobody wrote
MOST_SENTENCES = 400
SENTENCE = re.compile(r"(?<=[.!?;])[\"”'’)]*\s+|\n+|\s[–—]\s|\s-\s|[()]")
CLAUSE = re.compile(
    rf",?\s+(?:but|whereas|although|though|yet)\s+|:\s+"
    rf"|,?\s+(?:and then|then|and also|and|,)\s+(?=(?:also |please |now |instead )?(?:{BASE}|{OTHERS})\b)"
    rf"|,\s*(?=(?:also |please |now )?(?:{BASE}|{GERUND}|{OTHERS})\b)"
    rf"|(?:,\s+(?:and\s+)?|\s+and\s+|\s+while\s+)(?=(?:the [\w -]{{0,30}})?{ANY}(?: ‹n\d+›)? "
    rf"(?:stays?|remains?|is|are|becomes?|keeps?|must|should|will|now|no longer|goes|moves)\b)",
    re.IGNORECASE,
)
HAS_VERB = re.compile(
    rf"\b(?:{BASE}|{OTHERS}|{GERUND}|is|are|was|were|be|becomes?|stays?|remains?|keeps?|must|should|will|shows?|has|have"
    r"|contains?|replaces)\b|→|->|=>",
    re.IGNORECASE,
)
FIRST_IN_FILE = re.compile(r"\s*in\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)\s*,?\s+\w", re.IGNORECASE)
ABOUT_FILE = re.compile(r"\s*(?:[-*]\s*)?(?:in\s+)?(?P<mark>‹f\d+›)\s*:\s", re.IGNORECASE)
IN_BRACKETS = re.compile(rf"\(\s*({M})\s*\)")
LINE_BREAK = re.compile(r"(?<!\n)\n(?![\n*-]|#+\s)")  # inside a paragraph
SPACES = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Words:
    """What a text changes, and what it says shall stay."""

    changes: tuple[Change, ...] = ()
    kept: frozenset[Thing] = frozenset()


def read_words(texts: Iterable[str], known: Iterable[str] = ()) -> Words:
    """Return what the texts of a round change. `known` are names of files."""
    names = tuple(known)
    clauses = [clause for text in texts for clause in clauses_of(text, names)]
    changes = dict.fromkeys(change for clause in clauses for change in changes_in(clause))
    return Words(tuple(changes), frozenset(thing for clause in clauses for thing in clause.kept()))


def clauses_of(text: str, names: tuple[str, ...]) -> Iterator[Clause]:
    """Yield the clauses of a text, each with what was spoken of before it."""
    found = marked(SPACES.sub(" ", LINE_BREAK.sub(" ", text)), names)
    found.text = IN_BRACKETS.sub(r"\1", found.text)
    before: list[Thing] = []
    previous = ""
    for whole in SENTENCE.split(found.text)[:MOST_SENTENCES]:
        sentence = whole[:LONGEST_SENTENCE]
        for part in split(sentence):
            yield Clause(found, part.strip(), sentence, before, previous)
            before = [thing for thing in found.things_in(part) if thing.kind in {"file", "id"}] or before
        previous = sentence


def attachments_to_change(task: Task) -> frozenset[str]:
    """Return the attachments that the task orders to be fixed, edited or extended; all others stay byte for byte."""
    names = frozenset(attachment.name for attachment in task.attachments)
    texts = [task.brief, *(str(check) for check in task.checks if check.js is None)] if names else []
    return names & {change.thing.name for change in read_words(texts, names).changes if loses_bytes(change)}


def loses_bytes(change: Change) -> bool:
    """Whether a change orders somebody to give a file other bytes. A statement that it changed is no order."""
    is_edit = change.by in {"edit", "add", "extend", "remove", "rename", "swap"} and change.is_order
    return change.thing.kind == "file" and is_edit and change.how in {"gone", "changed", "added to", "touched"}


def split(sentence: str) -> Iterator[str]:
    """Yield the parts of a sentence that have a verb each."""
    start = 0
    for match in CLAUSE.finditer(sentence):
        if HAS_VERB.search(sentence[start : match.start()]) or match[0].strip().startswith(":"):
            yield sentence[start : match.start()]
            start = match.end()
    yield sentence[start:]


def changes_in(clause: Clause) -> list[Change]:
    """Return what this clause changes."""
    if clause.is_behaviour(0):
        return []
    found = [*orders(clause), *passives(clause), *statements(clause)]
    found += in_a_file(clause, found)
    words = clause.found.words(clause.text)[:LONGEST_WORDS]
    return [replace(change, words=words, about=clause.about()) for change in found]


def in_a_file(clause: Clause, found: list[Change]) -> Iterator[Change]:
    """Return the file that a clause begins with, when something in it changes: "in A, replace 10 with 12"."""
    first = FIRST_IN_FILE.match(clause.text) or ABOUT_FILE.match(clause.sentence)
    verbs = {GROUP_OF[match["verb"].lower()] for match in ORDER.finditer(clause.text)}
    if first is None or not (found or verbs):
        return
    files = [it for it in clause.things(first["mark"]) if not it.is_page]
    if not found and verbs & {"rename", "remove"} and ABOUT_FILE.match(clause.sentence):  # "A: rename to B"
        yield from (Change(it, "gone", "rename", "") for it in files)
    elif not found and verbs <= {"add", "extend"}:
        yield from (Change(it, "added to", "add", "") for it in files)
    else:
        has_texts = any(it.thing.kind == "text" for it in found)
        yield from clause.owned(files, has_direct=has_texts, group="edit", words="")
