"""The stand-in: writes honest files for any brief without a language model, and says so in each of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from embedded.model.idea import task_for
from embedded.model.named_files import named_files, placeholder
from embedded.model.reading import Reading, read_idea, read_prompt
from embedded.model.writer import Piece, Turn, joined

PIECE_CHARACTERS = 2_000

WRITTEN_ANYWAY = {"index.html", "readme.md", "license"}
TITLE = re.compile(r"""\btitle\b[^"'`“”\n]{0,30}["'`“]([^"'`”\n]{1,120})["'`”]""", re.IGNORECASE)
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
)
UNKNOWN = "This prompt holds no task that the stand-in model can read. It only understands Pagewright's own prompts.\n"


@dataclass(frozen=True)
class Draft:
    """The files of one reply."""

    reading: Reading
    title: str
    new_files: dict[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        """Return every file with its content."""
        written = {self.page_name: self.page(), **self.new_files, "README.md": self.readme()}
        taken = {name.lower() for name in self.reading.attachments}
        return {name: content for name, content in written.items() if name.lower() not in taken}

    @property
    def page_name(self) -> str:
        """The file that holds the page; a page that the prompt shows in part only is left as it is."""
        current = self.reading.current_files
        return "index.html" if current.get("index.html", "") is not None else f"revision-{self.reading.round}.html"

    def page(self) -> str:
        """Return the page: a new one, or the current one with a section about the revision."""
        current = self.reading.current_files.get("index.html")
        if current is None:
            return self.render("index.html", named=list(self.new_files), attachments=self.reading.attachments)
        section = self.render("revision.html", new_files=[*self.reading.attachments, *self.new_files])
        for place in ("</main>", "</body>", "</html>"):
            before, found, after = current.rpartition(place)
            if found:
                return f"{before}{section}{found}{after}"
        return current + section

    def readme(self) -> str:
        """Return the README with all its sections."""
        kept = dict.fromkeys(self.reading.current_files, "kept from an earlier round")
        attached = dict.fromkeys(self.reading.attachments, "attachment, byte for byte")
        new = dict.fromkeys(self.new_files, "placeholder, named by the brief")
        ours = {"index.html": "the page", "README.md": "this text", "LICENSE": "the MIT license"}
        return self.render("README.md", files={**kept, **new, **attached, **ours}, summary=one_line(self.reading.brief))

    def render(self, template: str, **more: object) -> str:
        """Fill in one template."""
        known = {"title": self.title, "brief": self.reading.brief, "checks": self.reading.checks}
        return TEMPLATES.get_template(template).render(**known, round=self.reading.round, **more)


class StandIn:
    """A `Writer` that needs no language model."""

    description = (
        "This is the built-in stand-in, and no language model. It understands Pagewright's own prompts only: it quotes "
        "the brief, writes a placeholder for each file that the brief names, and says so on the page."
    )

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        """Yield the reply in several pieces, as a model would."""
        reply = write_reply(joined(turns))
        pieces = [reply[start : start + PIECE_CHARACTERS] for start in range(0, len(reply), PIECE_CHARACTERS)]
        for piece in pieces[:-1]:
            yield Piece(piece)
        yield Piece(pieces[-1], "STOP")


def write_reply(prompt: str) -> str:
    """Answer a prompt with file blocks, as the prompt explains them."""
    if asked := read_idea(prompt):
        token, idea = asked
        return in_blocks(token, task_for(idea))
    reading = read_prompt(prompt)
    return in_blocks(reading.token, draft(reading).files()) if reading else UNKNOWN


def in_blocks(token: str, files: dict[str, str], *, introduction: str = "The stand-in model wrote these files.") -> str:
    """Return files as the prompts ask for them."""
    blocks = [
        f"<<<FILE {token} {name}>>>\n{content}{'' if content.endswith(chr(10)) else chr(10)}<<<END {token}>>>\n"
        for name, content in files.items()
    ]
    return f"{introduction}\n" + "".join(blocks) + f"<<<DONE {token}>>>\n"


def draft(reading: Reading) -> Draft:
    """Decide what a reply consists of."""
    there = {name.lower() for name in (*reading.attachments, *reading.current_files)} | WRITTEN_ANYWAY
    asked = named_files(reading.brief)
    new = {name: placeholder(name, sentence) for name, sentence in asked.items() if name.lower() not in there}
    return Draft(reading, title_of(reading), new)


def title_of(reading: Reading) -> str:
    """Return the title that the brief or the checks ask for, else the beginning of the brief."""
    for text in (reading.brief, *reading.checks):
        if match := TITLE.search(text):
            return match[1].strip()
    first = re.split(r"(?<=[.!?:])\s", one_line(reading.brief), maxsplit=1)[0]
    return first if len(first) <= 80 else first[:79].rsplit(" ", 1)[0] + " …"


def one_line(text: str) -> str:
    """Return `text` without line breaks."""
    return " ".join(text.split())
