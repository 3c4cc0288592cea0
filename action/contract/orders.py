"""Orders: "rename A to B", "after fixing A", "append B to A", "A is replaced by B"."""

import re
from collections.abc import Iterator, Set
from dataclasses import replace

from action.contract.clause import (
    ANY,
    Change,
    Clause,
    How,
    M,
)
from action.contract.things import MARK, Thing
from action.contract.verbs import (
    AFTERWARDS,
    BEFORE_ORDER,
    DOING,
    DONE,
    GERUND,
    GROUP_OF,
    NOT,
    ORDER,
    RELATIVE,
    VERSION,
    WITH_DONE,
    Group,
)

TO = re.compile(r"\s(?:to|with|by|into|as|for)\s|\s*(?:→|->|=>|⇒)\s*", re.IGNORECASE)
EDIT_ENDS = re.compile(
    r"\s(?:to|so|with|by|such that|for|because|from|using|based on|according to|as|where|until)\s", re.IGNORECASE
)
INTO = re.compile(
    r"(?:^|\s)(?:to|into|in|onto|on top of|at the (?:end|top|bottom|beginning|start) of)\s",
    re.IGNORECASE,
)
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
IN_FILE = re.compile(
    r"\b(?:in|within|inside|throughout)\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)", re.IGNORECASE
)
APART = re.compile(
    rf"\b(?:take|throw|leave|cut|strip|get)\s+(?P<what>[^,.;‹]*+{M}[^,.;]*?)\s+(?:down|out|away|off|aside)\b(?! of)",
    re.IGNORECASE,
)
WRITE = {"write", "writing", "written", "include", "including", "included", "copy", "copying", "copied"}
MAKE = {"make", "making", "made"}
ALL_TEXTS = re.compile(r"\b(?:page|site|everything|texts?|labels?|interface|content|it)\b", re.IGNORECASE)
STOP = re.compile(r"\b(?:stop|quit|cease)\s+\w+ing\s+", re.IGNORECASE)
UP_TO_DATE = re.compile(rf"\bbring\s+(?:the\s+|file\s+)*(?P<mark>{M})\s+up[ -]to[ -]date\b", re.IGNORECASE)
ASIDE = re.compile(r"\s(?:that|which|where|who|whose|while|when|so)\s", re.IGNORECASE)
NOTHING = re.compile(r"\s+(?:nothing|neither|no one|nobody)\b", re.IGNORECASE)
AUXILIARY = re.compile(r"\b(?:must|should|shall|will|can|may|has to|have to|needs? to|has|have|to)\s*$", re.IGNORECASE)
LAST_SUBJECT = re.compile(r",\s(?!and\b)(?![^‹]{0,12}‹)")
GERUND_FIRST = re.compile(rf"\s*(?:and\s+)?(?P<verb>{GERUND})\b", re.IGNORECASE)
IT = re.compile(r"\s+(?:it|its|them|(?:the|this|that|the attached) file|the attachment)\b", re.IGNORECASE)


def orders(clause: Clause) -> Iterator[Change]:
    """Read verbs in the imperative, and gerunds after "after" or "by"."""
    first = GERUND_FIRST.match(clause.text)  # "..., fixing the typo"
    for match in (*ORDER.finditer(clause.text), *DOING.finditer(clause.text), *([first] if first else [])):
        before, base = clause.text[: match.start("verb")], match["verb"].lower()
        after = clause.until_next_order(match.end())
        is_order = match.re is not ORDER or BEFORE_ORDER.search(before)
        if not is_order or not is_meant(clause, before) or NOTHING.match(after) or happens(GROUP_OF[base], after):
            continue
        yield from by_group(clause, GROUP_OF[base], base, after)
        if match.re is not ORDER and GROUP_OF[base] in {"edit", "remove", "swap"}:  # "commit A after fixing the typo"
            things = clause.things(before) if match.re is DOING else clause.before
            yield from (Change(it, "touched", "edit", "") for it in things if it.kind == "file")
    for match in APART.finditer(clause.text):
        before = clause.text[: match.start()]
        if BEFORE_ORDER.search(before) and is_meant(clause, before):
            yield from removal(clause, f" {match['what']}")
    for match in STOP.finditer(clause.text):
        before = clause.text[: match.start()]
        if BEFORE_ORDER.search(before) and is_meant(clause, before):
            yield from removal(clause, f" {clause.text[match.end() :]}")
    for match in (*VERSION.finditer(clause.text), *UP_TO_DATE.finditer(clause.text)):
        yield from (Change(it, "changed", "edit", "") for it in clause.things(match["mark"]))


