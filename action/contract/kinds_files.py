"""Kinds of assertions about files: there or not, equal to an attachment, words, source text, LICENSE, README, links."""

import hashlib
import re
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Annotated, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field

from action.contract import tables
from action.contract.hints import first_script, literal
from action.contract.html import read
from action.contract.kind import FileName, Hint, OfFiles, Short, missing, word_range
from action.contract.verdict import HTML, PASS, Candidate, Verdict, failed, unclear
from action.gates.text import headings

MIT_PHRASES = (
    "mit license",
    "permission is hereby granted, free of charge, to any person obtaining a copy",
    "the above copyright notice and this permission notice shall be included",
    'the software is provided "as is", without warranty of any kind',
)
# The sections of a README and what headings usually call them. What is missing of these is filled in (site/files.py).
SECTIONS = {
    "Summary": r"summary|overview|about|description|introduction",
    "Setup": r"set-?\s?up|install(?:ation|ing)?|(?:get(?:ting)?|quick) ?start(?:ed)?|requirements|prerequisites",
    "Usage": r"usage|use|using",
    "Code explanation": r"code|explanation|works|implementation|architecture|structure|files",
    "License": r"licen[sc]e",
}


class FileExists(OfFiles):
    """A file is there under exactly this name, and is not empty."""

    kind: Literal["file_exists"] = "file_exists"
    words = "the file {self.file} exists"
    examples = ('"file": "name"',)
    file: FileName

    def verdict(self, candidate: Candidate) -> Verdict:
        """A file of this exact name, with content."""
        content = candidate.files.get(self.file)
        if content is None:
            return missing(self.file, candidate)
        return PASS if content.strip() else failed(f"{self.file} is empty")


class FileAbsent(OfFiles):
    """No file has this name."""

    kind: Literal["file_absent"] = "file_absent"
    words = "there is no file {self.file}"
    examples = ('"file": "name"',)
    file: FileName

    def verdict(self, candidate: Candidate) -> Verdict:
        """No file of this name."""
        return failed(f"{self.file} exists") if self.file in candidate.files else PASS


class TextContains(OfFiles):
    """A file contains a text (case counts unless `ignore_case`)."""

    kind: Literal["text_contains"] = "text_contains"
    words = "{self.file} contains the text {self.text!r}"
    examples = ('"file": "name", "text": "...", "ignore_case": true',)
    file: FileName
    text: Short
    ignore_case: bool = False

    def verdict(self, candidate: Candidate) -> Verdict:
        """A literal in a file."""
        text = candidate.text(self.file)
        if text is None:
            return missing(self.file, candidate)
        wanted = self.text
        if self.ignore_case:
            text, wanted = text.casefold(), wanted.casefold()
        return PASS if wanted in text else failed(f"{self.file} does not contain {self.text!r}")


class WordCount(OfFiles):
    """The number of words of a file; of an HTML file, those outside its tags."""

    kind: Literal["word_count"] = "word_count"
    examples = ('"file": "name", "minimum": 300, "maximum": 400',)
    subject_fields = ("file",)
    file: FileName
    minimum: int = Field(default=0, ge=0)
    maximum: int | None = Field(default=None, ge=0)

    def describe(self) -> str:
        return word_range(self.file, self.minimum, self.maximum)

    def verdict(self, candidate: Candidate) -> Verdict:
        """Words between spaces; of HTML only the visible ones."""
        text = candidate.text(self.file)
        if text is None:
            return missing(self.file, candidate)
        count = len(read(text).words if self.file.lower().endswith(HTML) else text.split())
        is_within = self.minimum <= count and (self.maximum is None or count <= self.maximum)
        return PASS if is_within else failed(f"{self.file} has {count} words")


