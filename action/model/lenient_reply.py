"""Reads replies of models that do not keep to the marks: marks without the token, tags, JSON, fences, or a bare page.

Only for replies that hold no block with the right token, so that a careful model is never misread.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace

from action.model.fences import fence_in, is_prose
from action.model.reply import MAY_BE_EMPTY, Reply, clean_path, content_of, parse

ANY_MARK = re.compile(r"<<<\s{0,9}(FILE|EDIT|REPLACE|END|DONE|DELETE)\b([^>\n]{0,300})>{2,3}")
TOKEN_WORD = re.compile(r"^(?:[0-9a-f]{8,}|TOKEN|token)\b\s*")
NAME = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[\w-][\w.-]*\.[A-Za-z][A-Za-z0-9]{0,5})(?![\w/])")
USUAL_NAME = {"html": "index.html", "css": "style.css", "javascript": "script.js", "js": "script.js"}
PAGE_BEGINS, PAGE_ENDS = re.compile("<!doctype html", re.IGNORECASE), re.compile("</html>", re.IGNORECASE)
LONGEST_HEADING = 100  # characters of a line that names a file


def read_reply(text: str, token: str, *, is_over: bool = False) -> Reply:
    """Read a reply by its marks; without any, by what it looks like. `is_over` says that the model ended it itself."""
    reply = parse(text, token)
    if not reply.is_empty or reply.cut_off:
        return reply
    read = (with_other_marks(text, token), with_tags(text, token, is_over), with_json(text), with_fences(text))
    found = [other for other in read if other]
    whole = next((other for other in found if not other.is_empty), None)
    begun = next((other for other in found if other.cut_off), reply)
    return whole or bare_page(text) or begun  # a whole page needs no closing fence


def with_other_marks(text: str, token: str) -> Reply:
    """Read marks that carry another token, the word TOKEN, or none."""
    lines = [ANY_MARK.sub(lambda match: rewritten(match, token), line) for line in text.split("\n")]
    return parse("\n".join(lines), token)


def rewritten(mark: re.Match[str], token: str) -> str:
    """Return a mark as it should have been."""
    return f"<<<{mark[1]} {token} {TOKEN_WORD.sub('', mark[2].strip())}".rstrip() + ">>>"


# <file path="a.html"> ... </file>, <boltAction type="file" filePath="a.html"> ... </boltAction>, ===FILE: a.html===
TAG = re.compile(
    r"""<(?:file|boltaction)\b[^<>\n]{0,200}?[\s_](?:file_?)?(?:path|name)\s?=\s?["']([^"'<>\n]{1,300})["'][^<>\n]{0,200}>\n?""",
    re.IGNORECASE,
)
TAG_ENDS = re.compile(r"\n?</(?:file|boltaction)>", re.IGNORECASE)
HEADING = re.compile(r"^={3,9} ?file ?: ?([^=\n]{1,300})={3,9} ?$", re.IGNORECASE | re.MULTILINE)
HEADING_ENDS = re.compile(r"^={3,9} ?(?:end|eof)\b[^=\n]{0,300}={3,9} ?$", re.IGNORECASE | re.MULTILINE)


def with_tags(text: str, token: str, is_over: bool) -> Reply | None:
    """Read files between tags or below headings. A heading needs no end: what it heads goes on to the next one."""
    begins, ends = (TAG, TAG_ENDS) if TAG.search(text) else (HEADING, HEADING_ENDS)
    if not begins.search(text):
        return None
    end = f"\n<<<END {token}>>>\n"
    marked = begins.sub(lambda match: f"\n<<<FILE {token} {match[1]}>>>\n", text)
    reply = parse(ends.sub(end, marked) + (end if is_over and begins is HEADING else ""), token)
    return replace(reply, files=unescaped(reply.files), notes="")


def unescaped(files: dict[str, str]) -> dict[str, str]:
    """Return the content of tags without what XML needs around or in it."""
    bodies = {path: body.strip("\n").removeprefix("<![CDATA[").removesuffix("]]>") for path, body in files.items()}
    is_escaped = any("&lt;" in body for body in bodies.values()) and not any("<" in body for body in bodies.values())
    return {
        path: content_of(path, (html.unescape(body) if is_escaped else body).split("\n"))
        for path, body in bodies.items()
    }


JSON_BEGINS = re.compile(r'^[ \t]{0,20}(?:\[\s{0,20})?\{\s{0,20}"', re.MULTILINE)
STRING = re.compile(r'"((?:[^"\\]|\\.)*+)("?)\s*+([:,}\]]?)\s*+', re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
PATHS = {"path", "file", "name", "filename", "filepath", "file_path", "file_name"}
DECODER, ENCODER = json.JSONDecoder(strict=False), json.JSONEncoder(indent=2, ensure_ascii=False)
CONTENTS = {"content", "contents", "code", "text", "body", "source"}


def with_json(text: str) -> Reply | None:
    """Read files out of JSON: objects of a path and a content, or contents by path. It may be cut off anywhere."""
    begin = JSON_BEGINS.search(text)
    if begin is None or not is_alone(text, begin.start()):
        return None
    files: dict[str, str] = {}
    path, body, cut_off = "", None, None
    try:
        for key, value in pairs(text, begin.start()):
            if key.lower() in PATHS:
                path = file_named(value or "")
            elif key.lower() in CONTENTS:
                body, cut_off = value, path if value is None else None
            elif name := file_named(key):
                path, body, cut_off = name, value, name if value is None else None
            if path and body is not None:
                files[path] = content_of(path, body.replace("\r\n", "\n").split("\n"))
                path, body = "", None
    except ValueError:
        return None
    files.pop(cut_off or "", None)
    done = text.rstrip("`~ \n").endswith(("}", "]"))
    return Reply(files, cut_off=cut_off or None, done=done) if files or cut_off else None


def is_alone(text: str, begin: int) -> bool:
    """Whether a reply is JSON and a few words, and neither a page with some JSON in it nor one file that is JSON."""
    before = [line for line in text[:begin].split("\n") if line.strip()]
    fence = fence_in(before[-1]) if before else None
    words = before[:-1] if fence and fence[1].lower() in {"", "json"} else before
    is_named = bool(words) and name_in(words[-1]).endswith(".json")
    return is_prose(words) and not is_named and sum(fence_in(line) is not None for line in text.split("\n")) <= 2


def pairs(text: str, position: int) -> Iterator[tuple[str, str | None]]:
    """Yield each key with its text, or None where that is cut off. Raises ValueError where quotes are not escaped."""
    key = ""
    while string := STRING.search(text, position):
        word, position = decoded(string[1]), string.end()
        if not string[2]:
            yield key, None
            return
        if not string[3] and position < len(text):
            raise ValueError("a quotation mark that ends nothing")
        if string[3] != ":":
            yield key, word
        elif (file_named(word) or word in CONTENTS) and text[position : position + 1] in {"{", "["}:
            try:
                value, position = DECODER.raw_decode(text, position)
            except (ValueError, RecursionError):
                yield word, None
                return
            yield word, ENCODER.encode(value)
        key = word if string[3] == ":" else ""


def decoded(word: str) -> str:
    """Return a string of JSON as text, also with line ends and backslashes in it that JSON does not allow."""
    return str(DECODER.decode(f'"{ESCAPE.sub(allowed, word)}"')) if "\\" in word else word


def allowed(escape: re.Match[str]) -> str:
    """Return an escape, or the signs that stand there when it is none."""
    if escape[1] == "'":
        return "'"
    return escape[0] if len(escape[1]) > 1 or escape[1] in '"\\/bfnrt' else f"\\{escape[0]}"


def file_named(word: str) -> str:
    """Return the path that a word of JSON is, or nothing."""
    path = clean_path(word)
    return path if NAME.fullmatch(path) or path in MAY_BE_EMPTY else ""


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
    return Reply({"index.html": f"{text[begin.start() : end.end()]}\n"}, done=True)
