"""Foreign text in Markdown: on one line, and only text."""

import re

LONGEST_CELL = 500


def cell(text: str, longest: int = LONGEST_CELL) -> str:
    """Return text on one line that is only text: no table, fence, link, mention or HTML can begin in it."""
    line = " ".join(text.split())
    return escaped(line if len(line) <= longest else line[: longest - 1] + "…")


def escaped(line: str) -> str:
    """Return one line with everything escaped that GitHub's Markdown could take for its own."""
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@&#8203;")
    return re.sub(r"([\\`*_\[\]|#~$!])", r"\\\1", line)


def prose(text: str, longest: int = LONGEST_CELL, *, in_table: bool = True) -> str:
    """Return text like `cell`, with what stands between pairs of backticks as code."""
    line = " ".join(text.split())
    if len(line) > longest or line.count("`") % 2 or "\\|" in line:  # a table would end the cell there
        return cell(line, longest)
    parts = line.split("`")
    return "".join(code_span(part, in_table) if place % 2 else escaped(part) for place, part in enumerate(parts))


def code_span(text: str, in_table: bool) -> str:
    """Return text without backticks as code; a table would end its cell at a bar without a backslash."""
    shown = text.replace("|", "\\|") if in_table else text
    return f"`{shown}`" if text.strip() else ""


def code(text: str) -> str:
    """Return text that can stand between backticks in a table."""
    return " ".join(text.split()).replace("`", "'").replace("|", "¦")[:LONGEST_CELL]
