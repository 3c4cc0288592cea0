"""Statements that end something: "B instead of A", "no longer A", "A is now B", "there is no A"."""

import re
from collections.abc import Iterator

from action.contract.clause import (
    LIST,
    THE,
    Change,
    Clause,
    How,
    M,
    is_page,
)
from action.contract.orders import old_side
from action.contract.things import MARK, Thing
from action.contract.verbs import (
    GROUP_OF,
)

HAS_MORE = re.compile(
    rf"\s*(?:the |attached |file |‹n\d+› )*(?P<mark>{M})\s+(?:(?:also|now|still|then)\s+)*(?:needs?|gets?|receives?|(?:should|must) (?:get|receive))"
    r"\s+(?:a|an|one|two|three|some|more|another|new|further|additional)\b",
    re.IGNORECASE,
)
ADDITIVE = re.compile(r"^\s*(?:also|additionally|too|both)\b|\b(?:too|as well|in addition|also)\b", re.IGNORECASE)
ON_PAGE = re.compile(r"(?:on |in |at |the |page |first page )*‹f\d+›")
NOW = r"(?:now|from now on|henceforth|in future|as of now)"
PARTICIPLES = "|".join(
    sorted((form for form in GROUP_OF if form.endswith(("ed", "en", "out", "of"))), key=len, reverse=True)
)


def instead(clause: Clause) -> Iterator[Change]:
    """Read "B instead of A", "not A but B", "B replaces A", and "B instead"."""
    for match in re.finditer(
        r"\b(?:instead of|rather than|in place of|in lieu of|replaces|replacing|supersedes|takes? the place of)\s+",
        clause.text,
        re.I,
    ):
        if clause.is_behaviour(match.start()):
            continue
        before, rest = clause.text[: match.start()], clause.text[match.end() :]
        moved = [it for it in clause.things(before) if it.kind in {"id", "text"}]
        if moved and (match_page := ON_PAGE.match(rest)):
            page = next((it.name for it in clause.things(match_page[0]) if is_page(it)), "")
            yield from (Change(it, "gone", "move", "", on_page=page) for it in moved)
            continue
        if re.match(r"(?:here|there|the (?:first|start|main|index|home) ?page)\b", rest):
            yield from instead_of_what_was(clause)
            continue
        listed = re.match(rf"(?:[\w-]+ |‹n\d+› ){{0,5}}?{LIST}", rest)
        if listed:
            old = re.sub(rf"^(?:in|on|at|under|by|as)\s+(?={THE}{M})", "", listed[0])
            yield from old_side(clause, "swap", "replace", f" {old}", set())
        elif subject := re.match(
            r"\s*(?:the [\w -]{0,30})?(?P<mark>‹i\d+›)\s+(?:shows?|has|is|are|contains?|says?|lists?|must|should)\b",
            clause.text,
            re.I,
        ):
            yield from (Change(it, clause.weaker(it, clause.text), "now", "") for it in clause.things(subject["mark"]))
        else:
            yield from clause.nouns(rest, "gone", "swap")
    for match in re.finditer(
        rf"\bnot (?:in |as |on |under |from )?{THE}(?P<old>{M})(?=\s*,?\s*but\b|\s*(?:[.,;]|$| any ?more| any longer))|(?<!\bor), not (?:in |as |on |a |an )?{THE}(?P<old2>{M})",
        clause.sentence,
        re.I,
    ):
        mark = MARK.fullmatch(match["old"] or match["old2"])
        if (
            mark
            and match[0].strip(" ,") in clause.sentence
            and (mark[0] in clause.text or match.end() <= len(clause.sentence))
        ):
            yield Change(clause.found.thing(mark), "gone", "swap", "")
    if re.search(r"\binstead\b(?! of)", clause.text, re.IGNORECASE):
        yield from instead_of_what_was(clause)


def instead_of_what_was(clause: Clause) -> Iterator[Change]:
    """Read "B instead": what it was before is not said."""
    things = clause.things(clause.text)
    formats = [it for it in things if it.kind == "format"] + [
        it for it in things if it.kind == "file" and not is_page(it)
    ]
    yield from (Change(it, "instead", "instead", "") for it in formats)
    goal = next((it.name for it in things if is_page(it)), "")
    for it in things:
        if it.kind == "id":
            yield Change(it, "gone" if goal else "changed", "instead", "", off_page=goal)
    if not things or all(it.kind == "text" for it in things):
        yield from clause.nouns(clause.text, "changed", "instead")