def is_meant(clause: Clause, before: str) -> bool:
    """Whether the words before a verb leave it an order: no negation, no relative clause, nothing that users do."""
    return not (NOT.search(before) or RELATIVE.search(before) or clause.is_behaviour(len(before)))


def happens(group: Group, after: str) -> bool:
    """Whether the words after a verb say when it happens, over and over, in the page."""
    return group not in {"rename", "move"} and bool(AFTERWARDS.search(after.split(",")[0]))


def passives(clause: Clause) -> Iterator[Change]:
    """Read "A is renamed to B", "A was replaced by B", and "A with its typo fixed"."""
    for match in DONE.finditer(clause.text):
        base, after = match["verb"].lower(), clause.text[match.end() :]
        group, before = GROUP_OF[base], clause.text[: match.start()]
        is_denied = NOT.search(clause.text[: match.start("verb")])
        if is_denied or not is_meant(clause, before) or happens(group, after):
            continue
        subject = TO.sub(", ", AUXILIARY.sub("", f"{LAST_SUBJECT.split(before)[-1].strip()} "))
        joined = f" {after}" if group == "add" and base != "merged" else f" {subject.strip()} {after}"
        is_order = match["be"].lower() not in {"was", "were", "been"}
        yield from (replace(it, is_order=is_order) for it in by_group(clause, group, base, joined))
    for match in WITH_DONE.finditer(clause.text):
        if GROUP_OF[match["verb"].lower()] in {"edit", "remove"} and not clause.is_behaviour(match.start()):
            files = [it for it in clause.things(clause.text[: match.start()]) if it.kind == "file"]
            yield from (Change(it, "touched", "edit", "") for it in files)
            yield from (Change(it, "gone", "edit", "") for it in clause.things(match["what"]) if it.kind == "text")


def by_group(clause: Clause, group: Group, base: str, after: str) -> Iterator[Change]:
    """Read what follows a verb of change."""
    pronoun = IT.match(after)
    if pronoun and group not in {"sort", "move", "add"}:
        after = after[pronoun.end() :]
        how: How = "gone" if group in {"remove", "rename"} else "changed"
        yield from (Change(it, how, group, "") for it in clause.before)
    if group in {"rename", "swap", "convert"}:
        yield from swap(clause, group, base, after)
    elif group == "remove":
        yield from removal(clause, after)
    elif group == "move":
        yield from move(clause, after)
    elif group == "add":
        yield from addition(clause, base, after)
    else:
        yield from edit(clause, group, base, after)


def swap(clause: Clause, group: Group, base: str, after: str) -> Iterator[Change]:
    """Read "A to B", also "A to B and C to D". "Substitute B for A" is the other way round."""
    if base.startswith("substitut") and (match := re.search(r"\sfor\s", after)):
        after = f"{after[match.end() :]} with {after[: match.start()]}"
    parts = TO.split(after)
    olds, news = [parts[0]], []
    for part in parts[1:-1]:
        new, _, old = part.rpartition(" and ") if " and " in part else part.rpartition(",")
        news.append(new or old)
        olds += [old] if new else []
    news += parts[1:][-1:]
    kinds = {thing.kind for part in news for thing in clause.things(part)}
    has_old = any(clause.things(old) for old in olds)
    inside = (match["mark"] for part in news for match in IN_FILE.finditer(part))
    files = [clause.found.thing(mark) for text in inside if (mark := MARK.fullmatch(text))]
    yield from clause.owned(files, has_direct=has_old, group="edit", words="")
    for old in olds:
        yield from old_side(clause, group, base, old, kinds)
    if group != "rename" and not {it.kind for old in olds for it in clause.things(old)} & {"format", "file", "id"}:
        formats = [it for part in news for it in clause.things(part) if it.kind == "format"]
        yield from (Change(it, "instead", group, "") for it in formats)


def old_side(clause: Clause, group: Group, base: str, old: str, kinds: Set[str]) -> Iterator[Change]:
    """Read what is replaced: all of a thing, or a part of it ("the text of A", "'B' in A", "A from B")."""
    owner, found_from, rest = old.rpartition(" from ")
    if found_from and clause.things(rest) and not clause.things(rest)[0].is_page:
        yield from (Change(it, clause.weaker(it, old), group, "") for it in clause.things(owner))
        old = rest
    direct, owners = parts_of(clause, old, kinds)
    page = next((it.name for it in owners if it.is_page), "")
    if group == "convert" and "file" in kinds:  # what is converted to a file stays where it is read
        direct = [it for it in direct if it.kind != "text"]
    for it in direct:
        is_whole = group == "rename" or base.startswith(("replac", "substitut", "exchang", "swap")) or it.kind in kinds
        how: How = "gone" if is_whole or it.kind in {"text", "format"} or group == "convert" else clause.weaker(it, old)
        yield Change(it, how, group, "", on_page=page)
    yield from clause.owned(owners, has_direct=bool(direct), group=group, words=old)
    if not direct and not owners:
        yield from clause.nouns(old, "gone" if base.startswith("replac") else "changed", group)


