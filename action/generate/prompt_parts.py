"""What the model sees of attachments and files: pictures and PDFs as they are, the rest as text within limits."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from action.contract.tables import SPREADSHEETS
from action.gates.spreadsheets import UnreadableSpreadsheet, read_sheets
from action.gates.text import text_of
from action.generate.attachments import NamedPage
from action.model.prompts import Media, Part, bullets, fenced, one_line

LONGEST_TEXT = 40_000  # characters of one file
LONGEST_PAGE = 20_000  # of one fetched address
LONGEST_SOURCE = 200_000  # of one file that the model wrote itself and may have to write again
LONGEST_TEXTS = 400_000  # of all together: about 100,000 tokens
LARGEST_PICTURE = 7_000_000
LARGEST_PDF = 15_000_000
LARGEST_MEDIA = 18_000_000  # of all together, before base64: gateways take about 20 MB
LONGEST_WHOLE = 4_000  # characters of data that is shown as it is where only its shape matters
FIRST_LINES, LAST_LINES, FIRST_ENTRIES = 12, 3, 3
LARGEST_JSON = 2_000_000  # characters
LONGEST_LINE = 1_000  # characters of a line that is shown as an example
FIXED = "These files lie at the root of the repository, byte for byte. Read them at run time; never write them."
CHANGING = (
    "These attachments lie there, too, and the task orders them to be changed. Write each of them under the same name, "
    "with that change and no other: every other line and value stays as it is. Write it whole, or change a part of it: "
    "the line <<<EDIT TOKEN name>>>, lines that occur in it exactly once, the line <<<REPLACE TOKEN>>>, the lines that "
    "come in their place, the line <<<END TOKEN>>>."
)
LINES = {".csv", ".tsv", ".jsonl", ".ndjson", ".log"}  # what a model needs to see of them is how one line looks
DATA = LINES | {".json", ".geojson", ".xml", ".txt", ".svg", ".yaml", ".yml"}
# A file that only claims to be a picture would make the provider refuse the whole prompt, so its first bytes decide.
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Described:
    """A file in a prompt: its line in the list, and its text between marks where it has one."""

    line: str
    text: str = ""


class PromptParts:
    """Collects parts of a prompt and keeps count. `fence` marks foreign text."""

    def __init__(self, fence: str) -> None:
        self._fence = fence
        self._characters = 0
        self._media_bytes = 0
        self.media: list[Part] = []

    def attachments(
        self, files: Mapping[str, bytes], changing: Mapping[str, bytes] | None = None, *, is_whole: bool = True
    ) -> str:
        """Return the text about all attachments; pictures and PDFs are put into `media`.

        `changing` are those that the task orders to be changed. Unless it `is_whole`, long data is shown by its shape.
        """
        described = [self._attachment(name, body, is_whole) for name, body in files.items()]
        parts = [FIXED, listed(described)] if files else []
        if changing:
            whole = [self._as_text(name, body, LONGEST_SOURCE) for name, body in changing.items()]
            parts += [CHANGING, listed(whole)]
        return "\n\n".join(parts) or "There are none."

    def named_pages(self, named_pages: Iterable[NamedPage]) -> str:
        """Return what the addresses in the brief say, and which could not be had."""
        described = [
            Described(f"{page.url}: unavailable, {page.problem}. Say so in the page where it matters; invent nothing.")
            if page.problem
            else Described(f"{page.url} (below)", self._text(page.url, page.text, LONGEST_PAGE))
            for page in named_pages
        ]
        return listed(described) or "The brief names no address that was fetched."

    def current_files(self, files: Mapping[str, bytes], is_named: Callable[[str], bool] = lambda name: True) -> str:
        """Return the text of the files of the last round, the most important ones first. Data nobody names is cut."""
        described = [
            self._as_text(name, files[name], LONGEST_SOURCE if not is_data(name) or is_named(name) else LONGEST_WHOLE)
            for name in sorted(files, key=importance)
        ]
        return listed(described) or "There are none."

    def _attachment(self, name: str, body: bytes, is_whole: bool = True) -> Described:
        media_type = media_type_of(body)
        if media_type and self._add_media(name, media_type, body):
            return Described(f"{name} ({media_type}, {len(body):,} bytes; shown after this text)")
        if body.startswith(b"PK") and PurePosixPath(name).suffix.lower() in SPREADSHEETS:
            return self._spreadsheet(name, body, is_whole)
        shape = None if is_whole or not is_data(name) else self._shape(name, body)
        return shape or self._as_text(name, body, LONGEST_TEXT)

    def _shape(self, name: str, body: bytes) -> Described | None:
        """Return long data as its beginning, its end and its counts; None for what is short or has no such shape."""
        text = text_of(body)
        shape = shape_of(name, text) if text else None
        return Described(f"{name} ({len(body):,} bytes; below)", self._shaped(name, *shape)) if shape else None

    def _shaped(self, label: str, counts: str, shown: str) -> str:
        """Return the shape of data between marks. The counts come first."""
        self._characters += len(shown)
        return f"Cut: {counts}. Your code reads all of it.\n\n{fenced(self._fence, label, shown)}"

    def _add_media(self, name: str, media_type: str, body: bytes) -> bool:
        limit = LARGEST_PDF if media_type == "application/pdf" else LARGEST_PICTURE
        if len(body) > limit or self._media_bytes + len(body) > LARGEST_MEDIA:
            return False
        self._media_bytes += len(body)
        self.media += [f"The attachment {one_line(name)}:", Media(media_type, body, name)]
        return True

    def _spreadsheet(self, name: str, body: bytes, is_whole: bool = True) -> Described:
        try:
            sheets = read_sheets(body)
        except UnreadableSpreadsheet as error:
            return Described(f"{name} (a spreadsheet that cannot be read: {error})")
        labels = {f"{name}, sheet {sheet.name!r} as CSV": sheet.csv for sheet in sheets}
        shapes = {label: None if is_whole else shape_of("sheet.csv", csv) for label, csv in labels.items()}
        texts = [
            self._shaped(label, *shape) if shape else self._text(label, labels[label], LONGEST_TEXT)
            for label, shape in shapes.items()
        ]
        cut = "; only the beginning of its longest sheets" if any(sheet.is_cut for sheet in sheets) else ""
        return Described(f"{name} (spreadsheet, {len(body):,} bytes; below as CSV{cut})", "\n\n".join(texts))

    def _as_text(self, name: str, body: bytes, limit: int) -> Described:
        text = None if media_type_of(body) else text_of(body)
        if text is None:
            return Described(f"{name} (binary, {len(body):,} bytes; not shown)")
        return Described(f"{name} ({len(body):,} bytes; below)", self._text(name, text, limit))

    def _text(self, label: str, text: str, limit: int) -> str:
        """Return a text between marks, cut where the limits are, and say so."""
        shown = text[: max(0, min(limit, LONGEST_TEXTS - self._characters))]
        self._characters += len(shown)
        block = fenced(self._fence, label, shown)
        if len(shown) == len(text):
            return block
        return f"Cut: the first {len(shown):,} of {len(text):,} characters follow.\n\n{block}"


def is_data(name: str) -> bool:
    """Whether a file holds data rather than code or a text for people."""
    return PurePosixPath(name).suffix.lower() in DATA


def shape_of(name: str, text: str) -> tuple[str, str] | None:
    """Return what is said of long data, and what is shown of it: how it begins and ends. None where all is shown."""
    if len(text) <= LONGEST_WHOLE:
        return None
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".json" and len(text) <= LARGEST_JSON:
        try:
            entries = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(entries, list) or len(entries) <= FIRST_ENTRIES:
            return None
        first = json.dumps(entries[:FIRST_ENTRIES], ensure_ascii=False, indent=1)[:LONGEST_WHOLE]
        return f"the first {FIRST_ENTRIES} of {len(entries):,} entries of one array follow", first
    lines = text.splitlines()
    if suffix not in LINES or len(lines) <= FIRST_LINES + LAST_LINES:
        return None
    shown = [line[:LONGEST_LINE] for line in (*lines[:FIRST_LINES], "...", *lines[-LAST_LINES:])]
    return f"the first {FIRST_LINES} and the last {LAST_LINES} of {len(lines):,} lines follow", "\n".join(shown)


def listed(described: list[Described]) -> str:
    """Return a list of files, then the texts of those that have one."""
    return "\n\n".join(part for part in (bullets(it.line for it in described), *(it.text for it in described)) if part)


def media_type_of(body: bytes) -> str | None:
    """Return the media type of what a model can look at, by its first bytes; None for everything else."""
    for beginning, media_type in PICTURES.items():
        if body.startswith(beginning) and len(body) > 64:
            return media_type
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if body.startswith(b"%PDF-") and len(body) > 64 else None


def importance(name: str) -> tuple[int, str]:
    """Sort the page first, then code, then text; data last."""
    suffix = PurePosixPath(name).suffix.lower()
    order: Iterable[tuple[str, ...]] = ((".html", ".htm"), (".js", ".mjs", ".css"), (".md",), (".json", ".svg", ".txt"))
    rank = next((number for number, suffixes in enumerate(order, 1) if suffix in suffixes), 9)
    return (0 if name == "index.html" else rank, name)
