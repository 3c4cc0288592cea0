"""Statements that end something: "B instead of A", "no longer A", "A is now B", "there is no A"."""

import re
from collections.abc import Iterator
from functools import cache

from action.contract.alternatives import FAMILIES
from action.contract.clause import LIST, PARTICIPLE, THE, Change, Clause, How, first_page, owned, weaker
from action.contract.rules import NUMBER
from action.contract.things import MARK, VALUES, M, Thing

PIECES = {
    "OLD": rf"(?P<old>{M})(?: ‹n\d+›)?",
    "NEW": rf"{THE}(?P<new>{M})",
    "TEXT": r"(?P<old>‹t\d+›)",
    "FORMAT": r"(?P<old>‹m\d+›)",
    "THEOLD": rf"{THE}(?P<old>{M})(?: ‹n\d+›)?",
    "BE": "(?:is|are|must be|should be|will be|to be)",
    "NOW": "(?:now|henceforth|from now on|in future|as of now)",
    "CALLED": "(?:called|named|known as|spelt|written|labelled)",
    "MUST": "(?:should|shall|must|will|has to|is to|may)",
    "SHOW": "(?:have|contain|show|list|hold)",
    "SHOWS": "(?:is|are|shows?|says?|reads?|lists?|has|contains?|must|should|will)",
    "NOT": r"(?:does not|doesn['’]t|do not|don['’]t|must not|should not|shall not|may not|never)",
}
PIECE = re.compile(r"\b(?:" + "|".join(PIECES) + r")\b")
# A becomes B, a thing of the same kind.
PAIRS = (
    r"OLD\s*(?:→|->|=>|⇒)\s*NEW",
    r"\b(?:call|name|label) THEOLD (?:now |instead )?NEW",
    r"OLD (?:MUST )?(?:becomes?|turns? into) NEW",
    r"OLD BE (?:NOW |CALLED |NOW CALLED )NEW",
    r"OLD BE NEW NOW\b",
)
# What ends, and how much of it. In capitals: PIECES.
ENDS: tuple[tuple[str, How], ...] = (
    (r"\b(?:moves?|goes|changes|switches|shifts) from THEOLD (?:over )?(?:to|into)\b", "gone"),
    (r"FORMAT (?:[\w-]+ )?(?:gives? way|makes? way|goes(?! to)|disappears|is (?:dropped|gone|out))\b", "gone"),
    (r"OLD (?:gives? way to|makes? way for|yields? to)\b", "gone"),
    (r"TEXT (?:MUST )?(?:now )?becomes? (?!‹)", "gone"),
    (r"TEXT BE (?:now )?CALLED [a-z_]\w*\b", "gone"),
    (r"\bwhere THEOLD (?:was|is|stood|stands)\b", "gone"),
    (
        r"\b(?:formerly|previously|until now|so far|used to be|(?:was|were|once) (?:called|named)|old name) ?:? ?"
        r"(?:(?:called|named|known as|in|it was|was) )*THEOLD",
        "gone",
    ),
    (
        r"(?:^|\b(?:there (?:is|are|must be|should be|shall be|will be)|has|have|contains?|with) |: |, )"
        r"no(?: longer| more)? (?:[\w-]+ ){0,2}?THEOLD",
        "gone",
    ),
    (r"OLD NOT (?:exist|be (?:there|present|committed|in the repository))\b", "gone"),
    (r"OLD BE (?:now |then |to be )?(?:gone|absent|obsolete|superfluous|not needed|not wanted|out|no more)\b", "gone"),
    (r"OLD (?:(?:MUST|can) )?(?:disappears?|goes away|vanish(?:es)?)\b", "gone"),
    (r"OLD (?:MUST|can) go\b(?! (?:to|on))", "gone"),
    (r"\bNOT (?:contain|show|mention|have|include|say|display)s? (?:[\w-]+ ){0,3}?THEOLD", "gone"),
    (r"OLD (?:(?:has|have) (?:changed|grown|got)|grows|shrinks)\b", "changed"),
    (r"OLD MUST (?:now )?(?:only SHOW|SHOW only)\b", "changed"),
    (r"OLD MUST be (?:written )?in (?-i:[A-Z])[a-z]+", "changed"),
    (r"\blet THEOLD (?:say|read|be|show|contain|have|point|link|lead|open|start|begin|default|accept)\b", "changed"),
    (r"(?:, ?|\binline )without (?:the |a |any |extra |separate |file )*(?P<old>‹f\d+›)", "gone"),
    (
        rf"\b(?:show|list|display) (?:(?:only|just|up to|at most|at least|the) )*(?:{NUMBER}) [^,;]*\bin THEOLD",
        "changed",
    ),
    (r"OLD SHOWS\b.*\b(?:from now on|henceforth|in future|as of now|now *[.!]?$)", "changed"),
)
# Only beside a word that says that it was otherwise.
FORMAT_NOW = (
    r"\b(?:is|are|be|becomes?|comes?|produces?|uses?|changes? to|switches to) (?:now |henceforth )?"
    r"(?:a |an |in |as |the |now )*FORMAT"
)
NOUN_NOW = (
    r"(?P<old>‹n\d+›)(?: text| (?:in|of) the (?:browser(?: tab)?|tab|page))?"
    r" (?:is|are|must|should|will|becomes?|changes? to|now)\b"
)
LET_NOUN = r"\blet the (?P<old>‹n\d+›)(?: text)? (?:say|read|be|show)\b"
SAYS_NOW = r"\b(?:NOW|becomes?|changes? to)\b"
SUBJECT_NOW = (
    r"OLD (?:(?:is|are|must|should|will|has to) )?(?:be )?(?:now|from now on|henceforth|becomes?) (?P<rest>.*)"
)
GOES_TO = r"OLD (?:now )?(?:goes|moves|belongs|lives) (?:now )?(?:to|on|in|into) (?P<rest>.*)"
ON_A_PAGE = r"(?:(?:lives?|appears?|stands?|goes|belongs?|is|are|shown|found|sits?|moves?) )*(?:on|in|to|at)\b"
ONLY_ON = r"\bonly on (?:the page )?(?P<old>‹f\d+›)|\bon (?:the page )?(?P<new>‹f\d+›) only\b"
PAGE_TITLE = r"\b(?:retitle|rename|call|name|title) (?:the |this |our )?(?:web ?)?(?:page|site|app)\b(?! ?‹f)"
CALLED_NOW = r"\b(?:call it|name it|it is|(?:the|its) new name is)(?: now)?(?: called)? ‹t\d+›"
ITS_ID = r"(?P<old>‹n\d+›)(?:['’]s)? ids? (?:is now|becomes?|changes? to)\b"
LANGUAGES = (
    "arabic|bengali|chinese|czech|danish|dutch|english|finnish|french|german|greek|hindi|hungarian|italian|japanese"
    "|korean|marathi|norwegian|polish|portuguese|romanian|russian|spanish|swedish|tamil|telugu|turkish|ukrainian|urdu"
)
WHOLE_PAGE = (
    "(?:everything|it|(?:the |all |whole |entire |web ?)*(?:page|site|app|interface|texts?|labels?|headings"
    "|messages|words"
    "|language)(?:(?:,| and| of) (?:the |all )*(?:page|site|app|interface|texts|labels|headings|messages|words))*)"
)
IN_A_LANGUAGE = (
    r"^(?:please |now |also |then )*(?:make|change|switch|turn|put|convert|translate|(?:we|i) (?:need|want)|let) "
    rf"{WHOLE_PAGE} (?:to |into |in |be |is )*(?:{LANGUAGES})\b"
    rf"|^{WHOLE_PAGE} (?:must|should|has to|have to|is|are|will|becomes?) (?:now |to |be |in )*(?:{LANGUAGES})\b"
)
VALUES_WRITTEN = (
    r"(?:^|\bso |, )(?:also |please |now |then )*(?:format|write|show|display|print|give|render) "
    r"(?:all |every |each |the )*(?P<old>‹n\d+›)(?: of [\w -]+?)? (?:as|in|with|without|like) "
    r"(?!(?:a|an|the) (?:\w+ ){0,2}‹)"
    r"|^(?:all |every |each |the |large |small )*(?P<new>‹n\d+›) (?:(?:is|are|MUST be) (?:now )?"
    r"(?:written|shown|formatted|displayed|given|rounded|printed)\b|(?:MUST )?(?:now )?(?:read|needs?|has|have|get) )"
    r"|^(?:all |every |each )+(?P<every>‹n\d+›)[^,;]* in (?:°|[$€£¥A-Z]|[a-z]+s\b)"
)
WITH_DECIMALS = r"\b(?:show|display|format|round|write|print|give)\b[^,;]* (?:with|to) (?:[\w-]+ )?(?P<old>‹n\d+›)"
SIGN = r"(?:[$€£¥]|\b(?:euros?|dollars?|pounds?|yen|rupees?|lit(?:re|er)s?|(?:kilo)?met(?:re|er)s?|feet|miles)\b)"
IN_UNITS = rf"\b(?:put|use|write|show|display|print|give)\b[^.;]{{0,80}}{SIGN}|\b(?:all|every)\b[^.;]{{0,80}} in {SIGN}"
OTHERWISE = r"\b(?:instead|in (?:the )?place of|rather than|and not|everywhere|from now on|throughout|all|every)\b"
OTHER_TOOL = (
    r"^(?:please |now |then |from now on,? )*(?:use|store|save|persist|draw|render|style|plot)\b[^,;]*?FORMAT"
    r"(?= *(?:[.,;!]|$|for\b|to\b|as\b|from\b|now\b))"
)
FILE_NAMED = (
    r"\b(?:name|call) the (?:download|downloaded file|export|exported file)s? (?:now )?(?P<new>‹f\d+›)"
    r"|\b(?:download|downloaded file|export|exported file)s? (?:is|are|must be|should be|has to be|to be)"
    r" (?:now )?(?:called|named) (?P<old>‹f\d+›)"
)
IN_THE_TITLE = (
    r"\b(?:show|put|display|write)\b [^,;]*\bin(?:to)? the (?:page |browser |tab )*(?P<old>‹n\d+›)(?! (?:of|bar|row)\b)"
)
OTHER_ROWS = (
    r"^(?:please |now |also |from now on,? )*(?:(?:only|just) (?:count|include|use|consider|sum|take|add up)"
    r"|(?:count|include|consider|sum|take|add up) (?:only|just)"
    r"|(?:ignore|exclude|disregard|leave out|skip)\b[^,;]*"
    r"\b(?:rows?|orders?|entries|records|returns|sales|weekends?))\b"
)
HAS_MORE = (
    r"\s*(?:the |attached |file |‹n\d+› )*OLD (?:(?:also|now|still|then) )*"
    r"(?:needs?|gets?|receives?|(?:should|must) (?:get|receive)) "
    r"(?:a|an|one|two|three|some|more|another|new|further|additional)\b"
)
IN_PLACE_OF = (
    r"\b(?:instead of|rather than|in (?:the )?place of|in lieu of|replaces|replacing|supersedes|takes? the place of"
    r"|takes? over from) "
)
NOT_BUT = (
    r"\bnot (?:in |as |on |under |from )?THEOLD(?= ?,? ?but\b| ?(?:[.,;]|$| any ?more| any longer))"
    r"|(?<!\bor), not (?:in |as |on |a |an )?NEW"
)
NO_LONGER = r"\b(?:no longer|not (?:any ?more|any longer))\b|\bno more\b(?! than)|\b(?:any ?more|any longer)\b"
NEGATION = r"\b(?:not?|never)\b|n['’]t\b|\bwithout\b"
STILL_THERE = (
    r" ?(?:be )?(?:an?|the|empty|sorted|has|(?:show|link|use|have|contain|mention|say|list|include|offer)s?)\b"
)
ADDITIVE = r"^\s*(?:also|additionally|too|both)\b|\b(?:too|as well|in addition|also)\b"
FIRST_PAGE = r"(?:on |in |at |the |page |first page )*‹f\d+›"
HERE = r"(?:here|there|the (?:first|start|main|index|home) ?page)\b"


