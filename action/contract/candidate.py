"""A candidate: the files of one answer, with the attachments they must keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

HTML = (".html", ".htm")


@dataclass(frozen=True)
class Candidate:
    """`files` are all files that would be committed. `site_path` is where Pages serves them ("/repository/").

    `asked` is the text of all that was asked for, in lower case; empty where that is not known.
    """

    files: Mapping[str, bytes]
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    site_path: str = "/"
    generated: frozenset[str] = frozenset()  # files that the run of a workflow makes: nothing is known of them yet
    asked: str = ""

    def text(self, name: str) -> str | None:
        """Return a file as text, None when there is no such file."""
        content = self.files.get(name)
        return None if content is None else content.decode("utf-8-sig", errors="replace")

    @cached_property
    def html(self) -> dict[str, str]:
        """The HTML files by name."""
        return {name: self.text(name) or "" for name in self.files if name.lower().endswith(HTML)}

    @cached_property
    def sources(self) -> dict[str, str]:
        """The files that a browser runs or shows, by name."""
        endings = (*HTML, ".js", ".mjs", ".css")
        return {name: self.text(name) or "" for name in self.files if name.lower().endswith(endings)}

    def near(self, name: str) -> str:
        """Say what is there instead of a missing file: one with the same letters, or all names."""
        base = name.rsplit("/", 1)[-1].lower()
        alike = [other for other in self.files if other.rsplit("/", 1)[-1].lower() == base and other != name]
        if alike:
            return f"there is {', '.join(sorted(alike))}, but the name must match exactly"
        names = sorted(name for name in self.files if not name.startswith("."))
        return f"the files are {', '.join(names[:30])}" if names else "there are no files"
