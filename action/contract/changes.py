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
    is_page,
)
from action.contract.orders import orders, passives
from action.contract.statements import absent, described, instead, named_anew, no_longer, now
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
    rf"\b(?:{BASE}|{OTHERS}|{GERUND}|is|are|was|were|be|becomes?|stays?|remains?|keeps?|must|should|will|shows?|has|have|contains?|replaces)\b"
    "|→|->|=>",
    re.IGNORECASE,
)
FIRST_IN_FILE = re.compile(r"\s*in\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)\s*,?\s+\w", re.IGNORECASE)
ABOUT_FILE = re.compile(r"\s*(?:[-*]\s*)?(?:in\s+)?(?P<mark>‹f\d+›)\s*:\s", re.IGNORECASE)
LOSES_BYTES = {"gone", "changed", "added to", "touched"}


@dataclass(frozen=True)
class Words:
    """What a text changes, and what it says shall stay."""

    changes: tuple[Change, ...] = ()
    kept: frozenset[Thing] = frozenset()


def read_words(texts: Iterable[str], known: Iterable[str] = ()) -> Words:
    """Return what the texts of a round change. `known` are names of files."""
    changes: list[Change] = []
    kept: set[Thing] = set()
    names = tuple(known)
    for text in texts:
        found = marked(text, names)
        found.text = re.sub(rf"\(\s*({M})\s*\)", r"\1", found.text)
        before: list[Thing] = []
        previous = ""
        for sentence in SENTENCE.split(found.text)[:MOST_SENTENCES]:
            for clause in clauses(sentence[:LONGEST_SENTENCE]):
                reader = Clause(found, clause.strip(), sentence[:LONGEST_SENTENCE], before, previous)
                changes += changes_in(reader)
                kept |= reader.kept()
                before = [thing for thing in found.things_in(clause) if thing.kind in {"file", "id"}] or before
            previous = sentence[:LONGEST_SENTENCE]
    return Words(tuple(dict.fromkeys(changes)), frozenset(kept))


def attachments_to_change(task: Task) -> frozenset[str]:
    """Return the attachments that the task orders to be fixed, edited or extended; all others stay byte for byte."""
    names = {attachment.name for attachment in task.attachments}
    if not names:
        return frozenset()
    texts = [task.brief, *(str(check) for check in task.checks if check.js is None)]
    edits = ("edit", "add", "extend", "remove", "rename", "swap")
    return (
        frozenset(
            change.thing.name
            for change in read_words(texts, names).changes
            if change.thing.kind == "file" and change.is_order and change.by in edits and change.how in LOSES_BYTES
        )
        & names
    )


def clauses(sentence: str) -> Iterator[str]:
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
    readings = (
        orders,
        passives,
        instead,
        no_longer,
        now,
        described,
        named_anew,
        absent,
    )
    found = [change for read in readings for change in read(clause)]
    first = FIRST_IN_FILE.match(clause.text) or ABOUT_FILE.match(clause.sentence)
    if first and (found or ORDER.search(clause.text)):  # "in A, replace 10 with 12"
        files = [it for it in clause.things(first["mark"]) if not is_page(it)]
        verbs = {GROUP_OF[match["verb"].lower()] for match in ORDER.finditer(clause.text)}
        is_more = not found and verbs <= {"add", "extend"}
        has_texts = any(it.thing.kind == "text" for it in found)
        found += (
            [Change(it, "added to", "add", "") for it in files]
            if is_more
            else clause.owned(files, has_direct=has_texts, group="edit", words="")
        )
    words = clause.found.words(clause.text)[:LONGEST_WORDS]
    return [replace(change, words=words, about=clause.about()) for change in found]
