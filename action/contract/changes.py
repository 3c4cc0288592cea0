"""What the words of a new round change: which file, element, text or format, and how much of what was said of it ends.

A mention alone changes nothing. A thing changes when it is the object of an order ("rename", "append to", "no longer",
"instead of"), not when it is what something becomes, where something else is, or what a page does for its users.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from action.contract.things import MARK, NOUNS, Marked, Thing, marked
from action.contract.verbs import (
    AFTERWARDS,
    BASE,
    BEFORE_ORDER,
    BEHAVIOUR,
    DOING,
    DONE,
    GERUND,
    GROUP_OF,
    KEEP,
    LOOKS,
    NOT,
    ORDER,
    OTHERS,
    RELATIVE,
    VERSION,
    WITH_DONE,
    Group,
)
from receiver.task import Task

How = Literal["gone", "changed", "added to", "touched", "looks", "instead"]
LONGEST_WORDS = 160
LONGEST_SENTENCE = 600  # characters; nobody writes longer ones, and patterns are slow on what nobody wrote
MOST_SENTENCES = 400
M = r"‹[fitm]\d+›"
ANY = r"‹[fitmn]\d+›"
THE = r"(?:the |a |an |old |id |ids |file |element |text |texts |column |error code |code |word |label |button )*"
LIST = rf"{THE}{M}(?:(?:,? and |,? or |, | )(?:{THE}{M}|‹n\d+›))*"
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
TO = re.compile(r"\s(?:to|with|by|into|as|for)\s|\s*(?:→|->|=>|⇒)\s*", re.IGNORECASE)
PLACE = re.compile(
    r"\b(?:in|on|of|inside|within|at|under|below|above|from|for|near|to|using|into|onto|out of|'s)\s+(?:(?!and\b|or\b)[\w-]+\s+){0,4}$",
    re.IGNORECASE,
)
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
HAS_MORE = re.compile(
    rf"\s*(?:the |attached |file |‹n\d+› )*(?P<mark>{M})\s+(?:(?:also|now|still|then)\s+)*(?:needs?|gets?|receives?|(?:should|must) (?:get|receive))"
    r"\s+(?:a|an|one|two|three|some|more|another|new|further|additional)\b",
    re.IGNORECASE,
)
LINK = re.compile(
    r"\b(?:links?|references?|hrefs?|redirects?|paths?|pointers?|shortcuts?|buttons?|points?|leads?)\s*$", re.IGNORECASE
)
OF_FILE = re.compile(
    r"\b(?:head(?:er|ers|ing|ings|line)?|rows?|lines?|cells?|columns?|contents?|text|title|end|first|last|beginning|sections?"
    r"|typos?|prices?|values?|spelling|grammar|mistakes?|errors?|bugs?|words?|entr(?:y|ies)|fields?|keys?|top|bottom|code|version|wording|name|names)"
    r"(?:\s+[\w-]+)?\s+(?:of|in|from|at|within|inside)\s+(?:[\w-]+\s+){0,3}$",
    re.IGNORECASE,
)
NEAR = re.compile(
    r"\b(?:below|above|next to|beside|left|right|top|bottom|before|after|under|beneath|behind|up|down)\b", re.I
)
ADDITIVE = re.compile(r"^\s*(?:also|additionally|too|both)\b|\b(?:too|as well|in addition|also)\b", re.IGNORECASE)
PAGE = (".html", ".htm")
IN_FILE = re.compile(
    r"\b(?:in|within|inside|throughout)\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)", re.IGNORECASE
)
FIRST_IN_FILE = re.compile(r"\s*in\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)\s*,?\s+\w", re.IGNORECASE)
ABOUT_FILE = re.compile(r"\s*(?:[-*]\s*)?(?:in\s+)?(?P<mark>‹f\d+›)\s*:\s", re.IGNORECASE)
FROM_FILE = re.compile(r"\b(?:from|out of)\s+(?:(?:the|attached|file)\s+)*$", re.IGNORECASE)
APART = re.compile(
    rf"\b(?:take|throw|leave|cut|strip|get)\s+(?P<what>[^,.;]*?{M}[^,.;]*?)\s+(?:down|out|away|off|aside)\b(?! of)",
    re.IGNORECASE,
)
GERUND_FIRST = re.compile(rf"\s*(?:and\s+)?(?P<verb>{GERUND})\b", re.IGNORECASE)
ON_PAGE = re.compile(r"(?:on |in |at |the |page |first page )*‹f\d+›")
NOW = r"(?:now|from now on|henceforth|in future|as of now)"
IT = re.compile(r"\s+(?:it|its|them|(?:the|this|that|the attached) file|the attachment)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One thing that the words change. `by` is the kind of verb, `words` the clause.

    `on_page` and `off_page` say where: only what is said of that page ends, or of all others. "instead" is for a format
    that takes the place of others; `about` are the clause's other words, which say which of them.
    """

    thing: Thing
    how: How
    by: str
    words: str
    on_page: str = ""
    off_page: str = ""
    is_order: bool = True
    about: frozenset[str] = frozenset()


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
                changes += reader.changes()
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


