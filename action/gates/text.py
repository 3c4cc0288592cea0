"""Text of others made fit for rules: bytes that may be text, the part that patterns read, headings of Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_READ = 50_000  # characters
LONGEST_TOKEN = 300  # a longer one is data, such as an inline image
TOKEN = re.compile(r"\S+")
GAP = re.compile(r"\s{20,}")


def readable(text: str) -> str:
    """Return a text without very long tokens and gaps, cut at its limit."""
    words = TOKEN.sub(lambda match: match[0] if len(match[0]) <= LONGEST_TOKEN else " ", text)
    return GAP.sub(lambda match: "\n\n" if "\n" in match[0] else " ", words)[:LONGEST_READ]


EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]{1,64}(?:\.[^\s@.]{1,64})+")


def text_of(body: bytes) -> str | None:
    """Return a file as text, None when it is not text."""
    if b"\0" in body[:8192]:
        return None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
        odd = sum(1 for character in text[:4096] if ord(character) < 32 and character not in "\t\r\n\f")
        return text if odd == 0 else None


def without_addresses(text: str) -> str:
    """Return a text in which no email address can be read: what a page shows is public, but a ledger collects it."""
    return EMAIL.sub("***", text)


LONGEST_MARKDOWN = 100_000  # characters; no README that people wrote is longer
DEEPEST = 6
MOST_INDENTED = 3  # spaces; what stands further in is code
UNDERLINES = {"=": (1, 1), "-": (2, 3)}  # sign: level of the heading, fewest signs


@dataclass(frozen=True)
class Heading:
    """`body` is what stands between this heading and the next one."""

    level: int
    title: str
    body: str


def headings(markdown: str) -> list[Heading]:
    """Return the headings outside code blocks, "# x" and underlined ones, in their order."""
    lines = list(outside_code(markdown[:LONGEST_MARKDOWN].splitlines()))
    found = [(number, *heading) for number in range(len(lines)) if (heading := heading_at(lines, number))]
    ends = [*(number for number, *_ in found), len(lines)][1:]
    return [
        Heading(level, title, "\n".join(lines[number + height : end]))
        for (number, height, level, title), end in zip(found, ends, strict=True)
    ]


def heading_at(lines: list[str], number: int) -> tuple[int, int, str] | None:
    """Return how many lines the heading that begins here takes, its level and its title."""
    line = lines[number]
    text = line.lstrip(" ")
    rest = text.lstrip("#")
    level, title = len(text) - len(rest), rest.strip(" \t").rstrip("#").rstrip(" \t")
    if 1 <= level <= DEEPEST and rest[:1] in {" ", "\t"} and title and len(line) - len(text) <= MOST_INDENTED:
        return 1, level, title
    below = lines[number + 1].rstrip() if number + 1 < len(lines) else ""
    level, fewest = UNDERLINES.get(below[:1], (0, 0))
    is_underlined = level and len(below) >= fewest and not below.strip(below[0]) and not line[:1].isspace() and line
    return (2, level, line.strip()) if is_underlined else None


def outside_code(lines: list[str]) -> Iterator[str]:
    """Yield the lines, "code" instead of each fenced block. A fence that nothing closes is an ordinary line."""
    closing = longest_closings(lines)
    fence = ""
    for number, line in enumerate(lines):
        signs = fence_of(line)
        if fence:
            is_closed = is_closing(line) and signs.startswith(fence)
            fence = "" if is_closed else fence
        elif signs and len(signs) <= closing[number + 1].get(signs[0], 0):
            fence = signs
            yield "code"
        else:
            yield line


def longest_closings(lines: list[str]) -> list[dict[str, int]]:
    """Return, for each line and the end, the longest fence of each sign that can close a block there or below."""
    found: list[dict[str, int]] = [{}]
    for line in reversed(lines):
        signs, after = fence_of(line), found[-1]
        longer = signs and is_closing(line) and len(signs) > after.get(signs[0], 0)
        found.append({**after, signs[0]: len(signs)} if longer else after)
    return found[::-1]


def fence_of(line: str) -> str:
    """Return the signs that a line begins with, when they can be a fence."""
    text = line.lstrip(" ")
    signs = text[: len(text) - len(text.lstrip(text[:1]))] if text[:1] in {"`", "~"} else ""
    return signs if len(signs) >= 3 and len(line) - len(text) <= MOST_INDENTED else ""


def is_closing(line: str) -> bool:
    """Whether a line is nothing but a fence."""
    return len(set(line.strip())) == 1
