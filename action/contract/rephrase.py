"""What people put around a statement about the page at rest, taken away; and two statements in one sentence, parted.

Rules read a sentence as it is first. Only what no rule reads is said in other words, and then all of it must be read.
"""

import re

LOADED = (
    r"(?:(?:the )?(?:page|app|site|data|csv|json|file|table|document|quiz|game|list)|it|everything)"
    r"(?: is| has| have| has been| is first)? (?:first )?(?:load(?:s|ed)|open(?:s|ed)|fetched|ready|there|done loading)"
)
AT_REST = (
    r"(?:(?:right )?(?:at|from|in) (?:the )?(?:very )?(?:start|beginning|first|outset)|initially"
    r"|to (?:begin|start) with|(?:right |directly )?(?:on|after|upon) (?:the |a )?(?:initial |first |fresh |page ?)*"
    r"(?:load(?:ing)?|visit|view|opening)(?: of)?(?: the page| it)?|without clicking(?: anything)?"
    rf"|(?:when|once|after|as soon as) {LOADED}|without any (?:click|input|interaction)"
    r"|before any(?:thing| \w+)(?: else)? is \w+|within \d{1,3} ?(?:s|sec|secs|seconds?))"
)
BEFORE = re.compile(rf"^{AT_REST}(?:, ?|: ?| )(?:then )?", re.IGNORECASE)
AFTER = re.compile(
    rf"(?:,? {AT_REST}| now| any ?more| any longer| left| anywhere)(?: (?:on|in) (?:the )?page)?[.! ]*$", re.IGNORECASE
)
SURE = re.compile(
    r"\b(?:now|already|simply|also) (?=(?:is|reads?|says?|shows?|displays?|has|contains?|offers?|must|should)\b)"
    r"|(?<=\bis )(?:now|already|simply|also) |(?<=\bare )(?:now|already|simply|also) ",
    re.IGNORECASE,
)
# "The average in #average is 4": the words say what the value means. "The first row in #list is" says which part.
PARTS = (
    "first|last|second|third|each|every|all|no|any|number|count|only|one|rows?|items?|entr(?:y|ies)|options?|links?|cells?"
    "|buttons?|headings?|fields?|inputs?|images?|columns?|elements?|cards?"
)
MEANING = re.compile(
    rf"^(?:the |an? )?(?:(?!(?:{PARTS})\b)[\w-]+ ){{1,5}}?"
    r"in (?=[#.][A-Za-z][\w-]* (?:is|reads|says|shows|equals|displays) (?:«|[-+$€£¥]{0,2}\d|(?-i:[A-Z])))",
    re.IGNORECASE,
)
JOINT = re.compile(
    r"(?:,? and |,? but |; |, |,? while |,? whereas )"
    r"(?=(?:#|\.[a-z]|neither |nothing |no |there |the |an? |README|LICENSE|«|[\w-]+\.(?:html|css|js|json|csv|md)\b))",
    re.IGNORECASE,
)
SAYS = re.compile(
    r"\b(?:is|are|has|have|reads?|says?|shows?|contains?|exists?|displays?|offers?|equals?|links?|lacks?|must|should"
    r"|no longer|there|starts|nothing|neither)\b",
    re.IGNORECASE,
)
ACTS = re.compile(
    r"\b(?:click\w*|press\w*|tap\w*|typ(?:e|es|ing)|enter(?:s|ed|ing)|fill\w*|select(?:s|ing)|choos\w+|pick(?:s|ing)"
    r"|tick\w*|check(?:s|ing)|drag\w*|hover\w*|submit\w*|reload\w*|refresh\w*|when|whenever|after|once|if|until|unless"
    r"|before|upon|while|then)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"\"[^\"]{1,1000}\"|“[^”]{1,1000}”|`[^`]{1,1000}`|(?<!\w)'[^']{1,1000}'(?!\w)")
MARK = re.compile("«(\\d+)»")
LONGEST, MOST_PARTS = 400, 6  # characters; statements in one sentence


def rephrased(sentence: str) -> list[str]:
    """Return the statements of a sentence about the page at rest; nothing when there is no other way to say it."""
    quoted: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        quoted.append(match[0])
        return f"«{len(quoted) - 1}»"

    masked = QUOTED.sub(put_aside, " ".join(sentence.replace("«", "<").replace("»", ">").split()))
    if len(masked) > LONGEST:
        return []
    bare = at_rest(masked)
    found = [at_rest(part) for part in parts_of(bare)]
    if found == [masked]:
        return []
    return [MARK.sub(lambda mark: quoted[int(mark[1])], part) for part in found]


def at_rest(text: str) -> str:
    """Return a statement without the words that say that the page is at rest."""
    for pattern in (BEFORE, AFTER, AFTER, SURE, MEANING):
        text = pattern.sub("", text)
    return text


def parts_of(text: str) -> list[str]:
    """Return the statements that "and" joins, when each has a subject and a verb and none of them acts."""
    if ACTS.search(re.sub(r"[#.][\w-]+", "", text)):
        return [text]
    parts = JOINT.split(text)
    return parts if 1 < len(parts) <= MOST_PARTS and all(SAYS.search(part) for part in parts) else [text]
