"""What the words of a new round change: which file, element, text or format, and how much of what was said of it ends.

A mention alone changes nothing. A thing changes when it is the object of an order ("rename A to B", "append to A",
"after fixing A", "A is replaced by B") or when a statement ends it (statements.py); not when it is what something
becomes, where something else is, or what a page does for its users.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from action.contract.clause import (
    AFTERWARDS,
    ANY,
    BEFORE_ORDER,
    DOING,
    DONE,
    GERUND,
    GROUP_OF,
    NEW_ONE,
    NOT,
    ORDER,
    RELATIVE,
    THAT_VERSION,
    VERSION,
    WITH_DONE,
    Change,
    Clause,
    Group,
    How,
    clauses_of,
    first_page,
    owned,
    weaker,
)
from action.contract.statements import statements
from action.contract.things import M, Thing
from receiver.task import Task

PAGE = "index.html"
LONGEST_WORDS = 160  # characters of a clause that are shown as the reason
FIRST_IN_FILE = re.compile(
    r"\s*in\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)(?:\s+and\s+(?:in|on)\s+[\w ]{1,30}?)?\s*,?\s+[\w‹]",
    re.IGNORECASE,
)
ABOUT_FILE = re.compile(r"\s*(?:[-*]\s*)?(?:in\s+)?(?P<mark>‹f\d+›)\s*:\s", re.IGNORECASE)
TO = re.compile(r"\s(?:to|with|by|into|as|for)\s|\s*(?:→|->|=>|⇒)\s*", re.IGNORECASE)
EDIT_ENDS = re.compile(
    r"\s(?:to|so|with|by|such that|for|because|from|using|based on|according to|as|where|until)\s", re.IGNORECASE
)
INTO = re.compile(r"(?:^|\s)(?:to|into|in|onto|on top of|at the (?:end|top|bottom|beginning|start) of)\s", re.I)
DESTINATION = re.compile(
    r"^(?:(?:the|our|my|your|existing|attached|current|old|data|csv|text|markdown|script|end|bottom|top|beginning|start|of|file"
    rf"|attachment|table|list|element|section|form|page|output)\s+|‹[nm]\d+›\s+)*(?P<mark>{ANY})",
    re.IGNORECASE,
)
LINK = re.compile(
    r"\b(?:links?|references?|hrefs?|redirects?|paths?|pointers?|shortcuts?|buttons?|points?|leads?)\s*$", re.IGNORECASE
)
NEAR = re.compile(
    r"\b(?:below|above|next to|beside|left|right|top|bottom|before|after|under|beneath|behind|up|down)\b", re.I
)
IN_FILE = re.compile(r"\b(?:in|within|inside|throughout)\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)", re.I)
APART = re.compile(
    rf"\b(?:take|throw|leave|cut|strip|get)\s+(?P<what>[^,.;‹]*+{M}[^,.;]*?)\s+(?:down|out|away|off|aside)\b(?! of)",
    re.IGNORECASE,
)
STOP = re.compile(r"\b(?:stop|quit|cease)\s+\w+ing\s+(?P<what>.*)", re.IGNORECASE)
UP_TO_DATE = re.compile(rf"\bbring\s+(?:the\s+|file\s+)*(?P<mark>{M})\s+up[ -]to[ -]date\b", re.IGNORECASE)
CONVERTED = re.compile(r"\bconvert", re.IGNORECASE)
IT_LAST = re.compile(r"\b(?:it|them|the (?:file|attachment))\s*$", re.IGNORECASE)
SUBJECT_FILE = re.compile(
    r"\s*(?:(?:the|our|my|your|here|is|are|attached|attachment|file|current|old|existing|page|script|sheet)\s+)*(?P<mark>‹f\d+›)",
    re.IGNORECASE,
)
MUST_BE = re.compile(r"\b(?:becomes?|(?:must|should) (?:be|become|read|say)|(?:is|are) now)\b", re.IGNORECASE)
WHOLE = ("replac", "substitut", "exchang", "swap")  # verbs after which nothing of the old thing is left
WRITE = ("writ", "includ", "cop")  # verbs that put something into a file, and show it in an element
MAKE = ("mak", "made")
IS_MADE = re.compile(rf"\s+(?:the |element |‹n\d+› )*{M}(?! (?:that|which|with)\b)", re.IGNORECASE)
ALL_TEXTS = re.compile(r"\b(?:page|site|everything|texts?|labels?|interface|content|it)\b", re.IGNORECASE)
ASIDE = re.compile(r"\s(?:that|which|where|who|whose|while|when|so)\s", re.IGNORECASE)
NOTHING = re.compile(r"\s+(?:nothing|neither|no one|nobody)\b", re.IGNORECASE)
AUXILIARY = re.compile(r"\b(?:must|should|shall|will|can|may|has to|have to|needs? to|has|have|to)\s*$", re.IGNORECASE)
LAST_SUBJECT = re.compile(r",\s(?!and\b)(?![^‹]{0,12}‹)")
GERUND_FIRST = re.compile(rf"\s*(?:and\s+)?(?P<verb>{GERUND})\b", re.IGNORECASE)
IT = re.compile(r"\s+(?:it|its|them|(?:the|this|that|the attached) file|the attachment)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """What a text changes, and what it says shall stay."""

    changes: tuple[Change, ...] = ()
    kept: frozenset[Thing] = frozenset()


def words_of(
    task: Task,
    files: Iterable[str] = (),
    page_texts: Iterable[str] = (),
    spoken: Mapping[str, str] = MappingProxyType({}),
) -> Words:
    """Return what the words of a task change: its brief, and its checks in English.

    `files` are names of more files, `page_texts` what the page says as far as somebody demanded it, and `spoken` the
    ids that were demanded, by how people speak of them.
    """
    texts = [task.brief, *(str(check) for check in task.checks if check.js is None)]
    names = (*(attachment.name for attachment in task.attachments), *files)
    clauses = [clause for text in texts for clause in clauses_of(text, names, page_texts, spoken)]
    changes = dict.fromkeys(change for clause in clauses for change in changes_in(clause))
    return Words(tuple(changes), frozenset(thing for clause in clauses for thing in clause.kept()))


def attachments_to_change(task: Task) -> frozenset[str]:
    """Return the attachments that the task orders to be fixed, edited or extended; all others stay byte for byte."""
    names = frozenset(attachment.name for attachment in task.attachments)
    if not names:
        return names
    changes = words_of(task).changes
    found = {change.thing.name for change in changes if loses_bytes(change)}
    return names & ({*found, PAGE} if PAGE in names and edits_page(task) else found)


def edits_page(task: Task) -> bool:
    """Whether a task whose attachment is the first page orders more of that page than to publish it."""
    clauses = list(clauses_of(task.brief, tuple(attachment.name for attachment in task.attachments)))
    is_kept = any(thing.name == PAGE for clause in clauses for thing in clause.kept())
    return not is_kept and any(is_page_order(clause) for clause in clauses)


def is_page_order(clause: Clause) -> bool:
    """Whether a clause orders a change, and names no other file."""
    if clause.is_behaviour(0) or any(it.kind == "file" and it.name != PAGE for it in clause.things(clause.text)):
        return False
    before_verbs = (clause.text[: match.start("verb")] for match in ORDER.finditer(clause.text))
    return any(BEFORE_ORDER.search(before) and is_meant(clause, before) for before in before_verbs)


def loses_bytes(change: Change) -> bool:
    """Whether a change orders somebody to give a file other bytes. A statement that it changed is no order."""
    is_edit = change.by in {"edit", "sort", "add", "extend", "remove", "rename", "swap"} and change.is_order
    return change.thing.kind == "file" and is_edit and change.how in {"gone", "changed", "added to", "touched"}


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
    if first is None or not (found or verbs or MUST_BE.search(clause.text)):
        return
    files = [it for it in clause.things(first["mark"]) if not it.is_page]
    if not found and verbs & {"rename", "remove"} and ABOUT_FILE.match(clause.sentence):  # "A: rename to B"
        yield from (Change(it, "gone", "rename") for it in files)
    elif not found and verbs <= {"add", "extend"}:
        yield from (Change(it, "added to", "add") for it in files)
    else:
        has_direct = any(it.thing.kind == "text" or (it.thing.kind == "file" and it.thing not in files) for it in found)
        yield from owned(files, "edit", has_direct=has_direct)


def orders(clause: Clause) -> Iterator[Change]:
    """Read verbs in the imperative, and gerunds after "after" or "by"."""
    is_subject = clause.sentence.startswith(clause.text)  # "Converting A to B gives C"
    first = None if is_subject else GERUND_FIRST.match(clause.text)  # "..., fixing the typo"
    for match in (*ORDER.finditer(clause.text), *DOING.finditer(clause.text), *([first] if first else [])):
        before, verb = clause.text[: match.start("verb")], match["verb"].lower()
        after, group = DOING.split(clause.text[match.end() :], maxsplit=1)[0], GROUP_OF[verb]
        is_order = match.re is not ORDER or BEFORE_ORDER.search(before)
        if not is_order or not is_meant(clause, before) or NOTHING.match(after) or happens(group, after):
            continue
        yield from by_verb(clause, verb, after)
        if match.re is not ORDER and group in {"edit", "remove", "swap"}:  # "commit A after fixing the typo"
            things = clause.things(before) if match.re is DOING else clause.before
            if CONVERTED.search(clause.sentence):
                things = things[-1:]  # what it becomes
            yield from (Change(it, "touched", "edit") for it in things if it.kind == "file")
    for match in (*APART.finditer(clause.text), *STOP.finditer(clause.text)):
        before = clause.text[: match.start()]
        if BEFORE_ORDER.search(before) and is_meant(clause, before):
            yield from clause.objects(f" {match['what']}", "remove", "gone")
    for match in (*VERSION.finditer(clause.text), *UP_TO_DATE.finditer(clause.text)):
        yield from (Change(it, "changed", "edit") for it in clause.things(match["mark"]))
    for match in NEW_ONE.finditer(clause.text):
        yield from (Change(it, "changed", "edit") for it in clause.things(match["mark"]) if not it.is_page)
    if THAT_VERSION.search(clause.text) and not clause.is_behaviour(0):
        yield from (Change(it, "touched", "edit") for it in clause.before if it.kind == "file")


def is_meant(clause: Clause, before: str) -> bool:
    """Whether the words before a verb leave it an order: no negation, no relative clause, nothing that users do."""
    return not (NOT.search(before) or RELATIVE.search(before) or clause.is_behaviour(len(before)))


def happens(group: Group, after: str) -> bool:
    """Whether the words after a verb say when it happens, over and over, in the page."""
    return group not in {"rename", "move"} and bool(AFTERWARDS.search(after.split(",")[0]))


def passives(clause: Clause) -> Iterator[Change]:
    """Read "A is renamed to B", "A was replaced by B", and "A with its typo fixed"."""
    for match in DONE.finditer(clause.text):
        verb, before, after = match["verb"].lower(), clause.text[: match.start()], clause.text[match.end() :]
        is_denied = NOT.search(clause.text[: match.start("verb")])
        if is_denied or not is_meant(clause, before) or happens(GROUP_OF[verb], after):
            continue
        subject = TO.sub(", ", AUXILIARY.sub("", f"{LAST_SUBJECT.split(before)[-1].strip()} ")).strip()
        is_added = GROUP_OF[verb] == "add" and verb != "merged"
        is_order = match["be"].lower() not in {"was", "were", "been"}
        found = by_verb(clause, verb, f" {after}" if is_added else f" {subject} {after}")
        yield from (replace(it, is_order=is_order) for it in found)
    for match in WITH_DONE.finditer(clause.text):
        if GROUP_OF[match["verb"].lower()] in {"edit", "remove"} and not clause.is_behaviour(match.start()):
            before = clause.text[: match.start()]
            things = clause.before if IT_LAST.search(before) else clause.things(before)
            yield from (Change(it, "touched", "edit") for it in things if it.kind == "file")
            yield from (Change(it, "gone", "edit") for it in clause.things(match["what"]) if it.kind == "text")


def by_verb(clause: Clause, verb: str, after: str) -> Iterator[Change]:
    """Read what follows a verb of change."""
    group = GROUP_OF[verb]
    pronoun = IT.match(after)
    if pronoun and group not in {"sort", "move", "add"}:
        after = after[pronoun.end() :]
        how: How = "gone" if group in {"remove", "rename"} else "changed"
        yield from (Change(it, how, group) for it in clause.before)
    match group:
        case "rename" | "swap" | "convert":
            yield from swap(clause, verb, after)
        case "remove":
            yield from clause.objects(after, group, "gone")
        case "move":
            yield from move(clause, after)
        case "add":
            yield from addition(clause, verb, after)
        case _:
            yield from edit(clause, verb, after)


def swap(clause: Clause, verb: str, after: str) -> Iterator[Change]:
    """Read "A to B", also "A to B and C to D". "Substitute B for A" is the other way round."""
    if verb.startswith("substitut") and (match := re.search(r"\sfor\s", after)):
        after = f"{after[match.end() :]} with {after[: match.start()]}"
    first, *parts = TO.split(after)
    olds, news = [first], []
    for part in parts[:-1]:
        new, _, old = part.rpartition(" and ") if " and " in part else part.rpartition(",")
        news.append(new or old)
        olds += [old] if new else []
    news += parts[-1:]
    replaced = [thing for old in olds for thing in clause.things(old)]
    new_things = [thing for new in news for thing in clause.things(new)]
    files = [it for new in news for match in IN_FILE.finditer(new) for it in clause.things(match["mark"])]
    yield from owned(files, "edit", has_direct=bool(replaced))
    for old in olds:
        yield from old_side(clause, verb, old, {it.kind for it in new_things})
    if GROUP_OF[verb] != "rename" and not {it.kind for it in replaced} & {"format", "file", "id"}:
        yield from (Change(it, "instead", GROUP_OF[verb]) for it in new_things if it.kind == "format")


def old_side(clause: Clause, verb: str, old: str, news: set[str]) -> Iterator[Change]:
    """Read what is replaced: all of a thing, or a part of it ("the text of A", "'B' in A", "A from B")."""
    group = GROUP_OF[verb]
    owner, found_from, rest = old.rpartition(" from ")
    if found_from and clause.things(rest) and not clause.things(rest)[0].is_page:
        yield from (Change(it, weaker(it, old), group) for it in clause.things(owner))
        old = rest
    is_whole = group != "swap" or verb.startswith(WHOLE)
    for change in clause.objects(old, group, "gone" if is_whole else None, news=news | {"format"}):
        is_read = group == "convert" and "file" in news and change.thing.kind in {"text", "noun"}  # and stays there
        if not is_read:
            yield change


def move(clause: Clause, after: str) -> Iterator[Change]:
    """Read "A from P to Q". What only stands elsewhere on its page is not gone."""
    source, *rest = re.split(r"\s(?:to|into|onto|on|over to|in)\s", after)
    what, _, page_from = source.partition(" from ")
    target = " ".join(rest) + (f" {clause.sentence}" if re.search(r"\bthere\b", after) else "")
    goal, origin = first_page(clause.things(target)), first_page(clause.things(page_from))
    direct, owners = clause.sides(what)
    if any(it.kind == "text" for it in direct):
        yield from owned(owners, "edit", has_direct=True)
    for it in direct:
        if goal and not it.is_page:
            yield Change(it, "gone", "move", on_page=origin, off_page=goal)
        elif it.kind in {"file", "text"} and target:
            yield Change(it, "gone", "rename")
        else:
            yield Change(it, "looks" if NEAR.search(after) or not target else "changed", "move")
    if goal and not direct:
        yield from clause.nouns(what, "gone", "move", origin, goal)


def addition(clause: Clause, verb: str, after: str) -> Iterator[Change]:
    """Read "B to A": A has more than before. A link to A leaves it as it is; what is merged into A is gone."""
    after = ASIDE.split(after)[0]
    for match in INTO.finditer(after):
        if LINK.search(after[: match.start()]):
            continue
        if IT.match(f" {after[match.end() :]}") and (subject := SUBJECT_FILE.match(clause.previous)):
            yield from (Change(it, "added to", "add") for it in clause.things(subject["mark"]))
        if verb.startswith(("merg", "fold", "integrat", "incorporat")):
            yield from (Change(it, "gone", "merge") for it in clause.things(after[: match.start()]) if it.is_page)
        if destination := DESTINATION.match(after[match.end() :]):
            for it in clause.things(destination["mark"]):
                if it.kind == "file" or (it.kind == "id" and not verb.startswith(WRITE)):
                    yield Change(it, "added to", "add")
            if verb.startswith("merg"):
                yield from (Change(it, "gone", "merge") for it in clause.things(after[: match.start()]))
            return


def edit(clause: Clause, verb: str, after: str) -> Iterator[Change]:
    """Read the object of "fix", "update", "translate", "extend", "sort". "Make a button A that ..." makes a new one."""
    group, what = GROUP_OF[verb], EDIT_ENDS.split(after)[0]
    if verb.startswith(MAKE):
        what = made[0] if (made := IS_MADE.match(after)) else ""
    if verb.startswith("translat") and ALL_TEXTS.search(what) and not any(clause.sides(what)):
        yield Change(Thing("noun", "all texts"), "changed", group)
        return
    how: How | None = "added to" if group in {"extend", "sort"} else None
    for change in clause.objects(what, "sort" if group == "sort" else "edit", how, words=after):
        is_shown = group == "sort" and change.thing.kind == "file" and change.how == how  # a file is sorted on the page
        if not is_shown:
            yield change
