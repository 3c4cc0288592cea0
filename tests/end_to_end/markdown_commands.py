"""The commands that a Markdown document tells people to type: in blocks, and in backticks within a sentence."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROGRAMS = r"make|curl|git|gh|pip|uv|docker|gcloud|sudo|apt|apt-get|sqlite3|cloudflared|npm|npx|python3?|\.venv/bin/\S+"
TYPED = re.compile(rf"(?:[A-Z][A-Z0-9_]*=\S+\s+)*(?:(?:{PROGRAMS})\s|make$|\. \S)")  # a name alone is a mention
SHELLS = ("sh", "bash", "shell", "console")


@dataclass(frozen=True)
class Command:
    """`text` as it stands in the document, over several lines where it has them; `line` says where."""

    document: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.text}"


def commands_of(path: Path, document: str) -> list[Command]:
    """Return the commands in order; what stands in a sentence again is the same command."""
    seen: set[str] = set()
    commands = []
    for line, text, is_block in pieces(MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8"))):
        if is_block or text not in seen:
            commands.append(Command(document, line, text))
        seen.add(text)
    return commands


def pieces(tokens: list[Token]) -> Iterator[tuple[int, str, bool]]:
    """Yield line, text, and whether it stands in a block."""
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type in ("fence", "code_block"):
            words = token.info.split()
            if (words[:1] and words[0] in SHELLS) or (not words and TYPED.match(token.content)):
                yield from ((line + number + 1, text, True) for number, text in split(token.content))
        elif token.type == "inline":
            for child in token.children or []:
                if child.type == "code_inline" and TYPED.match(child.content):
                    yield line, child.content, False


def split(block: str) -> Iterator[tuple[int, str]]:
    """Yield each command of a block with its line, joined where it goes over several."""
    waiting: list[str] = []
    for number, line in enumerate(block.splitlines()):
        line = line.removeprefix("$ ")
        if not waiting and (not line.strip() or line.lstrip().startswith("#")):
            continue
        waiting.append(line)
        text = "\n".join(waiting)
        if is_complete(text):
            yield number - len(waiting) + 1, text
            waiting = []
    if waiting:
        yield number - len(waiting) + 1, "\n".join(waiting)


def is_complete(text: str) -> bool:
    """Whether bash would run it and not ask for the rest."""
    asked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return not text.endswith("\\") and not asked.stderr


def commands_in(output: str) -> list[str]:
    """Return the commands in what a program printed: those that begin a line."""
    lines = [line.strip() for line in output.splitlines()]
    starts = [number for number, line in enumerate(lines) if TYPED.match(line)]
    return [next(text for _, text in split("\n".join(lines[start:]))) for start in starts]
