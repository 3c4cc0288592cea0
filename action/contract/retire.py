"""The newest words win: what earlier rounds demanded and the new one changes is demanded no longer."""

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from action.contract.assertion import Assertion, EqualsAttachment, FileAbsent, Js
from action.contract.changes import Words, words_of
from action.contract.clause import Change
from action.contract.contract import Contract, Retired, subject_of, without_duplicates
from action.contract.kind import DESCRIPTIVE
from action.contract.things import Thing
from action.contract.touched import ends, ends_broadly, is_computed, is_exact, is_header_count, mentions, strings
from receiver.task import Task

GONE = re.compile(
    r"\s*(?:!\s*document\.(?:querySelector|getElementById)\(\s*[\"'`]#?(?P<a>[\w-]+)[\"'`]\s*\)"
    r"|document\.(?:querySelector|getElementById)\(\s*[\"'`]#?(?P<b>[\w-]+)[\"'`]\s*\)\s*===?\s*null"
    r"|document\.querySelectorAll\(\s*[\"'`]#(?P<c>[\w-]+)[\"'`]\s*\)\.length\s*===?\s*0)\s*;?\s*"
)
# What a model says of the words of a round is believed when they are there, and speak of what the assertion is about.
LEAST_QUOTED = 3  # words
WORD = re.compile(r"#\w+|[A-Z]?[a-z]{2,}|[A-Z]{2,}|[a-z]\d")  # of "querySelector", both
LONGEST_STEM = 4  # letters: "store" speaks of "localStorage"
SAY_NOTHING = (
    "the and for are not all new now use its with that this from have must should page site element text value exists"
    " shows document query selector content inner includes length null after these click"
)
TABLES = (".csv", ".tsv", ".xlsx", ".xlsm")
DATA = (".json", ".xml", ".yaml", ".yml", ".geojson", ".txt")


def after(
    new: Contract,
    earlier: Contract,
    words: Words,
    *,
    current: Mapping[str, bytes] | None = None,
    may_change_given: bool = True,
) -> Contract:
    """Return the new contract with what of the earlier rounds still holds, and with what does not as `retired`.

    `current` are the files of the page as it is. What somebody only says about a page may not change what its sender's
    checks demand.
    """
    fixed = set() if may_change_given else {subject_of(a) for a in earlier.assertions if a.origin != "inferred"}
    own = [a for a in without_past(new.assertions, words) if a.origin != "inferred" or subject_of(a) not in fixed]
    newer = {subject_of(assertion): assertion for assertion in reversed(own)}
    same = {assertion.id for assertion in own}
    changes = (*words.changes, *demanded(own), *new_data(own, earlier, current or {}))

    def reason_for(assertion: Assertion) -> str:
        other = newer.get(subject_of(assertion))
        if assertion.id in same:
            return ""
        if other and contradict(assertion, other):
            return said_by(other)
        is_fixed = not may_change_given and assertion.origin == "given"
        return "" if is_fixed else ended_by(assertion, changes, words, earlier)

    decidable = (a for a in earlier.assertions if a.kind != "advice" and not a.objection)  # of others nobody can decide
    found = [(a, reason_for(a)) for a in decidable]
    kept = [assertion for assertion, reason in found if not reason]
    retired = tuple(Retired(assertion=assertion, words=reason) for assertion, reason in found if reason)
    return Contract(assertions=without_duplicates([*own, *kept]), uncompiled=new.uncompiled, retired=retired)


def why_not_replaced(assertion: Assertion, quoted: str, task: Task) -> str:
    """Return why words that a model quotes do not end an assertion of an earlier round; nothing when they do."""
    brief = in_one_line("\n".join([task.brief, *map(str, task.checks)]))
    words = in_one_line(quoted).strip(" .,;:!\"'“”‘’`")
    if len(words.split()) < LEAST_QUOTED or words not in brief:
        return "these words are not in the brief of this round"
    if assertion.origin != "given" or assertion.round >= task.round:
        return "this round demands it itself"
    said = words_of(task.model_copy(update={"brief": quoted, "checks": ()}))
    if any(mentions(thing, assertion) for thing in said.kept):
        return "these words keep it"
    ways = {change.how for change in said.changes if mentions(change.thing, assertion)}
    if ways and ways <= {"looks", "added to"} and not is_exact(assertion):
        return "these words add to it, or change its looks"
    about = " ".join([assertion.sentence, assertion.source, *strings(assertion)])
    is_about_it = stems(quoted) & stems(about) - stems(SAY_NOTHING) or is_computed(assertion)
    return "" if is_about_it else "these words speak of something else"