def no_longer(clause: Clause) -> Iterator[Change]:
    """Read "A is no longer there", "A no longer shows B", "do not show B any more"."""
    match = re.search(
        r"\b(?:no longer|not (?:any ?more|any longer))\b|\bno more\b(?! than)|\b(?:any ?more|any longer)\b",
        clause.text,
        re.IGNORECASE,
    )
    if match is None or clause.is_behaviour(match.start()):
        return
    before, after = clause.text[: match.start()], clause.text[match.end() :]
    if re.match(r"any", match[0], re.IGNORECASE):  # "not ... any more"
        negation = re.search(r"\b(?:not?|never)\b|n['’]t\b|\bwithout\b", before, re.IGNORECASE)
        if negation is None:
            return
        before, after = before[: negation.start()], before[negation.end() :] + after
    after = re.sub(rf"^\s*(?:be |stand |appear |stands? |shown |as )*(?:in|on|under|inside) (?={THE}{M})", " ", after)
    direct, owners = clause.sides(after)
    yield from (Change(it, "gone", "remove", "") for it in direct)
    subjects, others = clause.sides(before)
    formats = [it for it in direct if it.kind == "format"]
    if direct:
        touched = [*(it for it in subjects if it.kind == "file"), *owners]
        yield from clause.owned([*touched, *others], has_direct=True, group="remove", words=clause.text)
        if formats and not subjects:
            return
    elif subjects:
        is_gone = not re.match(
            r"\s*(?:be\s+)?(?:a|an|the|show|shows|empty|sorted|links?|uses?|has|have|contains?)\b", after
        )
        page = next((it.name for it in owners if is_page(it)), "")
        yield from (Change(it, "gone" if is_gone else "changed", "remove", "", on_page=page) for it in subjects)
    elif [it for it in others if not is_page(it)]:
        yield from clause.owned(others, has_direct=False, group="remove", words=clause.text)
    elif owners and not [it for it in owners if is_page(it)]:
        yield from clause.owned(owners, has_direct=False, group="remove", words=clause.text)
    else:
        yield from clause.nouns(clause.text, "gone", "remove")


def now(clause: Clause) -> Iterator[Change]:
    """Read "A is now B", "A now shows more", "A becomes B", "call A now B", "A → B"."""
    pairs = (
        rf"(?P<old>{M})\s*(?:→|->|=>|⇒)\s*{THE}(?P<new>{M})",
        rf"\b(?:call|name|label)\s+{THE}(?P<old>{M})(?:\s+‹n\d+›)?\s+(?:now\s+|instead\s+)?(?P<new>{M})",
        rf"(?P<old>{M})\s+(?:(?:should|shall|will|must|has to)\s+)?(?:becomes?|turns? into)\s+{THE}(?P<new>{M})",
        rf"(?P<old>{M})\s+(?:is|are|must be|should be|will be|to be)\s+(?:now|henceforth|from now on|in future)\s+(?:(?:called|named|known as|spelt|written|labelled)\s+)?{THE}(?P<new>{M})",
        rf"(?P<old>{M})\s+(?:is|are|must be|should be|will be|to be)\s+{THE}(?P<new>{M})\s+(?:now|from now on|henceforth|in future)\b",
        rf"(?P<old>{M})\s+(?:is|are|must be|should be|will be|to be)\s+(?:now\s+)?(?:called|named|known as|spelt|labelled)\s+{THE}(?P<new>{M})",
    )
    paired: set[str] = set()
    for pattern in pairs:
        for match in re.finditer(pattern, clause.text, re.IGNORECASE):
            old, new = MARK.fullmatch(match["old"]), MARK.fullmatch(match["new"])
            if old and new and not clause.is_behaviour(match.start()) and old[1] == new[1]:
                paired.add(match["old"])
                yield Change(clause.found.thing(old), "gone", "rename", "")
    subject = rf"(?P<old>{M})(?:\s+‹n\d+›)?\s+(?:(?:is|are|must|should|will|has to)\s+)?(?:be\s+)?"
    for match in re.finditer(
        rf"{subject}(?:now|from now on|henceforth|becomes?)\s+(?P<rest>.*)", clause.text, re.IGNORECASE
    ):
        mark = MARK.fullmatch(match["old"])
        if (
            not mark
            or match["old"] in paired
            or clause.is_behaviour(match.start())
            or ADDITIVE.search(match["rest"])
            or re.match(rf"(?:{PARTICIPLES})\b", match["rest"], re.I)
        ):
            continue
        thing, rest = clause.found.thing(mark), match["rest"]
        if re.search(r"\bids?\s*$", clause.text[: match.start()], re.IGNORECASE):  # "the id A is now something else"
            yield Change(thing, "gone", "rename", "")
            continue
        goal = next((it.name for it in clause.things(rest) if is_page(it)), "")
        on_page = goal and re.match(
            r"(?:(?:lives?|appears?|stands?|goes|belongs?|is|are|shown|found|sits?|moves?)\s+)*(?:on|in|to|at)\b",
            rest,
            re.I,
        )
        if thing.kind != "file" or not re.match(r"(?:exists|there|has|have)\b", rest):
            yield Change(
                thing, "gone" if on_page else clause.weaker(thing, rest), "now", "", off_page=goal if on_page else ""
            )
    for match in re.finditer(
        rf"{subject}(?:goes|moves|belongs|lives)\s+(?:now\s+)?(?:to|on|in|into)\s+(?P<rest>.*)",
        clause.text,
        re.IGNORECASE,
    ):
        mark = MARK.fullmatch(match["old"])
        goal = next((it.name for it in clause.things(match["rest"]) if is_page(it)), "")
        if mark and goal and not clause.is_behaviour(match.start()) and not ADDITIVE.search(match["rest"]):
            thing = clause.found.thing(mark)
            yield Change(thing, "gone", "move", "", off_page="" if thing.kind == "file" else goal)


