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
    is_page,
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
    r"(?:^|\s)(?:to|into|in|onto|at the (?:end|top|bottom|beginning|start) of)\s",
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
    rf"\b(?:take|throw|leave|cut|strip|get)\s+(?P<what>[^,.;]*?{M}[^,.;]*?)\s+(?:down|out|away|off|aside)\b(?! of)",
    re.IGNORECASE,
)
GERUND_FIRST = re.compile(rf"\s*(?:and\s+)?(?P<verb>{GERUND})\b", re.IGNORECASE)
IT = re.compile(r"\s+(?:it|its|them|(?:the|this|that|the attached) file|the attachment)\b", re.IGNORECASE)


def orders(clause: Clause) -> Iterator[Change]:
    """Read verbs in the imperative, and gerunds after "after" or "by"."""
    for match in (*ORDER.finditer(clause.text), *DOING.finditer(clause.text), *first_gerund(clause)):
        start = match.start("verb")
        before = clause.text[:start]
        is_order = match.re is not ORDER or re.search(BEFORE_ORDER, before, re.IGNORECASE)
        if (
            not is_order
            or NOT.search(before)
            or re.match(r"\s+(?:nothing|neither|no one|nobody)\b", clause.text[match.end() :])
            or RELATIVE.search(before)
            or clause.is_behaviour(start)
        ):
            continue
        base = match["verb"].lower()
        after = clause.until_next_order(match.end())
        if GROUP_OF[base] not in {"rename", "move"} and AFTERWARDS.search(after.split(",")[0]):
            continue
        yield from by_group(clause, GROUP_OF[base], base, after)
        if match.re is DOING and GROUP_OF[base] in {"edit", "remove", "swap"}:  # "commit A after fixing the typo"
            yield from (Change(it, "touched", "edit", "") for it in clause.things(before) if it.kind == "file")
        elif match.re is GERUND_FIRST:  # "commit A, fixing the typo"
            yield from (Change(it, "touched", "edit", "") for it in clause.before if it.kind == "file")
    for match in VERSION.finditer(clause.text):
        yield from (Change(it, "changed", "edit", "") for it in clause.things(match["mark"]))

    for match in APART.finditer(clause.text):
        before = clause.text[: match.start()]
        if re.search(BEFORE_ORDER, before, re.IGNORECASE) and not NOT.search(before):
            yield from removal(clause, f" {match['what']}")


def first_gerund(clause: Clause) -> Iterator[re.Match[str]]:
    """Yield a gerund that begins the clause ("..., appending B to A")."""
    if match := GERUND_FIRST.match(clause.text):
        yield match


def passives(clause: Clause) -> Iterator[Change]:
    """Read "A is renamed to B", "A was replaced by B", and "A with its typo fixed"."""
    for match in DONE.finditer(clause.text):
        before, after = clause.text[: match.start()], clause.text[match.end() :]
        if (
            NOT.search(clause.text[: match.start("verb")])
            or RELATIVE.search(before)
            or clause.is_behaviour(match.start())
        ):
            continue
        group, base = GROUP_OF[match["verb"].lower()], match["verb"].lower()
        is_order = match["be"].lower() not in {"was", "were", "been"}
        subject = re.split(r",\s(?!and\b)(?![^‹]{0,12}‹)", before)[-1]
        if AFTERWARDS.search(after.split(",")[0]) and group not in {"rename", "move"}:
            continue
        subject = re.sub(
            r"\b(?:must|should|shall|will|has to|have to|needs? to|has|have|to)\s*$", "", subject.strip() + " "
        )
        subject = TO.sub(", ", subject)
        joined = f" {subject.strip()} {after}" if group != "add" or base == "merged" else f" {after}"
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
    formats = [thing for part in news for thing in clause.things(part) if thing.kind == "format"]
    if (
        formats
        and group != "rename"
        and not {it.kind for old in olds for it in clause.things(old)} & {"format", "file", "id"}
    ):
        yield from (Change(it, "instead", group, "") for it in formats)


def old_side(clause: Clause, group: Group, base: str, old: str, kinds: Set[str]) -> Iterator[Change]:
    """Read what is replaced: all of a thing, or a part of it ("the text of A", "'B' in A", "A from B")."""
    owner, found_from, rest = old.rpartition(" from ")
    if found_from and clause.things(rest) and not is_page(clause.things(rest)[0]):
        yield from (Change(it, clause.weaker(it, old), group, "") for it in clause.things(owner))
        old = rest
    direct, owners = clause.sides(old)
    page = next((it.name for it in owners if is_page(it)), "")
    if any(it.kind == "text" for it in direct) and "text" in kinds | {"text"}:
        apart = [it for it in direct if it.kind in {"file", "id"} and it.kind not in kinds and " and " not in old]
        direct, owners = [it for it in direct if it not in apart], [*owners, *apart]
    for it in direct:
        is_whole = group == "rename" or base.startswith(("replac", "substitut", "exchang", "swap")) or it.kind in kinds
        how: How = "gone" if is_whole or it.kind in {"text", "format"} or group == "convert" else clause.weaker(it, old)
        yield Change(it, how, group, "", on_page=page)
    yield from clause.owned(owners, has_direct=bool(direct), group=group, words=old)
    if not direct and not owners:
        yield from clause.nouns(old, "gone" if base.startswith("replac") else "changed", group)


