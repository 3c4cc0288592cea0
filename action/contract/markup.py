"""HTML read as text: scripts in their order, visible words, and the local addresses it refers to."""

from dataclasses import dataclass, field

from action.contract.html_tokens import EndTag, StartTag, Token, tokens

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
