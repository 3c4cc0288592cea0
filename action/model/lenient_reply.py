"""Reads replies of models that do not keep to the marks: marks without the token, Markdown fences, or a bare page.

Only for replies that hold no block with the right token, so that a careful model is never misread.
"""

import re
from dataclasses import replace

from action.model.fences import fence_in
from action.model.reply import Reply, clean_path, content_of, parse

ANY_MARK = re.compile(r"<<<\s{0,9}(FILE|EDIT|REPLACE|END|DONE|DELETE)\b([^>\n]{0,300})>{2,3}")
TOKEN_WORD = re.compile(r"^(?:[0-9a-f]{8,}|TOKEN|token)\b\s*")
NAME = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[\w-][\w.-]*\.[A-Za-z][A-Za-z0-9]{0,5})(?![\w/])")
USUAL_NAME = {"html": "index.html", "css": "style.css", "javascript": "script.js", "js": "script.js"}
PAGE_BEGINS, PAGE_ENDS = re.compile("<!doctype html", re.IGNORECASE), re.compile("</html>", re.IGNORECASE)
LONGEST_HEADING = 100  # characters of a line that names a file


def read_reply(text: str, token: str) -> Reply:
    """Read a reply by its marks; without any, by what it looks like."""
    reply = parse(text, token)
    if not reply.is_empty or reply.cut_off:
        return reply
    marked = with_other_marks(text, token)
    if not marked.is_empty:
        return marked
    fenced = with_fences(text)
    if fenced and fenced.files:
        return fenced
    return bare_page(text) or fenced or (marked if marked.cut_off else reply)  # a whole page needs no closing fence


def with_other_marks(text: str, token: str) -> Reply:
    """Read marks that carry another token, the word TOKEN, or none."""
    lines = [ANY_MARK.sub(lambda match: rewritten(match, token), line) for line in text.split("\n")]
    return parse("\n".join(lines), token)


def rewritten(mark: re.Match[str], token: str) -> str:
    """Return a mark as it should have been."""
    return f"<<<{mark[1]} {token} {TOKEN_WORD.sub('', mark[2].strip())}".rstrip() + ">>>"


def with_fences(text: str) -> Reply | None:
    """Read Markdown code blocks: each is a file whose name stands in the line before, or that its language suggests."""
    files: dict[str, str] = {}
    before, name, lines, fence = "", "", [""], ""
    for line in text.replace("\r\n", "\n").split("\n"):
        match = fence_in(line)
        if fence and line.strip() == fence:
            if name:
                files[name] = content_of(name, lines)
            fence = ""
        elif fence:
            lines.append(line)
        elif match:
            fence, lines = match[0], []
            name = name_in(before) or name_in(line) or USUAL_NAME.get(match[1].lower(), "")
        elif line.strip():
            before = line
    cut_off = name if fence and name else None
    return Reply(files, cut_off=cut_off, done=not fence) if files or cut_off else None


def name_in(line: str) -> str:
    """Return the file name in a heading such as "**index.html**:", or nothing."""
    names = NAME.findall(line) if len(line) < LONGEST_HEADING else []
    return clean_path(names[0]) if len(names) == 1 else ""


def bare_page(text: str) -> Reply | None:
    """Read a reply that is nothing but a page."""
    begin = PAGE_BEGINS.search(text)
    end = PAGE_ENDS.search(text, begin.end()) if begin else None
    if begin is None or end is None:
        return None
    return replace(Reply(), files={"index.html": f"{text[begin.start() : end.end()]}\n"}, done=True)