class EqualsAttachment(OfFiles):
    """A file has the bytes of an attachment."""

    kind: Literal["equals_attachment"] = "equals_attachment"
    words = "{self.file} is byte for byte the attachment {self.attachment}"
    examples = ('"file": "name", "attachment": "name"',)
    subject_fields = ("file",)
    file: FileName
    attachment: FileName
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")  # so that later rounds need no bytes

    def verdict(self, candidate: Candidate) -> Verdict:
        """The bytes of the attachment, compared by digest so that an earlier round's attachment can be checked too."""
        attached = candidate.attachments.get(self.attachment)
        wanted = digest(attached) if attached is not None else self.sha256
        if wanted is None:
            return unclear(f"the attachment {self.attachment} could not be read, so nothing could be compared")
        content = candidate.files.get(self.file)
        if content is None:
            return missing(self.file, candidate)
        if digest(content) == wanted:
            return PASS
        size = f" instead of {len(attached)}" if attached is not None else ""
        return failed(f"{self.file} differs from the attachment: it has {len(content)} bytes{size}")


def digest(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


class ConvertsAttachment(OfFiles):
    """A file holds the table of an attachment in another format (spreadsheet, CSV, JSON records)."""

    kind: Literal["converts_attachment"] = "converts_attachment"
    words = "{self.file} holds the same table as the attachment {self.attachment}"
    examples = ('"file": "result.csv", "attachment": "source.xlsx"',)
    subject_fields = ("file",)
    file: FileName
    attachment: FileName

    def verdict(self, candidate: Candidate) -> Verdict:
        """The same table in another format."""
        content = candidate.files.get(self.file)
        if content is None:
            return missing(self.file, candidate)
        original = candidate.attachments.get(self.attachment, candidate.files.get(self.attachment))
        if original is None:
            return unclear(f"the attachment {self.attachment} is not at hand, so nothing could be compared")
        try:
            wanted = tables.rows_of(self.attachment, original)
        except tables.UnreadableTable as error:
            return unclear(f"the attachment {self.attachment} is no table: {error}")
        try:
            found = tables.difference(tables.rows_of(self.file, content), wanted)
        except tables.UnreadableTable as error:
            return failed(f"{self.file}: {error}")
        return failed(f"{self.file}: {found}") if found else PASS

    def hints(self) -> list[Hint]:
        return [("conversion", f"{self.file} must hold every row and cell of {self.attachment}, unrounded.")]


class LicenseIsMit(OfFiles):
    """LICENSE at the root is the MIT license."""

    kind: Literal["license_is_mit"] = "license_is_mit"
    examples = ("",)
    words = "LICENSE at the root is the MIT license"

    def verdict(self, candidate: Candidate) -> Verdict:
        """The MIT license's own sentences, whatever the line breaks."""
        text = candidate.text("LICENSE")
        if text is None:
            return missing("LICENSE", candidate)
        plain = " ".join(text.lower().replace("“", '"').replace("”", '"').split())
        absent = [phrase for phrase in MIT_PHRASES if phrase not in plain]
        return failed(f'LICENSE does not contain "{absent[0]}"') if absent else PASS


class ReadmeSections(OfFiles):
    """README.md has these sections (headings; usual synonyms count), or one of them, or so many at least."""

    kind: Literal["readme_sections"] = "readme_sections"
    examples = ('"sections": ["Usage"]',)
    file: ClassVar[str] = "README.md"
    sections: Annotated[tuple[Short, ...], Field(max_length=30)] = ()
    one_is_enough: bool = False
    minimum: int = Field(default=0, ge=0, le=100)

    def describe(self) -> str:
        if self.minimum:
            return f"README.md has at least {self.minimum} sections"
        if self.one_is_enough:
            return f"README.md has one of the sections {', '.join(self.sections)}"
        return f"README.md has the sections {', '.join(self.sections)}"

    def verdict(self, candidate: Candidate) -> Verdict:
        """Headings with the wanted words, or with usual synonyms of them. The title of the file is no section."""
        text = candidate.text("README.md")
        if text is None:
            return missing("README.md", candidate)
        found = [heading.title for heading in headings(text)]
        known = f"its headings: {'; '.join(found)}"
        below = [heading for heading in headings(text) if heading.level > 1]
        if max(len(below), len(found) - 1) < self.minimum:
            return failed(f"README.md has {max(len(below), len(found) - 1, 0)} sections", known)
        absent = [section for section in self.sections if not any(is_about(h, section) for h in found)]
        if self.one_is_enough and len(absent) < len(self.sections):
            return PASS
        return failed(f"README.md has no section {', '.join(absent)}", known) if absent else PASS


def is_about(heading: str, section: str) -> bool:
    """Whether a heading names a section: with its words, or with usual synonyms of them."""
    wanted = section.strip().lower()
    usual = next((words for name, words in SECTIONS.items() if name.lower() == wanted), None)
    is_usual = usual is not None and re.search(rf"\b(?:{usual})\b", heading, re.IGNORECASE) is not None
    return is_usual or set(re.findall(r"\w+", wanted)) <= set(re.findall(r"\w+", heading.lower()))


class SourceText(OfFiles):
    """The source of the page contains a literal text. `first_script`: in the text of the first script element."""

    kind: Literal["source_text"] = "source_text"
    examples = ('"text": "fetch(", "where": "site | first_script"',)
    text: Short
    where: Literal["site", "first_script"] = "site"
    file: FileName = "index.html"

    def describe(self) -> str:
        where = f"the first script element of {self.file}" if self.where == "first_script" else "the source of the site"
        return f"{where} contains {self.text!r}"

    def verdict(self, candidate: Candidate) -> Verdict:
        """A literal in what the browser runs, or in the text of the first script element."""
        if self.where == "site":
            if any(self.text in source for source in candidate.sources.values()):
                return PASS
            return failed(f"no HTML, JavaScript or CSS file contains {self.text!r}")
        html = candidate.text(self.file)
        if html is None:
            return missing(self.file, candidate)
        scripts = read(html).scripts
        if not scripts:
            return failed(f"{self.file} has no script element")
        address, text = scripts[0]
        if self.text in text:
            return PASS
        which = f'loads "{address}" and has no text of its own' if address else f"does not contain {self.text!r}"
        return failed(f"the first script element of {self.file} {which}")

    def hints(self) -> list[Hint]:
        return [*([first_script()] if self.where == "first_script" else []), literal(self.text)]


class LinksResolve(OfFiles):
    """Every relative link, script, style sheet and image in the HTML files leads to a file that is there."""

    kind: Literal["links_resolve"] = "links_resolve"
    words = "every relative link in the HTML files leads to a file that is there"

    def verdict(self, candidate: Candidate) -> Verdict:
        """Relative references of every HTML file."""
        problems = [
            f'{name} refers to "{address}", {problem}'
            for name, html in candidate.html.items()
            for _, address in read(html).references
            if (problem := reference_problem(name, address, candidate))
        ]
        return failed("; ".join(dict.fromkeys(problems))) if problems else PASS


def reference_problem(page: str, address: str, candidate: Candidate) -> str | None:
    """Say what is wrong with an address in a page; None when it leads somewhere or outside."""
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets in the host, for example
        return "which is no address"
    if parts.scheme or parts.netloc or not parts.path or "${" in address or "{{" in address:
        return None
    path = unquote(parts.path)
    if path.startswith("/"):
        if not path.startswith(candidate.site_path) or candidate.site_path == "/":
            return "which begins with / and so leaves the sub-path that Pages serves the site under: make it relative"
        target = path.removeprefix(candidate.site_path)
    else:
        target = f"{PurePosixPath(page).parent}/{path}"
    return None if leads_somewhere(target, candidate) else "which is not among the files"


def leads_somewhere(target: str, candidate: Candidate) -> bool:
    """Whether Pages would answer: a file, a directory with index.html, or a name without .html."""
    clean = normpath(target or ".").removeprefix("./")
    if clean in {".", ""}:
        return "index.html" in candidate.files
    known = candidate.files.keys() | candidate.generated
    return any(name in known for name in (clean, f"{clean}/index.html", f"{clean}.html"))