def removal(clause: Clause, after: str) -> Iterator[Change]:
    """Read "A from B": A is gone, and B no longer what it was."""
    direct, owners = parts_of(clause, after)
    page = next((it.name for it in owners if it.is_page), "")
    yield from (Change(it, "gone", "remove", "", on_page=page) for it in direct)
    yield from clause.owned(owners, has_direct=bool(direct), group="remove", words=after)
    if not direct and not [it for it in owners if not it.is_page]:
        yield from clause.nouns(after, "gone", "remove", page)


def move(clause: Clause, after: str) -> Iterator[Change]:
    """Read "A from P to Q". What only stands elsewhere on its page is not gone."""
    parts = re.split(r"\s(?:to|into|onto|on|over to|in)\s", after)
    source, target = parts[0], " ".join(parts[1:])
    what, _, page_from = source.partition(" from ")
    if re.search(r"\bthere\b", after):
        target = f"{target} {clause.sentence}"
    goal = next((it.name for it in clause.things(target) if it.is_page), "")
    origin = next((it.name for it in clause.things(page_from) if it.is_page), "")
    direct, _ = clause.sides(what)
    has_text = any(it.kind == "text" for it in direct)
    for it in direct:
        if has_text and it.kind == "file":
            yield Change(it, "touched", "edit", "")
        elif goal and not it.is_page:
            yield Change(it, "gone", "move", "", on_page=origin, off_page=goal)
        elif it.kind in {"file", "text"} and target:
            yield Change(it, "gone", "rename", "")
        else:
            yield Change(it, "looks" if NEAR.search(after) or not target else "changed", "move", "")
    if goal and not direct:
        yield from clause.nouns(what, "gone", "move", origin, goal)


def addition(clause: Clause, base: str, after: str) -> Iterator[Change]:
    """Read "B to A": A has more than before. A link to A leaves it as it is; what is merged into A is gone."""
    after = ASIDE.split(after)[0]
    for match in INTO.finditer(after):
        if LINK.search(after[: match.start()]):
            continue
        if destination := DESTINATION.match(after[match.end() :]):
            thing = clause.found.thing(MARK.fullmatch(destination["mark"]) or match)
            if thing.kind == "file" or (thing.kind == "id" and base not in WRITE):
                yield Change(thing, "added to", "add", "")
            if base.startswith("merg"):
                yield from (Change(it, "gone", "merge", "") for it in clause.things(after[: match.start()]))
            return


def edit(clause: Clause, group: Group, base: str, after: str) -> Iterator[Change]:
    """Read the object of "fix", "update", "translate", "extend", "sort"."""
    what = edited(base, after)
    direct, owners = parts_of(clause, what)
    if base.startswith("translat") and ALL_TEXTS.search(what) and not direct and not owners:
        yield Change(Thing("noun", "all texts"), "changed", group, "")
        return
    for it in direct:
        if group in {"extend", "sort"} and it.kind != "text":
            how: How = "added to"
        else:
            how = "gone" if it.kind == "text" else clause.weaker(it, f"{what} {after}")
        if group != "sort" or it.kind != "file":  # a file is sorted where it is shown
            yield Change(it, how, "sort" if group == "sort" else "edit", "")
    yield from clause.owned(owners, has_direct=bool(direct), group="edit", words=what)
    if group == "edit" and base not in MAKE and not direct and not owners:
        yield from clause.nouns(what, "changed", "edit")


def edited(base: str, after: str) -> str:
    """Return what is edited. "Make a button A that ..." makes something new."""
    if base not in MAKE:
        return EDIT_ENDS.split(after)[0]
    match = re.match(rf"\s+(?:the |element |‹n\d+› )*{M}(?! (?:that|which|with)\b)", after, re.IGNORECASE)
    return match[0] if match else ""


def parts_of(clause: Clause, part: str, kinds: Set[str] = frozenset()) -> tuple[list[Thing], list[Thing]]:
    """Return what a part is about, and the places and owners of that: a file beside a text is where the text stands.

    `kinds` are those of what comes in its place: of that kind, nothing is only a place.
    """
    direct, owners = clause.sides(part)
    if " and " in part or not any(it.kind == "text" for it in direct):
        return direct, owners
    apart = [it for it in direct if it.kind in {"file", "id"} - kinds]
    return [it for it in direct if it not in apart], [*owners, *apart]
