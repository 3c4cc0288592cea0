"""Tables: CSV, JSON records and workbooks, among them such as no spreadsheet program writes."""

import codecs
import io
import json
import zipfile
from functools import cache
from typing import Any

from hypothesis import strategies as st
from openpyxl import Workbook

from action.contract.tables import UnreadableTable, convert, difference, rows_of
from action.gates.spreadsheets import UnreadableSpreadsheet, read_sheets
from tests.fuzz.running import Target
from tests.fuzz.shapes import JSON, SCALAR, text_of

BYTE_ORDER_MARK = codecs.BOM_UTF8
SHEET = "xl/worksheets/sheet1.xml"
CELLS = ["A1", "B1", "A2", "XFD1", "A3000", "B200000", "A1048576", "XFD1048576", "a0", "ZZZZ9", ""]
ROWS_IN_XML = text_of(
    *(f'<c r="{cell}"><v>1</v></c>' for cell in CELLS), *(f'<row r="{row}">' for row in (1, 2, 300, 3000, 200000)),
    "</row>", '<c t="s"><v>9</v></c>', '<c t="d"><v>x</v></c>', '<c t="inlineStr"><is><t>a</t></is></c>', longest=5_000,
)  # fmt: skip
WORKBOOK = st.fixed_dictionaries(
    {"rows": ROWS_IN_XML, "dimension": st.sampled_from(["A1", "A1:B2", "A1:XFD1048576", "A1:A200000", "x", ""])}
)
# A table of N columns and N rows that are one cell each costs its square somewhere.
WIDE = st.builds(
    lambda columns, rows: ",".join(f"k{i}" for i in range(columns)) + "\n1" * rows,
    st.sampled_from([1, 100, 3_000, 10_000]),
    st.sampled_from([1, 100, 3_000, 10_000]),
)
RECORDS = st.sampled_from([1, 100, 3_000, 10_000]).map(lambda n: json.dumps([{f"k{i}": 1} for i in range(n)]))
TEXT = text_of('"', ",", "\n", "\r", "\t", '""', "007", "1e5", "true", "1.0", "\ufeff")
TABLE = st.one_of(
    st.tuples(st.sampled_from(["a.csv", "a.tsv"]), (TEXT | WIDE).map(lambda text: text.encode(errors="replace"))),
    st.tuples(
        st.just("a.json"), (JSON.map(json.dumps) | RECORDS | TEXT).map(lambda text: text.encode(errors="replace"))
    ),
    st.tuples(
        st.just("a.json"),
        st.lists(st.dictionaries(st.sampled_from("abc"), SCALAR, max_size=3), max_size=5)
        .map(json.dumps)
        .map(str.encode),
    ),
    st.tuples(st.just("a.xlsx"), WORKBOOK | st.binary(max_size=100)),
    st.tuples(st.sampled_from(["a", "a.txt", "A.CSV"]), st.binary(max_size=20)),
)


def is_read_and_converted(table: tuple[str, Any]) -> None:
    """A table is refused with UnreadableTable, or its conversion to CSV holds the same rows."""
    name, content = table
    body = content if isinstance(content, bytes) else workbook(**content)
    try:
        made = convert(name, body, "b.csv")
    except UnreadableTable:
        return
    if not made.startswith(BYTE_ORDER_MARK):  # with which CSV begins, so that it is no part of a cell
        assert difference(rows_of("b.csv", made), rows_of(name, body)) is None, "a table has other rows as CSV"


def is_written_as_records(table: tuple[str, Any]) -> None:
    """A table is refused with UnreadableTable, or its conversion to JSON is JSON with a record for each row."""
    name, content = table
    body = content if isinstance(content, bytes) else workbook(**content)
    try:
        made = convert(name, body, "b.json")
    except UnreadableTable:
        return
    assert len(json.loads(made)) == max(0, len(rows_of(name, body)) - 1), "a row is lost on the way to JSON"


def is_shown_to_the_model(content: bytes | dict[str, str]) -> None:
    """A workbook is refused with UnreadableSpreadsheet, or shown within its limits."""
    try:
        sheets = read_sheets(content if isinstance(content, bytes) else workbook(**content))
    except UnreadableSpreadsheet:
        return
    assert sum(len(sheet.csv) for sheet in sheets) < 50_000_000, "a workbook is shown without limits"


def workbook(rows: str, dimension: str) -> bytes:
    """Return a workbook whose sheet holds `rows` as they are."""
    out = io.BytesIO()
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'
    )
    with (
        zipfile.ZipFile(io.BytesIO(empty_workbook())) as empty,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for part in empty.namelist():
            book.writestr(part, xml.encode(errors="replace") if part == SHEET else empty.read(part))
    return out.getvalue()


@cache
def empty_workbook() -> bytes:
    """Return a workbook as a program writes it."""
    out, book = io.BytesIO(), Workbook(write_only=True)
    book.create_sheet("Sheet1").append([1, "a"])
    book.save(out)
    return out.getvalue()


TARGETS = [
    Target("tables", TABLE, is_read_and_converted),
    Target("records of tables", TABLE, is_written_as_records),
    Target("workbooks", WORKBOOK | st.binary(max_size=200), is_shown_to_the_model),
]