@cache
def pattern(sentence: str) -> re.Pattern[str]:
    """Put the pieces into a sentence."""
    return re.compile(PIECE.sub(lambda match: PIECES[match[0]], sentence), re.IGNORECASE)


def statements(clause: Clause) -> Iterator[Change]:
    """Return what the statements of a clause end."""
    always = (in_place_of, no_longer, becomes, ends)
    for read in always if says_more(clause.text) else (*always, moves, described, computed, other_tool):
        yield from read(clause)


def says_more(part: str) -> bool:
    """Whether a part of a clause says that what was so stays so: "also", "as well"."""
    return bool(pattern(ADDITIVE).search(part))


def found(clause: Clause, sentence: str) -> Iterator[re.Match[str]]:
    """Yield where a clause says something of a pattern, and not only of what happens while somebody uses the page."""
    return (match for match in pattern(sentence).finditer(clause.text) if not clause.is_behaviour(match.start()))


def in_place_of(clause: Clause) -> Iterator[Change]:
    """Read "B instead of A", "not A but B", "B replaces A", and "B instead"."""
    for match in found(clause, IN_PLACE_OF):
        yield from replaced(clause, clause.text[: match.start()], clause.text[match.end() :])
    for match in pattern(NOT_BUT).finditer(clause.sentence):
        for it in clause.things(match["old"] or match["new"]):
            spelt = [other for other in clause.things(clause.sentence) if other.name.casefold() == it.name.casefold()]
            yield from [Change(it, "gone", "swap")] if len(spelt) == 1 else []
    if any(found(clause, r"\binstead\b(?! of)")):
        yield from without_the_old(clause)


