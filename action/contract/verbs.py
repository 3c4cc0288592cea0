"""The verbs by which people order a change, in their forms, and the cues that the rest of a sentence is no order."""

import re
from collections.abc import Iterable
from typing import Literal

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
    "|give up/giving up/given up|abandon|ditch|leave out/leaving out/left out|throw away/throwing away/thrown away",
    "move": "move|relocate|shift|transfer/transferring/transferred",
    "add": "add|append|prepend|insert|merge|put/putting/put|write/writing/written"
    "|include|copy/copying/copied|paste|enter",
    "extend": "extend|expand|complete|complement|supplement|enrich|lengthen|fill in/filling in/filled in|continue",
    "edit": "fix|correct|repair|update|edit|revise|rewrite/rewriting/rewritten"
    "|rework|amend|shorten|proofread/proofreading/proofread"
    "|reformat/reformatting/reformatted|clean up/cleaning up/cleaned up|tidy up/tidying up/tidied up"
    "|refactor|improve|adjust|modify/modifying/modified"
    "|overhaul|redo/redoing/redone|patch|debug/debugging/debugged|polish|reword|rephrase|anonymise|anonymize"
    "|simplify/simplifying/simplified|restructure|reorganise|reorganize|translate|adapt|double|halve|increase|raise|lower|reduce|round|limit|restrict|trim/trimming/trimmed|make/making/made|redesign",
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
    "show|display|export|use|write|call|name|list|give|print|read|load|compute|calculate|filter|store|save|offer|include"
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
VERSION = re.compile(
    rf"\b(?:commit|write|publish|produce|provide|create|save|make)\s+(?:a|an|the)\s+(?P<verb>{PARTICIPLE})"
    r"\s+(?:version|copy|form)\s+of\s+(?:the\s+|attached\s+|file\s+)*(?P<mark>‹f\d+›)",
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
    r"\b(?:colou?rs?|fonts?|styl(?:e|es|ing)|sizes?|layout|background|borders?|spacing|padding|margins?|alignment|shadow"
    r"|theme|design|bold|italic|wider|narrower|larger|bigger|smaller|centred|centered|position|contrast|animation|icon|prettier|nicer)\b",
    re.IGNORECASE,
)
