"""One clause of what people write: what it is about itself, what only as a place, and what becomes of that.

First the verbs by which people order a change, in their forms, and the cues that the rest of a sentence is no order.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from action.contract.things import MARK, NOUNS, VALUES, M, Marked, Thing, marked

Group = Literal["rename", "swap", "convert", "remove", "move", "add", "extend", "edit", "sort"]
# Base forms; of irregular ones also gerund and participle ("hide/hiding/hidden").
BASES: dict[Group, str] = {
    "rename": "rename|relabel/relabelling/relabelled|retitle",
    "swap": "replace|change|swap/swapping/swapped|switch|substitute|exchange|alter",
    "convert": "convert|turn|transform|migrate",
    "remove": "remove|delete|drop/dropping/dropped|discard|eliminate|erase|omit/omitting/omitted"
    "|get rid of/getting rid of/gotten rid of|take out/taking out/taken out|take away/taking away/taken away"
    "|take down/taking down/taken down|take off/taking off/taken off|do away with/doing away with/done away with"
    "|strip/stripping/stripped|throw out/throwing out/thrown out"
    "|hide/hiding/hidden|retire|cut/cutting/cut|scrap/scrapping/scrapped"
    "|withdraw/withdrawing/withdrawn|unpublish|inline|give up/giving up/given up|abandon|ditch"
    "|leave out/leaving out/left out|throw away/throwing away/thrown away",
    "move": "move|relocate|shift|transfer/transferring/transferred",
    "add": "add|append|prepend|insert|merge|fold|incorporate|integrate|put/putting/put|write/writing/written"
    "|include|copy/copying/copied|paste|enter",
    "extend": "extend|expand|complete|complement|supplement|enrich|lengthen|fill in/filling in/filled in|continue",
    "edit": "fix|correct|repair|update|edit|revise|rewrite/rewriting/rewritten"
    "|rework|amend|shorten|proofread/proofreading/proofread"
    "|reformat/reformatting/reformatted|format/formatting/formatted|clean up/cleaning up/cleaned up"
    "|tidy up/tidying up/tidied up"
    "|refactor|improve|adjust|modify/modifying/modified"
    "|overhaul|redo/redoing/redone|patch|debug/debugging/debugged|polish|reword|rephrase|anonymise|anonymize"
    "|minify/minifying/minified|compress|beautify/beautifying/beautified|prettify/prettifying/prettified|deduplicate"
    "|simplify/simplifying/simplified|restructure|reorganise|reorganize|translate|adapt|double|halve|increase"
    "|raise|lower|reduce|round|limit|restrict|trim/trimming/trimmed|make/making/made|redesign",
    "sort": "sort|reorder|reverse",
}


def forms_of(verb: str) -> list[str]:
    """Return base, gerund and participle of a verb; those of a regular one follow from its base."""
    stem = verb.removesuffix("e")
    return verb.split("/") if "/" in verb else [verb, f"{stem}ing", f"{stem}ed"]


def one_of(forms: Iterable[str]) -> str:
    """Return a pattern for the longest of some forms."""
    return "|".join(re.escape(form) for form in sorted(dict.fromkeys(forms), key=len, reverse=True))


VERBS = {verb: group for group, verbs in BASES.items() for verb in verbs.split("|")}
GROUP_OF = {form: group for verb, group in VERBS.items() for form in forms_of(verb)}
BASE, GERUND, PARTICIPLE = (one_of(forms) for forms in zip(*map(forms_of, VERBS), strict=True))
OTHERS = (
    "show|display|export|use|write|call|name|list|give|print|read|load|compute|calculate|filter|store|save"
    "|offer|include"
    "|provide|leave|set|build|draw|render|explain|commit|link|keep|create|format|publish|serve|produce|generate|output"
    "|preserve|retain|do not|don't|never|no longer|let|there|everything|download"
)
BEFORE_ORDER = re.compile(
    r"(?:^|[,:–—]\s*|\b(?:please|kindly|also|then|now|and|or|but|so|first|finally|next|secondly|lastly|just|simply"
    r"|(?:you|we|i)(?: (?:must|should|can|need to|have to|want to|ought to|would like(?: you)? to|'d like(?: you)? to))"
    r"|want you to|asked to|needs? to|wish to|let's|let us)\s+)(?:\*+\s*|-\s*)?$",
    re.IGNORECASE,
)
ORDER = re.compile(rf"\b(?P<verb>{BASE})\b(?![-'’])", re.IGNORECASE)
DOING = re.compile(rf"\b(?:after|by|before|consider|when|and|with|involves|means)\s+(?P<verb>{GERUND})\b", re.I)
DONE = re.compile(
    r"(?P<be>\b(?:is|are|gets?|got|be|was|were|been|being)\b)"
    r"(?:\s+(?:now|also|then|hereby|to be|completely|therefore))*"
    rf"\s+(?P<verb>{PARTICIPLE})\b",
    re.IGNORECASE,
)
WITH_DONE = re.compile(
    rf"\bwith\b(?P<what>[^,]*?)\s(?P<verb>{PARTICIPLE})(?=\s*(?:[.,;!]|$|and\b|first\b|before\w*|on the way))",
    re.IGNORECASE,
)
WRITTEN = r"\b(?:commit|write|publish|produce|provide|create|save|make|serve|show)"
VERSION = re.compile(
    rf"{WRITTEN}\s+(?:a|an|the)\s+(?P<verb>{PARTICIPLE})"
    r"\s+(?:version|copy|form)\s+of\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)",
    re.IGNORECASE,
)
NEW_ONE = re.compile(
    rf"{WRITTEN}\s+an?\s+(?:\w+ly\s+)?(?:new|different|better|shorter|longer|proper|simpler)\s+(?P<mark>‹f\d+›)"
    r"(?!\s+(?:section|page|file|chapter|entry|line)\b)",
    re.IGNORECASE,
)
THAT_VERSION = re.compile(
    rf"{WRITTEN}\s+(?:a|the)\s+(?:{PARTICIPLE}|right|correct|working|clean|valid)"
    r"\s+(?:one|version|file|copy)\b(?!\s+of\b)",
    re.IGNORECASE,
)
NOT = re.compile(
    r"(?:\bnot|n['’]t|\bnever|\bwithout|\bavoid|\bno need to|\binstead of|\brather than"
    r"|\bnobody|\bnothing(?: else)?(?: is)?)"
    r"\s+(?:\w+ly\s+|to\s+|be\s+|ever\s+|also\s+|otherwise\s+)*$",
    re.IGNORECASE,
)
KEEP = re.compile(
    r"\b(?:keep|keeps|keeping|kept|preserve|retain|stays?|remains?|unchanged|untouched|unaltered|intact|still"
    r"|leave\b(?! out)|as (?:it|they) (?:is|are|was|were)|as before|goes? on|continues?)\b",
    re.IGNORECASE,
)
# What a page does for its users is described in the same words as a change of it. (A thing is "#" here.)
BEHAVIOUR = re.compile(
    r"\b(?:when(?:ever)?|if|once|click\w*|press(?:ing|ed|es)?|hover\w*|typing|types|toggl\w+|(?:each|every) time"
    r"|(?:users?|visitors?|people|readers?) (?:can|may|could|changes?|types?|selects?|picks?|enters?|edits?|adds?)"
    r"|as soon as|on (?:submit|click|change|input|load|every|each)|until|lets|allows?|allowing|(?<!# )(?<!we )can"
    r"|able to|with \?\w+|parameter|(?:buttons?|(?:check)?box(?:es)?|input|form) (?:to|that|which|for)|link to|live)\b",
    re.IGNORECASE,
)
AFTERWARDS = re.compile(
    r"\b(?:when(?:ever)?|until|unless|once|(?:each|every) (?:time|\d*\s*(?:second|minute|hour|day|week|month)s?)"
    r"|as soon as|after (?:each|every|a)|on (?:submit|click|change|input|every|each)|automatically|live|accordingly"
    r"|daily|hourly|weekly|regularly|constantly|if the|while the)\b",
    re.IGNORECASE,
)
RELATIVE = re.compile(
    r"\b(?:that|which|who|to)\s+(?:\w+\s+){0,2}(?:and\s+|or\s+)?$|\b(?:that|which|who|to)\s+\w+\s+(?:and|or)\s+$", re.I
)
LOOKS = re.compile(
    r"\b(?:colou?rs?|fonts?|styl(?:e|es|ing)|sizes?|layout|background|borders?|spacing|padding|margins?"
    r"|alignment|shadow"
    r"|theme|design|bold|italic|wider|narrower|larger|bigger|smaller|centred|centered|position|contrast"
    r"|animation|icon|prettier|nicer|red|green|blue|yellow|orange|purple|pink|grey|gray|brown|black|white)\b",
    re.IGNORECASE,
)

How = Literal["gone", "changed", "added to", "touched", "looks", "instead"]
ANY = r"‹[fitmn]\d+›"
THE = r"(?:the |a |an |old |id |ids |file |element |text |texts |column |error code |code |word |label |button )*"
LIST = rf"{THE}{M}(?:(?:,? and |,? or |, | )(?:{THE}{M}|‹n\d+›))*"
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
PLACE = re.compile(
    r"\b(?:in|on|of|inside|within|at|under|below|above|from|for|near|to|using|into|onto|out of|'s)\s+"
    r"(?:(?!and\b|or\b)[\w-]+\s+){0,4}$",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"\b(?:above|below|beside|next to|near|around|behind|under|beneath|before|after|between)\s+(?:[\w-]+\s+){0,3}$",
    re.I,
)
OF_FILE = re.compile(
    r"\b(?:head(?:er|ers|ing|ings|line)?|rows?|lines?|cells?|columns?|contents?|text|title|end|first|last|beginning"
    r"|sections?|typos?|prices?|values?|spelling|grammar|mistakes?|errors?|bugs?|words?|entr(?:y|ies)|fields?|keys?|top"
    r"|bottom|code|version|wording|names?|separators?|delimiters?|encoding|order|structure|numbers?|dates?)"
    r"(?:\s+[\w-]+)?\s+(?:of|in|from|at|within|inside)\s+(?:[\w-]+\s+){0,3}$"
    r"|\b(?:from|out of)\s+(?:(?:the|attached|file)\s+)*$|\b(?:every|each|all|any|[a-z]+s)"
    r"\s+(?:\w+\s+)?in\s+(?:(?:the|attached|file)\s+)*$",
    re.IGNORECASE,
)
ENUMERATION = re.compile(r"\s*(?:,? and |,? or |, |& )\s*(?:the\s+)?")
SPELLING = re.compile(r"\b(?:typos?|spelling|grammar|misspell\w*)\b", re.IGNORECASE)
VERB = re.compile(rf"\b(?:{BASE}|{GERUND})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One thing that the words change. `by` is the kind of verb, `words` the clause.

    `on_page` and `off_page` say where: only what is said of that page ends, or of all others. "instead" is for a format
    that takes the place of others; `about` are the clause's other words, which say which of them.
    """

    thing: Thing
    how: How
    by: str
    words: str = ""
    on_page: str = ""
    off_page: str = ""
    is_order: bool = True
    about: frozenset[str] = frozenset()


