"""Which files a brief names, and an honest, valid placeholder for each kind of file."""

import csv
import io
import json
import re
from collections.abc import Callable
from html import escape
from pathlib import PurePosixPath

NOTE = "Written by Pagewright's built-in stand-in model: no language model was used, so this is a placeholder."
LIBRARIES = {"highlight.js", "three.js", "chart.js", "d3.js", "vue.js", "react.js", "node.js", "next.js", "p5.js"}
ADDRESS = re.compile(r"\b(?:[a-z]+://|www\.)\S+", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def named_files(brief: str) -> dict[str, str]:
    """Return the text files that `brief` names, in its order, each with the sentence that names it first."""
    found: dict[str, str] = {}
    for sentence in SENTENCE_END.split(ADDRESS.sub(" ", brief)):
        for name in FILE_NAME.findall(sentence):
            if name.lower() not in LIBRARIES:
                found.setdefault(name, " ".join(sentence.split()))
    return found


def placeholder(name: str, asked: str) -> str:
    """Return valid content for the file `name`; `asked` is what the brief says about it."""
    return KINDS[PurePosixPath(name).suffix.lower()](name, asked).rstrip("\n") + "\n"


def as_json(name: str, asked: str) -> str:
    """An object that says what it is."""
    return json.dumps({"file": name, "placeholder": True, "note": NOTE, "asked": asked}, indent=2, ensure_ascii=False)


def as_table(name: str, asked: str) -> str:
    """A header and one row."""
    text = io.StringIO()
    delimiter = "\t" if name.lower().endswith(".tsv") else ","
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(
        [["file", "note", "asked"], [name, NOTE, asked]]
    )
    return text.getvalue()


def as_svg(name: str, asked: str) -> str:
    """A card with the file's name."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 160" role="img">\n'
        f"  <title>{escape(name)}</title>\n  <desc>{escape(NOTE)} {escape(asked)}</desc>\n"
        '  <rect x="4" y="4" width="472" height="152" rx="16" fill="#eef2ff" stroke="#4f46e5" stroke-width="3"/>\n'
        f'  <text x="240" y="78" font-family="sans-serif" font-size="26" text-anchor="middle">{escape(name)}</text>\n'
        '  <text x="240" y="112" font-family="serif" font-size="15" text-anchor="middle">placeholder</text>\n</svg>'
    )


def as_html(name: str, asked: str) -> str:
    """A whole document that links back."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n</head>\n<body>\n<h1>{escape(name)}</h1>\n"
        f"<p>{escape(NOTE)}</p>\n<blockquote>{escape(asked)}</blockquote>\n"
        f'<p><a href="{"../" * name.count("/")}index.html">Back to the page</a></p>\n</body>\n</html>'
    )


def as_xml(name: str, asked: str) -> str:
    """One element."""
    body = f'<placeholder file="{escape(name)}">{escape(f"{NOTE} {asked}")}</placeholder>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def as_yaml(name: str, asked: str) -> str:
    """A mapping; strings in JSON's quotes are YAML too."""
    entries = {"file": name, "placeholder": True, "note": NOTE, "asked": asked}
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items())


def as_markdown(name: str, asked: str) -> str:
    """A heading and a quotation."""
    return f"# {PurePosixPath(name).stem}\n\n{NOTE}\n\n> {asked}"


def as_text(name: str, asked: str) -> str:
    """Plain lines."""
    return f"{name}\n\n{NOTE}\n\nThe brief says: {asked}"


def between(before: str, after: str = "") -> Callable[[str, str], str]:
    """Return a writer of comments for a language."""
    return lambda name, asked: f"{before} {name}: {NOTE} The brief says: {asked.replace('*/', '* /')} {after}".rstrip()


KINDS: dict[str, Callable[[str, str], str]] = {
    ".json": as_json,
    ".geojson": as_json,
    ".webmanifest": as_json,
    ".csv": as_table,
    ".tsv": as_table,
    ".svg": as_svg,
    ".html": as_html,
    ".htm": as_html,
    ".xml": as_xml,
    ".yaml": as_yaml,
    ".yml": as_yaml,
    ".md": as_markdown,
    ".txt": as_text,
    ".log": as_text,
    ".css": between("/*", "*/"),
    ".js": between("//"),
    ".mjs": between("//"),
    ".ts": between("//"),
    ".py": between("#"),
    ".sh": between("#"),
    ".toml": between("#"),
    ".sql": between("--"),
}
ENDINGS = "|".join(sorted((kind[1:] for kind in KINDS), key=len, reverse=True))
FILE_NAME = re.compile(rf"(?<![\w/.@#-])((?:[\w-]+/)*\w[\w.-]*\.(?:{ENDINGS}))(?![\w/-]|\.\w)", re.IGNORECASE)