def described(clause: Clause) -> Iterator[Change]:
    """Read statements in which one side is no name: "the export is now CSV", "the title becomes B", "A needs more"."""
    if clause.is_behaviour(len(clause.text)) or ADDITIVE.search(clause.text):
        return
    says_now = re.search(rf"\b(?:{NOW}|becomes?|changes? to)\b", clause.text, re.IGNORECASE)
    patterns: list[tuple[str, How]] = [
        (
            rf"\b(?:moves?|goes|changes|switches|shifts)\s+from\s+(?P<mark>{THE}{M})\s+(?:over )?(?:to|into)\b",
            "gone",
        ),
        (rf"(?P<mark>{M})\s+(?:gives? way to|makes? way for|yields? to)\b", "gone"),
        (
            r"(?P<mark>‹t\d+›)\s+(?:is|are|must be|should be|will be)\s+(?:now\s+)?(?:called|named|labelled|spelt)\s+[a-z_]\w*\b",
            "gone",
        ),
        (rf"(?P<mark>{M})\s+(?:(?:has|have)\s+(?:changed|grown|got)|grows|shrinks)\b", "changed"),
        (rf"\bwhere\s+{THE}(?P<mark>{M})\s+(?:was|is|stood|stands)\b", "gone"),
        (
            rf"(?P<mark>{M})\s+(?:should|must|shall|may|is to)\s+(?:now\s+)?(?:only\s+(?:have|contain|show|list|hold)|(?:have|contain|show|list|hold)\s+only)\b",
            "changed",
        ),
        (rf"(?P<mark>{M})\s+(?:should|must|shall|is to)\s+be\s+(?:written\s+)?in\s+[A-Z][a-z]+", "changed"),
        (rf"\blet\s+{THE}(?P<mark>{M})(?: ‹n\d+›)?\s+(?:say|read|be|show|contain|have)\b", "changed"),
    ]
    if says_now:
        patterns += [
            (
                rf"(?P<mark>{M})\s+(?:is|are|shows?|says?|reads?|lists?|has|contains?|must|should|will)\b.*\b(?:from now on|henceforth|in future|as of now|now\s*[.!]?\s*$)",
                "changed",
            ),
            (
                r"\b(?:is|are|be|becomes?|comes?|produces?|uses?|changes? to|switches to)\s+(?:now\s+|henceforth\s+)?(?:a |an |in |as |the |now )*(?P<mark>‹m\d+›)",
                "instead",
            ),
        ]
    for pattern, how in patterns:
        for match in re.finditer(pattern, clause.text):
            for it in clause.things(match["mark"]):
                yield Change(it, clause.weaker(it, clause.text) if how == "changed" else how, "now", "", is_order=False)
    noun = (
        re.search(
            r"(?P<mark>‹n\d+›)(?: text)?\s+(?:is|are|must|should|will|becomes?|changes? to|now)\b", clause.text, re.I
        )
        if says_now
        else None
    )
    noun = noun or re.search(
        r"\blet the (?P<mark>‹n\d+›)(?: text)?\s+(?:say|read|be|show)\b", clause.text, re.IGNORECASE
    )
    if noun and not clause.things(clause.text[: noun.end()]):
        yield from clause.nouns(noun["mark"], "changed", "now")
    if re.search(
        r"\b(?:retitle|rename|call|name|title)\s+(?:the |this |our )?(?:web ?)?(?:page|site|app)\b(?!\s*‹)",
        clause.text,
        re.IGNORECASE,
    ):
        yield Change(Thing("noun", "title"), "changed", "rename", "")
    if only := re.search(
        r"\bonly on (?:the page )?(?P<a>‹f\d+›)|\bon (?:the page )?(?P<b>‹f\d+›) only\b", clause.text, re.IGNORECASE
    ):
        goal = clause.things(only["a"] or only["b"])[0].name
        yield from (
            Change(it, "gone", "move", "", off_page=goal) for it in clause.things(clause.text) if it.kind == "id"
        )
    if (more := HAS_MORE.match(clause.text)) and not is_page(clause.things(more["mark"])[0]):
        yield from (Change(it, "added to", "add", "") for it in clause.things(more["mark"]))


