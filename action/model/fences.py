"""What models put around or instead of a file: fences that are taken off, lines for left-out code, and circles."""

import re
from pathlib import PurePosixPath

MOST_INDENTED = 3  # a mark or a fence that stands further in is content
LANGUAGE = re.compile(r"[\w.+-]*")
MARKDOWN = {".md", ".markdown"}
# In these a line of three backticks or tildes can only be a model's, at the beginning and at the end.
LANGUAGES = {
    ".html": {"html", "htm", "xhtml"},
    ".htm": {"html", "htm", "xhtml"},
    ".css": {"css"},
    ".js": {"js", "javascript", "mjs"},
    ".mjs": {"js", "javascript", "mjs"},
    ".json": {"json"},
    ".geojson": {"json", "geojson"},
    ".webmanifest": {"json"},
    ".svg": {"svg", "xml", "html"},
    ".xml": {"xml"},
    ".csv": {"csv"},
    ".tsv": {"tsv"},
}
CODE = re.compile(r"[<>{}=;]|/\*|\*/|//|\"{3}|'{3}")
MOST_PROSE = 5  # lines before or after a fence that only speak of the file


def fence_in(line: str) -> tuple[str, str] | None:
    """Return the signs of a Markdown fence and the language after them; None for every other line."""
    if "```" not in line and "~~~" not in line:
        return None
    text = line.strip()
    signs = text[: len(text) - len(text.lstrip(text[:1]))]
    rest = text[len(signs) :]
    if len(signs) < 3 or signs[0] not in "`~" or "`" in rest or indentation(line) > MOST_INDENTED:
        return None
    language = LANGUAGE.match(rest.lstrip())
    return signs, language[0] if language else ""


def indentation(line: str) -> int:
    """Return how many signs of white space a line begins with."""
    return len(line) - len(line.lstrip())


def unwrapped(path: str, lines: list[str]) -> list[str]:
    """Remove one Markdown fence around a whole file. A Markdown file may begin and end with fences of its own."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in LANGUAGES:
        inner = without_fence(lines, LANGUAGES[suffix])
        return without_remarks(inner) if suffix in {".html", ".htm"} else inner
    first, last = first_and_last(lines)
    if last <= first:
        return lines
    opening, closing = fence_in(lines[first]), lines[last].strip()
    if opening is None or closing != opening[0]:
        return lines
    if suffix in MARKDOWN:
        is_wrapper = opening[1].lower() in {"md", "markdown"}
        if not is_wrapper or not are_paired(lines[first + 1 : last]):
            return lines
    return lines[first + 1 : last]


def without_fence(lines: list[str], languages: set[str]) -> list[str]:
    """Return code without the fence around it, also when half of it is missing, or a remark stands beside it."""
    fences = [number for number, line in enumerate(lines) if fence_in(line)]
    opens = bool(fences) and is_opening(lines, fences[0], languages)
    inner = fences[1:] if opens else fences
    ends = bool(inner) and is_closing(lines, inner[-1], lines[fences[0]] if opens else "")
    if opens and ends:
        return lines[fences[0] + 1 : inner[-1]]
    if opens and len(inner) % 2 == 0:  # those within come in pairs, so the one that is missing ends the file
        return lines[fences[0] + 1 :]
    return lines[: fences[0]] if ends and len(fences) == 1 else lines


def without_remarks(lines: list[str]) -> list[str]:
    """Return a page without a remark before its doctype or after its end: a browser would show it."""
    begin = next((n for n, line in enumerate(lines) if line.lstrip().lower().startswith("<!doctype html")), 0)
    end = next((n + 1 for n in range(len(lines) - 1, begin, -1) if lines[n].strip().lower() == "</html>"), len(lines))
    begin = begin if is_prose(lines[:begin]) else 0
    return lines[begin : end if is_prose(lines[end:]) else len(lines)]


def is_opening(lines: list[str], number: int, languages: set[str]) -> bool:
    """Whether a fence opens a file: it is the first line, or stands between a remark and the file."""
    before = [line for line in lines[:number] if line.strip()]
    if not before:
        return True
    fence = fence_in(lines[number])
    is_announced = before[-1].rstrip().endswith(":") or (fence is not None and fence[1].lower() in languages)
    return is_announced and is_prose(before) and any(line.strip() for line in lines[number + 1 :])


def is_closing(lines: list[str], number: int, opening: str) -> bool:
    """Whether a fence ends a file: it is bare, of the opening one's kind, and only a remark follows."""
    mark, fence = lines[number].strip(), fence_in(opening)
    is_bare = not mark.strip("`") or not mark.strip("~")
    return is_bare and (fence is None or mark == fence[0]) and is_prose(lines[number + 1 :])


def is_prose(lines: list[str]) -> bool:
    """Whether lines are at most a short remark about a file."""
    filled = [line for line in lines if line.strip()]
    return len(filled) <= MOST_PROSE and not any(CODE.search(line) or fence_in(line) for line in filled)


def fence_left(path: str, lines: list[str]) -> int | None:
    """Return the number of a line with which a fence begins or ends a file of code, or None."""
    if PurePosixPath(path).suffix.lower() not in LANGUAGES:
        return None
    first, last = first_and_last(lines)
    return next((number + 1 for number in (first, last) if number >= 0 and lines and fence_in(lines[number])), None)


def are_paired(lines: list[str]) -> bool:
    """Whether the fences among `lines` open and close in turn. A closing fence names no language."""
    languages = [fence[1] for line in lines if (fence := fence_in(line))]
    return len(languages) % 2 == 0 and not any(languages[1::2])


def first_and_last(lines: list[str]) -> tuple[int, int]:
    """Return the indexes of the first and the last line that is not blank (0, -1 when there is none)."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return (filled[0], filled[-1]) if filled else (0, -1)


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


LONGEST_CIRCLE = 500  # characters of a passage that is repeated


def circle_begins(text: str, least: int) -> int | None:
    """Return where a text begins to say again and again what it has just said, for its last `least` characters."""
    window = text[-2 * LONGEST_CIRCLE :]
    period = LONGEST_CIRCLE - window.rfind(window[LONGEST_CIRCLE:], 0, -1)
    if len(text) < least or period > LONGEST_CIRCLE or text[-least:][period:] != text[-least:-period]:
        return None
    begin = len(text) - least
    while begin and text[begin - 1] == text[begin - 1 + period]:
        begin -= 1
    return begin + period