def replaced(clause: Clause, before: str, rest: str) -> Iterator[Change]:
    """Return what stands after "instead of"; of two pages, what is before moves from one to the other."""
    moved = [it for it in clause.things(before) if it.kind in {"id", "text"}]
    page = pattern(FIRST_PAGE).match(rest)
    listed = re.match(rf"(?:[\w-]+ |‹n\d+› ){{0,5}}?{LIST}", rest)
    subject = re.match(r"\s*(?:the [\w -]{0,30})?(?P<old>‹i\d+›) \w", clause.text, re.IGNORECASE)
    if moved and page:
        old = first_page(clause.things(page[0]))
        yield from (Change(it, "gone", "move", on_page=old) for it in moved)
    elif pattern(HERE).match(rest):
        yield from without_the_old(clause)
    elif listed:
        words = re.sub(rf"^(?:in|on|at|under|by|as|from)\s+(?={THE}{M})", "", listed[0])
        yield from clause.objects(f" {words}", "swap", "gone")
    elif subject:  # "A shows words instead of digits"
        yield from (Change(it, weaker(it, clause.text), "now") for it in clause.things(subject["old"]))
    else:
        yield from clause.nouns(rest, "gone", "swap")


def without_the_old(clause: Clause) -> Iterator[Change]:
    """Read "B instead": what it was before is not said."""
    things = clause.things(clause.text)
    goal, (direct, _) = first_page(things), clause.sides(clause.text)
    for it in things:
        if it.kind == "id" and it not in direct:
            continue  # only where something is
        if it.kind == "format" or (it.kind == "file" and not it.is_page):
            yield Change(it, "instead", "instead")
        elif it.kind == "id":
            yield Change(it, "gone" if goal else "changed", "instead", off_page=goal)
    if all(it.kind == "text" for it in things):
        yield from clause.nouns(clause.text, "changed", "instead")