def removal(clause: Clause, after: str) -> Iterator[Change]:
    """Read "A from B": A is gone, and B no longer what it was."""
    direct, owners = clause.sides(after)
    page = next((it.name for it in owners if is_page(it)), "")
    if any(it.kind == "text" for it in direct):
        apart = [it for it in direct if it.kind in {"file", "id"} and " and " not in after]
        direct, owners = [it for it in direct if it not in apart], [*owners, *apart]
    yield from (Change(it, "gone", "remove", "", on_page=page) for it in direct)
    yield from clause.owned(owners, has_direct=bool(direct), group="remove", words=after)
    if not direct and not [it for it in owners if not is_page(it)]:
        yield from clause.nouns(after, "gone", "remove", page)


def move(clause: Clause, after: str) -> Iterator[Change]:
    """Read "A from P to Q". What only stands elsewhere on its page is not gone."""
    parts = re.split(r"\s(?:to|into|onto|on|over to|in)\s", after)
    source, target = parts[0], " ".join(parts[1:])
    what, _, page_from = source.partition(" from ")
    if re.search(r"\bthere\b", after):
        target = f"{target} {clause.sentence}"
    goal = next((it.name for it in clause.things(target) if is_page(it)), "")
    origin = next((it.name for it in clause.things(page_from) if is_page(it)), "")
    direct, _ = clause.sides(what)
    has_text = any(it.kind == "text" for it in direct)
    for it in direct:
        if has_text and it.kind == "file":
            yield Change(it, "touched", "edit", "")
        elif goal and not is_page(it):
            yield Change(it, "gone", "move", "", on_page=origin, off_page=goal)
        elif it.kind in {"file", "text"} and target:
            yield Change(it, "gone", "rename", "")
        else:
            yield Change(it, "looks" if NEAR.search(after) or not target else "changed", "move", "")
    if goal and not direct:
        yield from clause.nouns(what, "gone", "move", origin, goal)


def addition(clause: Clause, base: str, after: str) -> Iterator[Change]:
    """Read "B to A": A has more than before. A link to A leaves it as it is; what is merged into A is gone."""
    for match in INTO.finditer(after):
        if LINK.search(after[: match.start()]):
            continue
        if destination := DESTINATION.match(after[match.end() :]):
            thing = clause.found.thing(MARK.fullmatch(destination["mark"]) or match)
            if thing.kind in {"file", "id"}:
                yield Change(thing, "added to", "add", "")
            if base.startswith("merg"):
                yield from (Change(it, "gone", "merge", "") for it in clause.things(after[: match.start()]))
            return


def edit(clause: Clause, group: Group, base: str, after: str) -> Iterator[Change]:
    """Read the object of "fix", "update", "translate", "extend", "sort"."""
    what = EDIT_ENDS.split(after)[0] if base not in {"make", "making"} else after
    if base in {"make", "making"}:
        match = re.match(rf"\s+(?:the |element |‹n\d+› )*(?P<mark>{M})(?! (?:that|which|with)\b)", after)
        what = match[0] if match else ""
    if (
        base.startswith("translat")
        and re.search(r"\b(?:page|site|everything|texts?|labels?|interface|content|it)\b", what)
        and not clause.things(what)
    ):
        yield Change(Thing("noun", "all texts"), "changed", group, "")
        return
    direct, owners = clause.sides(what)
    how: How = "added to" if group in {"extend", "sort"} else "changed"
    if any(it.kind == "text" for it in direct):
        apart = [it for it in direct if it.kind in {"file", "id"} and " and " not in what]
        direct, owners = [it for it in direct if it not in apart], [*owners, *apart]
    for it in direct:
        if group == "sort" and it.kind == "file":
            continue
        level: How = "gone" if it.kind == "text" else clause.weaker(it, f"{what} {after}") if how == "changed" else how
        yield Change(it, level, "edit" if group in {"edit", "extend"} else group, "")
    yield from clause.owned(owners, has_direct=bool(direct), group="edit", words=what)
    if not direct and not owners and group == "edit" and base not in {"make", "making"}:
        yield from clause.nouns(what, "changed", "edit")
