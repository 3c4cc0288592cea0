"""The one reader of workbooks, within limits that a hostile file cannot exceed; and their sheets as CSV for a model."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from receiver.task.archives import UnreadableArchive, opened

LARGEST_UNPACKED = 50_000_000
MOST_PARTS = 1_000
MOST_SHEETS = 10
MOST_ROWS = 2_000
MOST_COLUMNS = 200
LONGEST_CELL = 1_000


class UnreadableSpreadsheet(ValueError):
    """The file is no workbook, or one that is unpacked to too much."""


@dataclass(frozen=True)
class Sheet:
    """One sheet as CSV. `is_cut` says that it has more than `csv` shows."""

    name: str
    csv: str
    is_cut: bool


def read_sheets(data: bytes) -> list[Sheet]:
    """Return the sheets of an .xlsx file, as values and not as formulas. Raises UnreadableSpreadsheet."""
    with workbook(data) as sheets:
        return [as_csv(sheet.title, sheet.iter_rows(values_only=True)) for sheet in sheets[:MOST_SHEETS]]


def first_sheet(data: bytes) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the first sheet. Raises UnreadableSpreadsheet.

    What the sheet says about its own size is not believed: each row would be filled up to that with empty cells.
    """
    with workbook(data) as sheets:
        sheets[0].reset_dimensions()
        yield from sheets[0].iter_rows(values_only=True)


@contextmanager
def workbook(data: bytes) -> Iterator[list[Any]]:
    """Open a workbook and yield its sheets. Raises UnreadableSpreadsheet, also for what goes wrong in between."""
    check_package(data)
    from openpyxl import load_workbook  # takes 0.2 s, and most builds have no spreadsheet

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            yield book.worksheets
        finally:
            book.close()
    except MemoryError:
        raise UnreadableSpreadsheet("it needs too much memory") from None
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parsers raise
        raise UnreadableSpreadsheet(f"it is not a workbook ({type(error).__name__})") from None


def check_package(data: bytes) -> None:
    """Refuse what is no package, unpacks to too much, or defines XML entities."""
    try:
        with opened(data, MOST_PARTS) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise UnreadableArchive("it unpacks to too much")
            if any(has_entities(package, part) for part in parts):
                raise UnreadableArchive("it defines XML entities")
    except UnreadableArchive as error:
        raise UnreadableSpreadsheet(str(error)) from None


def has_entities(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part begins with a document type, where entities that grow are defined."""
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    with package.open(part) as content:
        return b"<!DOCTYPE" in content.read(4096).replace(b"\0", b"").upper()


def as_csv(name: str, rows: Iterable[tuple[object, ...]]) -> Sheet:
    """Return one sheet with at most MOST_ROWS rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    is_cut = False
    for number, row in enumerate(islice(rows, MOST_ROWS + 1)):
        is_cut = is_cut or number == MOST_ROWS or len(row) > MOST_COLUMNS
        if number < MOST_ROWS:
            writer.writerow(["" if cell is None else str(cell)[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]])
    lines = out.getvalue().split("\n")
    while lines and not lines[-1].strip(","):
        lines.pop()
    return Sheet(name, "".join(f"{line}\n" for line in lines), is_cut)