def no_longer(clause: Clause) -> Iterator[Change]:
    """Read "A is no longer there", "A no longer shows B", "do not show B any more".

    What stands after these words is no longer there, otherwise what stands before them.
    """
    match = next(found(clause, NO_LONGER), None)
    if match is None:
        return
    before, after = clause.text[: match.start()], clause.text[match.end() :]
    if match[0].lower().startswith("any"):  # "not ... any more"
        negation = pattern(NEGATION).search(before)
        if negation is None:
            return
        before, after = before[: negation.start()], before[negation.end() :] + after
    after = re.sub(rf"^\s*(?:be |stands? |appear |shown |as )*(?:in|on|under|inside) (?={THE}{M})", " ", after)
    direct, _ = clause.sides(after)
    subjects, others = clause.sides(before)
    if direct:
        yield from clause.objects(after, "remove", "gone")
        yield from owned([*(it for it in subjects if it.kind == "file"), *others], "remove", has_direct=True)
    elif subjects:
        is_still_there = pattern(STILL_THERE).match(after)
        page = first_page(clause.things(after))
        for it in subjects:
            part: How = "touched" if it.kind == "file" else "changed"  # what it lacks now has no name here
            yield Change(it, part if is_still_there else "gone", "remove", on_page=page)
    else:
        yield from clause.objects(clause.text, "remove", "gone")


def becomes(clause: Clause) -> Iterator[Change]:
    """Read "A is now B", "A becomes B", "call A now B", "A → B", and "A now shows more"."""
    paired: set[str] = set()
    for match in (match for sentence in PAIRS for match in found(clause, sentence)):
        old, new = clause.things(match["old"])[0], clause.things(match["new"])[0]
        if old.kind == new.kind:
            paired.add(match["old"])
            yield Change(old, "gone", "rename")
    for match in found(clause, SUBJECT_NOW):
        thing, rest = clause.things(match["old"])[0], match["rest"]
        is_new = thing.kind == "file" and re.match(r"(?:exists|there|has|have)\b", rest)
        if match["old"] in paired or says_more(rest) or is_new or pattern(rf"(?:{PARTICIPLE})\b").match(rest):
            continue
        goal = first_page(clause.things(rest)) if pattern(ON_A_PAGE).match(rest) else ""
        is_renamed = re.search(r"\bids?\s*$", clause.text[: match.start()], re.IGNORECASE)  # "the id A is now b"
        how: How = "gone" if goal or is_renamed else weaker(thing, rest)
        yield Change(thing, how, "now", off_page=goal)


