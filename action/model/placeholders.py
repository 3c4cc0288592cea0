"""Recognises lines that stand for code which a model left out, such as "// rest of the code unchanged"."""

import re

LONGEST_LINE = 200
COMMENT = r"^\s*+(?://|/\*++|<!--|#|;|--|\*|\{/\*)\s*+"
WHOLE = r"(?:code|file|script|html|css|styles?|page|content|functions?|rows|data|markup|section|document)"
ALONE = r"^\s*+(?://|/\*++|<!--|\{/\*)"  # a comment for certain: "#" and "*" are Markdown as well
ENDING = r"\W*$"  # also the end of a comment
EARLIER = r"(?:before|above|previously|earlier|the\s+(?:previous|last|first)\s+\w+)"
DROPPED = r"(?:omitted|truncated|snip(?:ped)?|left out|abbreviated|skipped)(?:\s+for\s+\w+)?"
FEW_WORDS = r"(?:(?!(?:the|is|are)\b)\w+\W+){0,3}"
LEFT_OUT = r"(?:rest|existing|previous|remaining|unchanged|same)"
PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{COMMENT}\W*(?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+|your\s+|this\s+)?{WHOLE}\b",
        rf"{COMMENT}(?:\.\.\.|…)\W*(?:\w+\W+){{0,6}}{LEFT_OUT}\b",
        rf"{COMMENT}{LEFT_OUT}\s+{WHOLE}\s+(?:\w+\s+){{0,3}}(?:here|unchanged|as before|above)\b",
        rf"(?:{COMMENT}|^\s*[\[(])(?:the\s+)?(?:rest|{WHOLE})\s+(?:\w+\s+){{0,4}}"
        r"(?:remains?|stays?|is|are)\s+(?:unchanged|the same)\W*$",
        rf"^\s*[\[(]?(?:\.\.\.|…)\s*(?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+|your\s+|this\s+)?{WHOLE}\b",
        rf"^\s*[\[(]?(?:\.\.\.|…)\s+\(?(?:the\s+)?{LEFT_OUT}\b.{{0,60}}$",
        r"^\s*\[the content of [^\]]+\]\s*$",  # the example in templates/prompts/reply.md
        r"^\s*[\[(](?:unchanged|no changes|same as (?:before|above))[\])]\s*$",
        rf"{ALONE}\W*+{FEW_WORDS}same\s+(?:{WHOLE}\s+)?as\s+(?:in\s+)?{EARLIER}{ENDING}",
        rf"{ALONE}\W*+(?:unchanged|no changes?|(?:as|like)\s+{EARLIER}|{DROPPED})(?:\s+here)?{ENDING}",
        rf"{ALONE}\W*+{FEW_WORDS}{WHOLE}\s+(?:unchanged|goes here|(?:(?:is|was|were)\s+)?{DROPPED}){ENDING}",
        rf"{ALONE}\W*+(?:the\s+)?(?:everything else|(?:other|remaining|existing)\s+\w+(?:\s+\w+)?)\s+"
        rf"(?:stays?|remains?|is|are)\s+(?:unchanged|the same|as {EARLIER}){ENDING}",
        rf"{ALONE}\s*+[\[(](?:the\s+)?{LEFT_OUT}\s+(?:\w+\s+)?{WHOLE}[\])]{ENDING}",
    )
]


def placeholder_line(content: str) -> int | None:
    """Return the number of the first line that stands for left-out code, or None."""
    for number, line in enumerate(content.split("\n"), 1):
        if len(line) <= LONGEST_LINE and any(pattern.search(line) for pattern in PATTERNS):
            return number
    return None
