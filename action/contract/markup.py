"""HTML read as text: scripts in their order, visible words, and the local addresses it refers to."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

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


class Reader(HTMLParser):
    """Collects; never fails, as browsers do not either."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Markup()
        self._script: tuple[str | None, list[str]] | None = None
        self._hidden = 0

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """`<![` begins a comment that ends with the next `>`, as browsers read it; Python's parser would assert."""
        return self.parse_bogus_comment(i, bool(report))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if values.get("id"):
            self.found.ids.add(values["id"])
        self._refer(tag, values)
        if tag == "script":
            self._script = (values.get("src"), [])
        if tag in INVISIBLE:
            self._hidden += 1

    def _refer(self, tag: str, values: dict[str, str]) -> None:
        if tag == "link" and set(values.get("rel", "").lower().split()) & NOT_LOADED:
            return
        for name, value in values.items():
            if (tag, name) in REFERENCES and value.strip():
                self.found.references.append((tag, value.strip()))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script:
            self.found.scripts.append((self._script[0], "".join(self._script[1])))
            self._script = None
        if tag in INVISIBLE and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._script:
            self._script[1].append(data)
        elif not self._hidden:
            self.found.words += data.split()


def read(html: str) -> Markup:
    """Read one HTML file."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    if reader._script:  # never closed: a browser runs it as well
        reader.handle_endtag("script")
    return reader.found