def in_one_line(text: str) -> str:
    return " ".join(text.split()).casefold()


def stems(text: str) -> set[str]:
    """Return the beginnings of words: "todo" of "todos-v2"."""
    return {word.strip("#").lower()[:LONGEST_STEM].rstrip("s") for word in WORD.findall(text)}


def contradict(old: Assertion, new: Assertion) -> bool:
    """Whether two assertions on one subject cannot both be meant. That an element is there contradicts nothing."""
    if old.kind != new.kind:
        return True
    values, others = old.model_dump(exclude_defaults=True), new.model_dump(exclude_defaults=True)
    shared = (values.keys() & others.keys()) - DESCRIPTIVE
    return any(values[name] != others[name] for name in shared)


def said_by(assertion: Assertion) -> str:
    """Return the words of the new round that an assertion is from."""
    return assertion.source if assertion.origin == "given" and assertion.source else assertion.sentence


def without_past(found: Iterable[Assertion], words: Words) -> list[Assertion]:
    """Leave out what was guessed from a brief that names a thing only to say that it goes."""
    return [assertion for assertion in found if assertion.origin != "inferred" or not is_over(assertion, words)]


def is_over(assertion: Assertion, words: Words) -> bool:
    """Whether an assertion is about something that the same words say is gone."""
    return any(change.how == "gone" and ends(change, assertion) for change in words.changes)


def ended_by(assertion: Assertion, changes: Sequence[Change], words: Words, earlier: Contract) -> str:
    """Return the words of the new round that end an assertion; nothing when none do."""
    is_kept = any(mentions(thing, assertion) for thing in words.kept)
    data = {a.file for a in earlier.assertions if isinstance(a, EqualsAttachment)}
    for change in changes:
        if change.by == "convert" and change.thing.name in data:
            continue
        if change.how == "instead" or change.thing.kind in {"format", "noun"}:
            is_ended = not is_kept and ends_broadly(change, assertion, data, earlier)
        else:
            is_ended = ends(change, assertion)
        if is_ended:
            return change.words
    if is_kept or is_header_count(assertion):
        return ""
    fresh = (change for change in changes if is_new_data(change, data))
    return next((it.words for it in fresh if is_computed(assertion, is_longer=it.how == "added to")), "")


def demanded(own: Iterable[Assertion]) -> Iterator[Change]:
    """Return what the new round's own checks end: a file or an element that must not be there."""
    for assertion in own:
        if assertion.origin != "given":
            continue
        if isinstance(assertion, FileAbsent):
            yield Change(Thing("file", assertion.file), "gone", "check", said_by(assertion))
        elif isinstance(assertion, Js) and (match := GONE.fullmatch(assertion.expression)):
            name = match["a"] or match["b"] or match["c"]
            yield Change(Thing("id", f"#{name}"), "gone", "check", said_by(assertion))


def new_data(own: Iterable[Assertion], earlier: Contract, current: Mapping[str, bytes]) -> list[Change]:
    """Return the attachments that come again with other bytes."""
    before = {a.file: a.sha256 for a in earlier.assertions if isinstance(a, EqualsAttachment)}
    before |= {path: hashlib.sha256(body).hexdigest() for path, body in current.items()}
    return [
        Change(Thing("file", a.file), "changed", "attachment", f"{a.file} is attached anew")
        for a in own
        if isinstance(a, EqualsAttachment) and a.sha256 and before.get(a.file, a.sha256) != a.sha256
    ]


def is_new_data(change: Change, attached: Container[str]) -> bool:
    """Whether a change gives the page other data to compute from."""
    name = change.thing.name.lower()
    is_data = name.endswith(TABLES) or (name.endswith(DATA) and change.thing.name in attached)
    is_other = change.how in {"gone", "changed", "added to"} and change.by not in {"convert", "rename", "move", "merge"}
    return change.thing.kind == "file" and is_data and is_other