def ends(clause: Clause) -> Iterator[Change]:
    """Read what the table ENDS says. A file in which a text must not be is touched."""
    rows = [(sentence, how) for sentence, how in ENDS if how == "gone" or not says_more(clause.text)]
    for sentence, how in rows:
        for match in found(clause, sentence):
            (it,) = clause.things(match["old"])
            yield Change(it, weaker(it, clause.text) if how == "changed" else how, "now")
            if it.kind == "text" and how == "gone":
                files = [file for file in clause.things(clause.text[: match.start()]) if file.kind == "file"]
                yield from (Change(file, "touched", "lacks") for file in files if not file.is_page)


def moves(clause: Clause) -> Iterator[Change]:
    """Read "A goes to another page" and "A only on another page"."""
    for match in found(clause, GOES_TO):
        (it,) = clause.things(match["old"])
        if goal := first_page(clause.things(match["rest"])):
            yield Change(it, "gone", "move", off_page="" if it.kind == "file" else goal)
    for match in found(clause, ONLY_ON):
        goal = first_page(clause.things(match[0]))
        yield from (Change(it, "gone", "move", off_page=goal) for it in clause.things(clause.text) if it.kind == "id")


def described(clause: Clause) -> Iterator[Change]:
    """Read what is spoken of without a name: "the export is now CSV", "the title becomes B", "A needs one more"."""
    if clause.is_behaviour(len(clause.text)):
        return
    nouns = [*found(clause, LET_NOUN)]
    if pattern(SAYS_NOW).search(clause.text):
        formats = (it for match in found(clause, FORMAT_NOW) for it in clause.things(match["old"]))
        yield from (Change(it, "instead", "now") for it in formats)
        nouns += found(clause, NOUN_NOW)
    for match in nouns:
        if not clause.things(clause.text[: match.end()]):
            yield from clause.nouns(match["old"], "changed", "now")
    if pattern(IN_A_LANGUAGE).search(clause.text) and not clause.things(clause.text):
        yield Change(Thing("noun", "all texts"), "changed", "now")
    in_title = (MARK.search(match["old"]) for match in found(clause, IN_THE_TITLE))
    is_called = pattern(CALLED_NOW).search(clause.text) and any(
        clause.found.thing(it).name == "title" for it in MARK.finditer(clause.sentence)
    )
    has_title = any(it and clause.found.thing(it).name == "title" for it in in_title)
    if pattern(PAGE_TITLE).search(clause.text) or is_called or has_title:
        yield Change(Thing("noun", "title"), "changed", "rename")
    for match in found(clause, ITS_ID):
        yield from clause.nouns(match["old"], "gone", "rename")
    for _ in found(clause, FILE_NAMED):
        yield Change(Thing("noun", "downloads"), "changed", "rename")
    if more := pattern(HAS_MORE).match(clause.text):
        yield from (Change(it, "added to", "add") for it in clause.things(more["old"]) if not it.is_page)


def computed(clause: Clause) -> Iterator[Change]:
    """Read how values are written or computed: "show prices without cents", "only count orders from May"."""
    if clause.is_behaviour(len(clause.text)):
        return
    for match in found(clause, VALUES_WRITTEN):
        mark = match["old"] or match["new"] or match["every"]
        yield from clause.nouns(clause.text[match.start() :], "changed", "now") if is_value(clause, mark) else ()
    elements = [it for it in clause.things(clause.text) if it.kind == "id"]
    has_decimals = any(is_value(clause, match["old"]) for match in found(clause, WITH_DECIMALS))
    if pattern(OTHER_ROWS).search(clause.text):
        yield from (Change(it, "changed", "now") for it in elements or [Thing("noun", "numbers")])
    elif (has_decimals or in_other_units(clause.text)) and not elements:
        yield Change(Thing("noun", "numbers"), "changed", "now")


def in_other_units(text: str) -> bool:
    """Whether words want values with another sign or in another unit: "put € in the place of $"."""
    return bool(pattern(IN_UNITS).search(text) and pattern(OTHERWISE).search(text))


def is_value(clause: Clause, marks: str) -> bool:
    return any(clause.found.thing(mark).name in VALUES for mark in MARK.finditer(marks))


def other_tool(clause: Clause) -> Iterator[Change]:
    """Read "use D3 for the chart" and "store the list in IndexedDB": one takes the place of another of its family."""
    for match in found(clause, OTHER_TOOL):
        (it,) = clause.things(match["old"])
        is_one = [each for each in clause.things(clause.sentence) if each.kind == "format"] == [it]
        if is_one and any(it.name in family for family in FAMILIES):
            yield Change(it, "instead", "now")