def clauses_of(
    text: str, names: tuple[str, ...], texts: Iterable[str] = (), spoken: Mapping[str, str] = MappingProxyType({})
) -> Iterator["Clause"]:
    """Yield the clauses of a text, each with what was spoken of before it."""
    found = marked(text, names, texts, spoken)
    before: list[Thing] = []
    previous = ""
    for sentence in found.sentences():
        for part in split(sentence):
            yield Clause(found, part.strip(), sentence, before, previous)
            before = [thing for thing in found.things_in(part) if thing.kind in {"file", "id"}] or before
        previous = sentence


def split(sentence: str) -> Iterator[str]:
    """Yield the parts of a sentence that have a verb each."""
    start = 0
    for match in CLAUSE.finditer(sentence):
        if HAS_VERB.search(sentence[start : match.start()]) or match[0].strip().startswith(":"):
            yield sentence[start : match.start()]
            start = match.end()
    yield sentence[start:]


@dataclass(frozen=True)
class Clause:
    """One clause of a sentence. `before` are the files and elements that were spoken of last: "it" may be one."""

    found: Marked
    text: str
    sentence: str
    before: Sequence[Thing]
    previous: str = ""

    def things(self, part: str) -> list[Thing]:
        """Return what a part names."""
        return self.found.things_in(part)

    def objects(
        self, part: str, by: str, how: How | None = None, *, news: Set[str] = frozenset(), words: str = ""
    ) -> Iterator[Change]:
        """Return what becomes of what a part is about, and of the places and owners of that.

        Without `how`, the words say whether only its looks change. A text ends, and so does a thing that one of its
        kind (`news`) replaces. When nothing is named, an element may be described.
        """
        direct, owners = self.sides(part, news)
        pages = [it.name for it in owners if it.is_page]
        page = pages[0] if len(pages) == 1 else ""
        for it in direct:
            is_gone = it.kind == "text" or it.kind in news
            yield Change(it, "gone" if is_gone else how or weaker(it, words or part), by, on_page=page)
        for change in owned(owners, by, has_direct=bool(direct), words=part):
            is_sorted = by == "sort" and change.thing.kind == "id"
            yield replace(change, how="added to") if is_sorted else change
        if how != "added to" and not direct and all(it.is_page for it in owners):
            is_gone = how == "gone" and by != "rename"  # a title with other words is still there
            yield from self.nouns(part, "gone" if is_gone else "changed", by, page)

    def sides(self, part: str, news: Set[str] = frozenset()) -> tuple[list[Thing], list[Thing]]:
        """Return what a part is about itself, and what it only speaks of as the place or owner of that.

        A file beside a text is where the text stands, unless it is of a kind (`news`) that comes in its place.
        """
        direct: list[Thing] = []
        owners: list[Thing] = []
        is_place, last = False, 0
        for mark in MARK.finditer(part):
            if mark[1] == "n":
                continue
            before, between = MARK.sub("‹›", part[: mark.start()]), part[last : mark.start()]
            if not ENUMERATION.fullmatch(between):  # in "in A and B", both are places
                is_place = bool(PLACE.search(before))
            last, thing = mark.end(), self.found.thing(mark)
            is_part = thing.kind != "file" or thing.is_page or direct or OF_FILE.search(before)
            if is_place and is_part:
                owners.append(thing)
            elif not is_place:
                direct.append(thing)
        if " and " in part or not any(it.kind == "text" for it in direct):
            return direct, owners
        apart = [it for it in direct if it.kind in {"file", "id"} - news]
        return [it for it in direct if it not in apart], [*owners, *apart]

    def nouns(self, part: str, how: How, by: str, on_page: str = "", off_page: str = "") -> Iterator[Change]:
        """Return the elements that are spoken of by what they are: "the footer text". The first such word counts."""
        mark = next((mark for mark in MARK.finditer(part) if mark[1] == "n"), None)
        names = NOUNS if how == "gone" else {*NOUNS, *VALUES}  # who removes numbers leaves others as they are
        if mark is None or self.found.thing(mark).name not in names:
            return
        before = part[: mark.start()]
        if how == "gone" and by != "move":
            if BESIDE.search(before):
                return
            how = "changed" if PLACE.search(before) else how  # a part of it goes
        level: How = "looks" if LOOKS.search(part) and how == "changed" else how
        yield Change(self.found.thing(mark), level, by, on_page=on_page, off_page=off_page)

    def is_behaviour(self, place: int) -> bool:
        """Whether the words before a place say what the page does for its users, rather than what is to be done."""
        start = max(0, self.sentence.find(self.text))
        return bool(BEHAVIOUR.search(MARK.sub("#", self.sentence[: start + place])))

    def about(self) -> frozenset[str]:
        """Return the ordinary words of this sentence and the one before, and the names of the clause's files."""
        stems = [it.name.rpartition(".")[0] for it in self.things(self.text) if it.kind == "file"]
        words = " ".join([MARK.sub(" ", f"{self.previous} {self.sentence}"), *stems])
        return frozenset(re.findall(r"[a-z]{4,}", words.lower()))

    def kept(self) -> list[Thing]:
        """Return what the clause says shall stay, or shall not be changed."""
        is_negated = any(NOT.search(self.text[: match.start()]) for match in VERB.finditer(self.text))
        return self.things(self.text) if is_negated or KEEP.search(self.text) else []


def owned(owners: Iterable[Thing], by: str, *, has_direct: bool = False, words: str = "") -> Iterator[Change]:
    """Return what becomes of a file or an element of which only a part is changed."""
    for it in owners:
        if it.kind == "file" and not it.is_page:
            yield Change(it, "touched" if has_direct else weaker(it, words), by)
        elif it.kind == "id" and not has_direct:
            yield Change(it, weaker(it, words), by)


def weaker(thing: Thing, words: str) -> How:
    """Return "looks" where only the looks of an element are spoken of, "touched" where only spelling is."""
    if thing.kind == "file":
        return "touched" if SPELLING.search(words) else "changed"
    return "looks" if LOOKS.search(words) else "changed"


def first_page(things: Iterable[Thing]) -> str:
    """Return the first page of the site among some things, or nothing."""
    return next((it.name for it in things if it.is_page), "")
