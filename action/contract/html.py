"""HTML read as text in one pass: tags, scripts in their order, visible words, and the local addresses it refers to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

TAG_NAME = re.compile(r"/?[a-zA-Z][^\s/>]*+")
SPACE = re.compile(r"[\s/]*+")
ATTRIBUTE = re.compile(r"[^\s/>][^\s/>=]*+")
VALUE = re.compile(r"""\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+|(?=>|\Z)))""")
COMMENT_END = re.compile("--!?>")
UNCLOSED_VALUE = re.compile(r"""\s*+=\s*+["']""")
PLAIN_TEXT = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
WITHOUT_REFERENCES = PLAIN_TEXT - {"textarea", "title"}
ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in PLAIN_TEXT}


@dataclass(frozen=True)
class StartTag:
    """A start tag; of attributes with one name, the first counts."""

    name: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class EndTag:
    """An end tag."""

    name: str


Token = StartTag | EndTag | str  # a str is text


def tokens(html: str) -> Iterator[Token]:
    """Yield tags and text in their order; comments and declarations are left out."""
    place = 0
    while (opening := html.find("<", place)) >= 0:
        if opening > place:
            yield plain(html[place:opening])
        tag = TAG_NAME.match(html, opening + 1)
        if tag is None and html[opening + 1 : opening + 2] not in {"!", "?", "/"}:
            yield "<"
            place = opening + 1
            continue
        found, place = tag_at(html, tag) if tag else (None, after_comment(html, opening))
        if found:
            yield found
        if isinstance(found, StartTag) and found.name in PLAIN_TEXT:
            end = ENDS[found.name].search(html, place)
            inner = html[place : end.start() if end else len(html)]
            place += len(inner)
            if inner:
                yield inner if found.name in WITHOUT_REFERENCES else plain(inner)
    if place < len(html):
        yield plain(html[place:])


def tag_at(html: str, tag: re.Match[str]) -> tuple[Token | None, int]:
    """Return a tag and where it ends. One that nothing closes is none, and takes the rest with it."""
    place, attributes = tag.end(), dict[str, str]()
    while True:
        if space := SPACE.match(html, place):
            place = space.end()
        name = ATTRIBUTE.match(html, place)
        if name is None:
            break
        value = VALUE.match(html, name.end())
        if value is None and UNCLOSED_VALUE.match(html, name.end()):
            return None, len(html)
        text = next((part for part in value.groups() if part is not None), "") if value else ""
        attributes.setdefault(name[0].lower(), plain(text))
        place = value.end() if value else name.end()
    if place >= len(html):
        return None, len(html)
    word = tag[0].lower()
    found = EndTag(word[1:]) if word.startswith("/") else StartTag(word, attributes)
    return found, place + 1


def after_comment(html: str, opening: int) -> int:
    """Return where a comment, a declaration or an instruction ends."""
    if not html.startswith("<!--", opening):
        return after(html, ">", opening + 2)
    if html.startswith((">", "->"), opening + 4):
        return after(html, ">", opening + 4)
    end = COMMENT_END.search(html, opening + 4)
    return end.end() if end else len(html)


def after(html: str, sign: str, place: int) -> int:
    """Return where a sign ends that stands at `place` or behind it; the end of the text where there is none."""
    found = html.find(sign, place)
    return len(html) if found < 0 else found + len(sign)


def plain(text: str) -> str:
    """Return a text with its references (&amp;) read. One to a number of thousands of digits stays as it is."""
    try:
        return unescape(text) if "&" in text else text
    except ValueError:
        return text


LONGEST_READ = 500_000  # characters; no page that people wrote is longer
REFERENCES = {("a", "href"), ("link", "href"), ("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src")}
INVISIBLE = {"script", "style", "template", "noscript", "head"}
NOT_LOADED = {"dns-prefetch", "preconnect", "canonical", "alternate"}


@dataclass
class Markup:
    """`scripts` holds (src or None, text) of each script element."""

    scripts: list[tuple[str | None, str]] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)  # tag, address
    ids: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)


class Reader:
    """Collects; never fails, as browsers do not either."""

    def __init__(self) -> None:
        self.found = Markup()
        self._script: tuple[str | None, list[str]] | None = None
        self._hidden = 0

    def take(self, token: Token) -> None:
        """Take in the next token."""
        if isinstance(token, StartTag):
            self._start(token)
        elif isinstance(token, EndTag):
            self._end(token.name)
        elif self._script:
            self._script[1].append(token)
        elif not self._hidden:
            self.found.words += token.split()

    def _start(self, tag: StartTag) -> None:
        values = tag.attributes
        if values.get("id"):
            self.found.ids.add(values["id"])
        self._refer(tag.name, values)
        if tag.name == "script":
            self._script = (values.get("src"), [])
        if tag.name in INVISIBLE:
            self._hidden += 1

    def _refer(self, tag: str, values: dict[str, str]) -> None:
        if tag == "link" and set(values.get("rel", "").lower().split()) & NOT_LOADED:
            return
        for name, value in values.items():
            if (tag, name) in REFERENCES and value.strip():
                self.found.references.append((tag, value.strip()))

    def _end(self, name: str) -> None:
        if name == "script" and self._script:
            self.found.scripts.append((self._script[0], "".join(self._script[1])))
            self._script = None
        if name in INVISIBLE and self._hidden:
            self._hidden -= 1

    def close(self) -> Markup:
        """Return what was found. A script that was never closed counts: a browser runs it as well."""
        self._end("script")
        return self.found


def read(html: str) -> Markup:
    """Read one HTML file, as far as LONGEST_READ."""
    reader = Reader()
    for token in tokens(html[:LONGEST_READ]):
        reader.take(token)
    return reader.close()