LOSES_BYTES = {"gone", "changed", "added to", "touched"}


def clauses(sentence: str) -> Iterator[str]:
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

    def changes(self) -> list[Change]:
        """Return what this clause changes."""
        if self.is_behaviour(0):
            return []
        readings = (
            self.orders,
            self.passives,
            self.instead,
            self.no_longer,
            self.now,
            self.described,
            self.named_anew,
            self.absent,
        )
        found = [change for read in readings for change in read()]
        first = FIRST_IN_FILE.match(self.text) or ABOUT_FILE.match(self.sentence)
        if first and (found or ORDER.search(self.text)):  # "in A, replace 10 with 12"
            files = [it for it in self.things(first["mark"]) if not is_page(it)]
            verbs = {GROUP_OF[match["verb"].lower()] for match in ORDER.finditer(self.text)}
            is_more = not found and verbs <= {"add", "extend"}
            has_texts = any(it.thing.kind == "text" for it in found)
            found += (
                [Change(it, "added to", "add", "") for it in files]
                if is_more
                else self.owned(files, has_direct=has_texts, group="edit", words="")
            )
        words = self.found.words(self.text)[:LONGEST_WORDS]
        return [replace(change, words=words, about=self.about()) for change in found]

    def about(self) -> frozenset[str]:
        """Return the ordinary words of this sentence and the one before, and the names of the clause's files."""
        stems = [it.name.rpartition(".")[0] for it in self.things(self.text) if it.kind == "file"]
        return frozenset(
            re.findall(r"[a-z]{4,}", " ".join([MARK.sub(" ", f"{self.previous} {self.sentence}"), *stems]).lower())
        )

    def kept(self) -> set[Thing]:
        """Return what the clause says shall stay, or shall not be changed."""
        negated = any(
            NOT.search(self.text[: match.start()])
            for match in re.finditer(rf"\b(?:{BASE}|{GERUND})\b", self.text, re.I)
        )
        return set(self.found.things_in(self.text)) if negated or KEEP.search(self.text) else set()

    def is_behaviour(self, place: int) -> bool:
        """Whether the words before a place say what the page does for its users, rather than what is to be done."""
        start = max(0, self.sentence.find(self.text))
        before = self.sentence[: start + place]
        return bool(BEHAVIOUR.search(MARK.sub("", before)))

    # Orders: "rename A to B", "after fixing A", "append B to A"

    def orders(self) -> Iterator[Change]:
        """Read verbs in the imperative, and gerunds after "after" or "by"."""
        for match in (*ORDER.finditer(self.text), *DOING.finditer(self.text), *self.first_gerund()):
            start = match.start("verb")
            before = self.text[:start]
            is_order = match.re is not ORDER or re.search(BEFORE_ORDER, before, re.IGNORECASE)
            if (
                not is_order
                or NOT.search(before)
                or re.match(r"\s+(?:nothing|neither|no one|nobody)\b", self.text[match.end() :])
                or RELATIVE.search(before)
                or self.is_behaviour(start)
            ):
                continue
            base = match["verb"].lower()
            after = self.until_next_order(match.end())
            if GROUP_OF[base] not in {"rename", "move"} and AFTERWARDS.search(after.split(",")[0]):
                continue
            yield from self.by_group(GROUP_OF[base], base, after)
            if match.re is DOING and GROUP_OF[base] in {"edit", "remove", "swap"}:  # "commit A after fixing the typo"
                yield from (Change(it, "touched", "edit", "") for it in self.things(before) if it.kind == "file")
            elif match.re is GERUND_FIRST:  # "commit A, fixing the typo"
                yield from (Change(it, "touched", "edit", "") for it in self.before if it.kind == "file")
        for match in VERSION.finditer(self.text):
            yield from (Change(it, "changed", "edit", "") for it in self.things(match["mark"]))

        for match in APART.finditer(self.text):
            before = self.text[: match.start()]
            if re.search(BEFORE_ORDER, before, re.IGNORECASE) and not NOT.search(before):
                yield from self.removal(f" {match['what']}")

    def first_gerund(self) -> Iterator[re.Match[str]]:
        """Yield a gerund that begins the clause ("..., appending B to A")."""
        if match := GERUND_FIRST.match(self.text):
            yield match

    def until_next_order(self, start: int) -> str:
        """Return what follows a verb, up to the next one that gives an order."""
        rest = self.text[start:]
        following = DOING.search(rest)
        return rest[: following.start()] if following else rest

    def by_group(self, group: Group, base: str, after: str) -> Iterator[Change]:
        """Read what follows a verb of change."""
        pronoun = IT.match(after)
        if pronoun and group not in {"sort", "move", "add"}:
            after = after[pronoun.end() :]
            how: How = "gone" if group in {"remove", "rename"} else "changed"
            yield from (Change(it, how, group, "") for it in self.before)
        if group in {"rename", "swap", "convert"}:
            yield from self.swap(group, base, after)
        elif group == "remove":
            yield from self.removal(after)
        elif group == "move":
            yield from self.move(after)
        elif group == "add":
            yield from self.addition(base, after)
        else:
            yield from self.edit(group, base, after)

    def swap(self, group: Group, base: str, after: str) -> Iterator[Change]:
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
        kinds = {thing.kind for part in news for thing in self.things(part)}
        has_old = any(self.things(old) for old in olds)
        inside = (match["mark"] for part in news for match in IN_FILE.finditer(part))
        files = [self.found.thing(mark) for text in inside if (mark := MARK.fullmatch(text))]
        yield from self.owned(files, has_direct=has_old, group="edit", words="")
        for old in olds:
            yield from self.old_side(group, base, old, kinds)
        formats = [thing for part in news for thing in self.things(part) if thing.kind == "format"]
        if (
            formats
            and group != "rename"
            and not {it.kind for old in olds for it in self.things(old)} & {"format", "file", "id"}
        ):
            yield from (Change(it, "instead", group, "") for it in formats)

    def old_side(self, group: Group, base: str, old: str, kinds: set[str]) -> Iterator[Change]:
        """Read what is replaced: all of a thing, or a part of it ("the text of A", "'B' in A", "A from B")."""
        owner, found_from, rest = old.rpartition(" from ")
        if found_from and self.things(rest) and not is_page(self.things(rest)[0]):
            yield from (Change(it, self.weaker(it, old), group, "") for it in self.things(owner))
            old = rest
        direct, owners = self.sides(old)
        page = next((it.name for it in owners if is_page(it)), "")
        if any(it.kind == "text" for it in direct) and "text" in kinds | {"text"}:
            apart = [it for it in direct if it.kind in {"file", "id"} and it.kind not in kinds and " and " not in old]
            direct, owners = [it for it in direct if it not in apart], [*owners, *apart]
        for it in direct:
            is_whole = (
                group == "rename" or base.startswith(("replac", "substitut", "exchang", "swap")) or it.kind in kinds
            )
            how: How = (
                "gone" if is_whole or it.kind in {"text", "format"} or group == "convert" else self.weaker(it, old)
            )
            yield Change(it, how, group, "", on_page=page)
        yield from self.owned(owners, has_direct=bool(direct), group=group, words=old)
        if not direct and not owners:
            yield from self.nouns(old, "gone" if base.startswith("replac") else "changed", group)

    def removal(self, after: str) -> Iterator[Change]:
        """Read "A from B": A is gone, and B no longer what it was."""
        direct, owners = self.sides(after)
        page = next((it.name for it in owners if is_page(it)), "")
        if any(it.kind == "text" for it in direct):
            apart = [it for it in direct if it.kind in {"file", "id"} and " and " not in after]
            direct, owners = [it for it in direct if it not in apart], [*owners, *apart]
        yield from (Change(it, "gone", "remove", "", on_page=page) for it in direct)
        yield from self.owned(owners, has_direct=bool(direct), group="remove", words=after)
        if not direct and not [it for it in owners if not is_page(it)]:
            yield from self.nouns(after, "gone", "remove", page)

    def move(self, after: str) -> Iterator[Change]:
        """Read "A from P to Q". What only stands elsewhere on its page is not gone."""
        parts = re.split(r"\s(?:to|into|onto|on|over to|in)\s", after)
        source, target = parts[0], " ".join(parts[1:])
        what, _, page_from = source.partition(" from ")
        if re.search(r"\bthere\b", after):
            target = f"{target} {self.sentence}"
        goal = next((it.name for it in self.things(target) if is_page(it)), "")
        origin = next((it.name for it in self.things(page_from) if is_page(it)), "")
        direct, _ = self.sides(what)
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
            yield from self.nouns(what, "gone", "move", origin, goal)

    def addition(self, base: str, after: str) -> Iterator[Change]:
        """Read "B to A": A has more than before. A link to A leaves it as it is; what is merged into A is gone."""
        for match in INTO.finditer(after):
            if LINK.search(after[: match.start()]):
                continue
            if destination := DESTINATION.match(after[match.end() :]):
                thing = self.found.thing(MARK.fullmatch(destination["mark"]) or match)
                if thing.kind in {"file", "id"}:
                    yield Change(thing, "added to", "add", "")
                if base.startswith("merg"):
                    yield from (Change(it, "gone", "merge", "") for it in self.things(after[: match.start()]))
                return

    def edit(self, group: Group, base: str, after: str) -> Iterator[Change]:
        """Read the object of "fix", "update", "translate", "extend", "sort"."""
        what = EDIT_ENDS.split(after)[0] if base not in {"make", "making"} else after
        if base in {"make", "making"}:
            match = re.match(rf"\s+(?:the |element |‹n\d+› )*(?P<mark>{M})(?! (?:that|which|with)\b)", after)
            what = match[0] if match else ""
        if (
            base.startswith("translat")
            and re.search(r"\b(?:page|site|everything|texts?|labels?|interface|content|it)\b", what)
            and not self.things(what)
        ):
            yield Change(Thing("noun", "all texts"), "changed", group, "")
            return
        direct, owners = self.sides(what)
        how: How = "added to" if group in {"extend", "sort"} else "changed"
        if any(it.kind == "text" for it in direct):
            apart = [it for it in direct if it.kind in {"file", "id"} and " and " not in what]
            direct, owners = [it for it in direct if it not in apart], [*owners, *apart]
        for it in direct:
            if group == "sort" and it.kind == "file":
                continue
            level: How = (
                "gone" if it.kind == "text" else self.weaker(it, f"{what} {after}") if how == "changed" else how
            )
            yield Change(it, level, "edit" if group in {"edit", "extend"} else group, "")
        yield from self.owned(owners, has_direct=bool(direct), group="edit", words=what)
        if not direct and not owners and group == "edit" and base not in {"make", "making"}:
            yield from self.nouns(what, "changed", "edit")

    # Statements: "A is renamed to B", "B instead of A", "no longer A", "A is now B"

    def passives(self) -> Iterator[Change]:
        """Read "A is renamed to B", "A was replaced by B", and "A with its typo fixed"."""
        for match in DONE.finditer(self.text):
            before, after = self.text[: match.start()], self.text[match.end() :]
            if (
                NOT.search(self.text[: match.start("verb")])
                or RELATIVE.search(before)
                or self.is_behaviour(match.start())
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
            yield from (replace(it, is_order=is_order) for it in self.by_group(group, base, joined))
        for match in WITH_DONE.finditer(self.text):
            if GROUP_OF[match["verb"].lower()] in {"edit", "remove"} and not self.is_behaviour(match.start()):
                files = [it for it in self.things(self.text[: match.start()]) if it.kind == "file"]
                yield from (Change(it, "touched", "edit", "") for it in files)
                yield from (Change(it, "gone", "edit", "") for it in self.things(match["what"]) if it.kind == "text")

    def instead(self) -> Iterator[Change]:
        """Read "B instead of A", "not A but B", "B replaces A", and "B instead"."""
        for match in re.finditer(
            r"\b(?:instead of|rather than|in place of|in lieu of|replaces|replacing|supersedes|takes? the place of)\s+",
            self.text,
            re.I,
        ):
            if self.is_behaviour(match.start()):
                continue
            before, rest = self.text[: match.start()], self.text[match.end() :]
            moved = [it for it in self.things(before) if it.kind in {"id", "text"}]
            if moved and (match_page := ON_PAGE.match(rest)):
                page = next((it.name for it in self.things(match_page[0]) if is_page(it)), "")
                yield from (Change(it, "gone", "move", "", on_page=page) for it in moved)
                continue
            if re.match(r"(?:here|there|the (?:first|start|main|index|home) ?page)\b", rest):
                yield from self.instead_of_what_was()
                continue
            listed = re.match(rf"(?:[\w-]+ |‹n\d+› ){{0,5}}?{LIST}", rest)
            if listed:
                old = re.sub(rf"^(?:in|on|at|under|by|as)\s+(?={THE}{M})", "", listed[0])
                yield from self.old_side("swap", "replace", f" {old}", set())
            elif subject := re.match(
                rf"\s*(?:the [\w -]{{0,30}})?(?P<mark>‹i\d+›)\s+(?:shows?|has|is|are|contains?|says?|lists?|must|should)\b",
                self.text,
                re.I,
            ):
                yield from (Change(it, self.weaker(it, self.text), "now", "") for it in self.things(subject["mark"]))
            else:
                yield from self.nouns(rest, "gone", "swap")
        for match in re.finditer(
            rf"\bnot (?:in |as |on |under |from )?{THE}(?P<old>{M})(?=\s*,?\s*but\b|\s*(?:[.,;]|$| any ?more| any longer))|(?<!\bor), not (?:in |as |on |a |an )?{THE}(?P<old2>{M})",
            self.sentence,
            re.I,
        ):
            mark = MARK.fullmatch(match["old"] or match["old2"])
            if (
                mark
                and match[0].strip(" ,") in self.sentence
                and (mark[0] in self.text or match.end() <= len(self.sentence))
            ):
                yield Change(self.found.thing(mark), "gone", "swap", "")
        if re.search(r"\binstead\b(?! of)", self.text, re.IGNORECASE):
            yield from self.instead_of_what_was()

    def instead_of_what_was(self) -> Iterator[Change]:
        """Read "B instead": what it was before is not said."""
        things = self.things(self.text)
        formats = [it for it in things if it.kind == "format"] + [
            it for it in things if it.kind == "file" and not is_page(it)
        ]
        yield from (Change(it, "instead", "instead", "") for it in formats)
        goal = next((it.name for it in things if is_page(it)), "")
        for it in things:
            if it.kind == "id":
                yield Change(it, "gone" if goal else "changed", "instead", "", off_page=goal)
        if not things or all(it.kind == "text" for it in things):
            yield from self.nouns(self.text, "changed", "instead")

    def no_longer(self) -> Iterator[Change]:
        """Read "A is no longer there", "A no longer shows B", "do not show B any more"."""
        match = re.search(
            r"\b(?:no longer|not (?:any ?more|any longer))\b|\bno more\b(?! than)|\b(?:any ?more|any longer)\b",
            self.text,
            re.IGNORECASE,
        )
        if match is None or self.is_behaviour(match.start()):
            return
        before, after = self.text[: match.start()], self.text[match.end() :]
        if re.match(r"any", match[0], re.IGNORECASE):  # "not ... any more"
            negation = re.search(r"\b(?:not?|never)\b|n['’]t\b|\bwithout\b", before, re.IGNORECASE)
            if negation is None:
                return
            before, after = before[: negation.start()], before[negation.end() :] + after
        after = re.sub(
            rf"^\s*(?:be |stand |appear |stands? |shown |as )*(?:in|on|under|inside) (?={THE}{M})", " ", after
        )
        direct, owners = self.sides(after)
        yield from (Change(it, "gone", "remove", "") for it in direct)
        subjects, others = self.sides(before)
        formats = [it for it in direct if it.kind == "format"]
        if direct:
            touched = [*(it for it in subjects if it.kind == "file"), *owners]
            yield from self.owned([*touched, *others], has_direct=True, group="remove", words=self.text)
            if formats and not subjects:
                return
        elif subjects:
            is_gone = not re.match(
                r"\s*(?:be\s+)?(?:a|an|the|show|shows|empty|sorted|links?|uses?|has|have|contains?)\b", after
            )
            page = next((it.name for it in owners if is_page(it)), "")
            yield from (Change(it, "gone" if is_gone else "changed", "remove", "", on_page=page) for it in subjects)
        elif [it for it in others if not is_page(it)]:
            yield from self.owned(others, has_direct=False, group="remove", words=self.text)
        elif owners and not [it for it in owners if is_page(it)]:
            yield from self.owned(owners, has_direct=False, group="remove", words=self.text)
        else:
            yield from self.nouns(self.text, "gone", "remove")

    def now(self) -> Iterator[Change]:
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
            for match in re.finditer(pattern, self.text, re.IGNORECASE):
                old, new = MARK.fullmatch(match["old"]), MARK.fullmatch(match["new"])
                if old and new and not self.is_behaviour(match.start()) and old[1] == new[1]:
                    paired.add(match["old"])
                    yield Change(self.found.thing(old), "gone", "rename", "")
        subject = rf"(?P<old>{M})(?:\s+‹n\d+›)?\s+(?:(?:is|are|must|should|will|has to)\s+)?(?:be\s+)?"
        for match in re.finditer(
            rf"{subject}(?:now|from now on|henceforth|becomes?)\s+(?P<rest>.*)", self.text, re.IGNORECASE
        ):
            mark = MARK.fullmatch(match["old"])
            if (
                not mark
                or match["old"] in paired
                or self.is_behaviour(match.start())
                or ADDITIVE.search(match["rest"])
                or re.match(rf"(?:{PARTICIPLES})\b", match["rest"], re.I)
            ):
                continue
            thing, rest = self.found.thing(mark), match["rest"]
            if re.search(r"\bids?\s*$", self.text[: match.start()], re.IGNORECASE):  # "the id A is now something else"
                yield Change(thing, "gone", "rename", "")
                continue
            goal = next((it.name for it in self.things(rest) if is_page(it)), "")
            on_page = goal and re.match(
                r"(?:(?:lives?|appears?|stands?|goes|belongs?|is|are|shown|found|sits?|moves?)\s+)*(?:on|in|to|at)\b",
                rest,
                re.I,
            )
            if thing.kind != "file" or not re.match(r"(?:exists|there|has|have)\b", rest):
                yield Change(
                    thing, "gone" if on_page else self.weaker(thing, rest), "now", "", off_page=goal if on_page else ""
                )
        for match in re.finditer(
            rf"{subject}(?:goes|moves|belongs|lives)\s+(?:now\s+)?(?:to|on|in|into)\s+(?P<rest>.*)",
            self.text,
            re.IGNORECASE,
        ):
            mark = MARK.fullmatch(match["old"])
            goal = next((it.name for it in self.things(match["rest"]) if is_page(it)), "")
            if mark and goal and not self.is_behaviour(match.start()) and not ADDITIVE.search(match["rest"]):
                thing = self.found.thing(mark)
                yield Change(thing, "gone", "move", "", off_page="" if thing.kind == "file" else goal)

    def described(self) -> Iterator[Change]:
        """Read statements in which one side is no name: "the export is now CSV", "the title becomes B", "A needs more"."""
        if self.is_behaviour(len(self.text)) or ADDITIVE.search(self.text):
            return
        says_now = re.search(rf"\b(?:{NOW}|becomes?|changes? to)\b", self.text, re.IGNORECASE)
        patterns: list[tuple[str, How]] = [
            (
                rf"\b(?:moves?|goes|changes|switches|shifts)\s+from\s+(?P<mark>{THE}{M})\s+(?:over )?(?:to|into)\b",
                "gone",
            ),
            (rf"(?P<mark>{M})\s+(?:gives? way to|makes? way for|yields? to)\b", "gone"),
            (
                rf"(?P<mark>‹t\d+›)\s+(?:is|are|must be|should be|will be)\s+(?:now\s+)?(?:called|named|labelled|spelt)\s+[a-z_]\w*\b",
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
            for match in re.finditer(pattern, self.text):
                for it in self.things(match["mark"]):
                    yield Change(it, self.weaker(it, self.text) if how == "changed" else how, "now", "", is_order=False)
        noun = (
            re.search(
                rf"(?P<mark>‹n\d+›)(?: text)?\s+(?:is|are|must|should|will|becomes?|changes? to|now)\b", self.text, re.I
            )
            if says_now
            else None
        )
        noun = noun or re.search(
            r"\blet the (?P<mark>‹n\d+›)(?: text)?\s+(?:say|read|be|show)\b", self.text, re.IGNORECASE
        )
        if noun and not self.things(self.text[: noun.end()]):
            yield from self.nouns(noun["mark"], "changed", "now")
        if re.search(
            r"\b(?:retitle|rename|call|name|title)\s+(?:the |this |our )?(?:web ?)?(?:page|site|app)\b(?!\s*‹)",
            self.text,
            re.IGNORECASE,
        ):
            yield Change(Thing("noun", "title"), "changed", "rename", "")
        if only := re.search(
            r"\bonly on (?:the page )?(?P<a>‹f\d+›)|\bon (?:the page )?(?P<b>‹f\d+›) only\b", self.text, re.IGNORECASE
        ):
            goal = self.things(only["a"] or only["b"])[0].name
            yield from (
                Change(it, "gone", "move", "", off_page=goal) for it in self.things(self.text) if it.kind == "id"
            )
        if (more := HAS_MORE.match(self.text)) and not is_page(self.things(more["mark"])[0]):
            yield from (Change(it, "added to", "add", "") for it in self.things(more["mark"]))

    def named_anew(self) -> Iterator[Change]:
        """Read "B (formerly A)"."""
        pattern = rf"\b(?:formerly|previously|until now|so far|used to be|was called|was named|were called|old name|once called)\s*:?\s*(?:(?:called|named|known as|in|the|was|it was|id)\s+)*{THE}(?P<old>{M})"
        for match in re.finditer(pattern, self.text, re.IGNORECASE):
            if (mark := MARK.fullmatch(match["old"])) and not self.is_behaviour(match.start()):
                yield Change(self.found.thing(mark), "gone", "rename", "")

    def absent(self) -> Iterator[Change]:
        """Read "there is no A", "A must not exist", "A can go", "does not show B"."""
        there = rf"(?:^|\b(?:there (?:is|are|must be|should be|shall be|will be)|has|have|contains?|with)\s+|: |, )no(?: longer| more)?\s+(?:[\w-]+ ){{0,2}}?{THE}(?P<old>{M})"
        gone = (
            rf"(?P<old>{M})(?:\s+‹n\d+›)?\s+(?:(?:does not|doesn['’]t|must not|should not|may not|shall not)\s+(?:exist|be (?:there|present|committed|in the repository))"
            r"|(?:is|are|must be|should be)\s+(?:now\s+|to be\s+)?(?:gone|absent|obsolete|superfluous|not needed|not wanted|out|no more)|disappears?|goes away|vanishes"
            r"|(?:must|should|can|has to|may)\s+(?:go\b(?! (?:to|on))|disappear|vanish))"
        )
        lacks = rf"\b(?:does not|doesn['’]t|do not|don['’]t|must not|should not|never|shall not)\s+(?:contain|show|mention|have|include|say|display)s?\s+(?:[\w-]+ ){{0,3}}?{THE}(?P<old>{M})"
        for pattern in (there, gone, lacks):
            for match in re.finditer(pattern, self.text, re.IGNORECASE):
                mark = MARK.fullmatch(match["old"])
                if mark and not self.is_behaviour(match.start()):
                    thing = self.found.thing(mark)
                    yield Change(thing, "gone", "remove", "")
                    if pattern is lacks and thing.kind == "text":  # "A does not contain the typo B"
                        files = [
                            it
                            for it in self.things(self.text[: match.start()])
                            if it.kind == "file" and not is_page(it)
                        ]
                        yield from (Change(it, "touched", "lacks", "") for it in files)

    # What the parts of a clause name

    def things(self, part: str) -> list[Thing]:
        """Return what a part names."""
        return self.found.things_in(part)

    def sides(self, part: str) -> tuple[list[Thing], list[Thing]]:
        """Return what a part is about itself, and what it only speaks of as the place or owner of that."""
        direct: list[Thing] = []
        owners: list[Thing] = []
        is_place = False
        last = 0
        for mark in MARK.finditer(part):
            if mark[1] == "n":
                continue
            between = part[last : mark.start()]
            if PLACE.search(MARK.sub("x", part[: mark.start()])) and re.search(r"\w", between):
                is_place = bool(PLACE.search(re.sub(MARK, "‹›", part[: mark.start()])))
            elif not re.fullmatch(r"\s*(?:,|and|or|,\s*and|&|\s)*\s*(?:the\s+)?", between):
                is_place = False
            last = mark.end()
            thing = self.found.thing(mark)
            is_part = is_place and (
                FROM_FILE.search(part[: mark.start()])
                or thing.kind != "file"
                or is_page(thing)
                or OF_FILE.search(part[: mark.start()])
                or direct
            )
            if is_part:
                owners.append(thing)
            elif not is_place:
                direct.append(thing)
        return direct, owners

    def owned(self, owners: Iterable[Thing], *, has_direct: bool, group: str, words: str) -> Iterator[Change]:
        """Return what becomes of a file or an element of which only a part is changed."""
        for it in owners:
            if it.kind == "file" and not is_page(it):
                is_small = has_direct or re.search(r"\b(?:typos?|spelling|grammar|misspell\w*)\b", words, re.IGNORECASE)
                yield Change(it, "touched" if is_small else "changed", group, "")
            elif it.kind in {"id", "file"} and not has_direct and not is_page(it):
                yield Change(it, self.weaker(it, words), group, "")

    def weaker(self, thing: Thing, words: str) -> How:
        """Return "looks" where only the looks of an element are spoken of, "touched" where only spelling is."""
        if thing.kind == "file":
            return (
                "touched"
                if re.search(r"\b(?:typos?|spelling|grammar|misspell\w*)\b", words, re.IGNORECASE)
                else "changed"
            )
        return "looks" if LOOKS.search(words) else "changed"

    def nouns(self, part: str, how: How, by: str, on_page: str = "", off_page: str = "") -> Iterator[Change]:
        """Return the elements that are spoken of by what they are: "the footer text". The first such word counts."""
        names = [self.found.thing(mark) for mark in MARK.finditer(part) if mark[1] == "n"]
        if names and names[0].name in NOUNS:
            level: How = "looks" if LOOKS.search(part) and how == "changed" else how
            yield Change(names[0], level, by, "", on_page=on_page, off_page=off_page)


def is_page(thing: Thing) -> bool:
    """Whether a thing is a page of the site."""
    return thing.kind == "file" and thing.name.lower().endswith(PAGE)


PARTICIPLES = "|".join(
    sorted((form for form in GROUP_OF if form.endswith(("ed", "en", "out", "of"))), key=len, reverse=True)
)