def named_anew(clause: Clause) -> Iterator[Change]:
    """Read "B (formerly A)"."""
    pattern = rf"\b(?:formerly|previously|until now|so far|used to be|was called|was named|were called|old name|once called)\s*:?\s*(?:(?:called|named|known as|in|the|was|it was|id)\s+)*{THE}(?P<old>{M})"
    for match in re.finditer(pattern, clause.text, re.IGNORECASE):
        if (mark := MARK.fullmatch(match["old"])) and not clause.is_behaviour(match.start()):
            yield Change(clause.found.thing(mark), "gone", "rename", "")


def absent(clause: Clause) -> Iterator[Change]:
    """Read "there is no A", "A must not exist", "A can go", "does not show B"."""
    there = rf"(?:^|\b(?:there (?:is|are|must be|should be|shall be|will be)|has|have|contains?|with)\s+|: |, )no(?: longer| more)?\s+(?:[\w-]+ ){{0,2}}?{THE}(?P<old>{M})"
    gone = (
        rf"(?P<old>{M})(?:\s+‹n\d+›)?\s+(?:(?:does not|doesn['’]t|must not|should not|may not|shall not)\s+(?:exist|be (?:there|present|committed|in the repository))"
        r"|(?:is|are|must be|should be)\s+(?:now\s+|to be\s+)?(?:gone|absent|obsolete|superfluous|not needed|not wanted|out|no more)|disappears?|goes away|vanishes"
        r"|(?:must|should|can|has to|may)\s+(?:go\b(?! (?:to|on))|disappear|vanish))"
    )
    lacks = rf"\b(?:does not|doesn['’]t|do not|don['’]t|must not|should not|never|shall not)\s+(?:contain|show|mention|have|include|say|display)s?\s+(?:[\w-]+ ){{0,3}}?{THE}(?P<old>{M})"
    for pattern in (there, gone, lacks):
        for match in re.finditer(pattern, clause.text, re.IGNORECASE):
            mark = MARK.fullmatch(match["old"])
            if mark and not clause.is_behaviour(match.start()):
                thing = clause.found.thing(mark)
                yield Change(thing, "gone", "remove", "")
                if pattern is lacks and thing.kind == "text":  # "A does not contain the typo B"
                    files = [
                        it
                        for it in clause.things(clause.text[: match.start()])
                        if it.kind == "file" and not is_page(it)
                    ]
                    yield from (Change(it, "touched", "lacks", "") for it in files)
