"""Tables within limits: short files that unfold into much are refused, and what people make is read."""

import io
import json
import zipfile

import pytest
from openpyxl import Workbook

from action.contract import tables
from action.contract.kinds_data import csv_problem
from action.contract.tables import MOST_CELLS, TooManyCells, UnreadableTable, convert, rows_of
from action.gates.spreadsheets import UnreadableSpreadsheet, read_sheets
from tests.unit.linear.stopwatch import grows_with_its_length

CELL = '<c r="{0}{1}" t="inlineStr"><is><t>x</t></is></c>'
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<dimension ref="A1:XFD1048576"/><sheetData>{0}</sheetData></worksheet>'
)


def workbook(rows: list[tuple[str, int]], **more: bytes) -> bytes:
    """A workbook with one cell in each of the rows; it claims to be as large as a sheet can be."""
    plain, out = io.BytesIO(), io.BytesIO()
    Workbook().save(plain)
    cells = "".join(f'<row r="{row}">{CELL.format(column, row)}</row>' for column, row in rows)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            target.writestr(name, SHEET.format(cells) if is_sheet else source.read(name))
        for name, body in more.items():
            target.writestr(name, body)
    return out.getvalue()


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    rows = rows_of("a.xlsx", workbook([("A", 1), ("A", 3_000)]))
    assert (len(rows), rows[0], rows[1], rows[-1]) == (3_000, ["x"], [], ["x"])


@pytest.mark.parametrize("rows", [[("A", 1), ("A", 1_000_000)], [("XFD", row) for row in range(1, 3_000)]])
def test_a_short_workbook_with_many_cells_is_refused_at_once(rows: list[tuple[str, int]]) -> None:
    content = workbook(rows)
    assert len(content) < 60_000

    def refused(_: object) -> None:
        with pytest.raises(TooManyCells):
            rows_of("a.xlsx", content)

    assert grows_with_its_length(refused, content, content)


def test_a_workbook_that_unpacks_to_too_much_is_refused_by_both_readers() -> None:
    content = workbook([("A", 1)], bomb=b"\0" * 60_000_000)
    with pytest.raises(UnreadableTable, match="unpacks to too much"):
        rows_of("a.xlsx", content)
    with pytest.raises(UnreadableSpreadsheet, match="unpacks to too much"):
        read_sheets(content)


def test_a_workbook_with_a_damaged_part_is_refused_by_both_readers() -> None:
    content = bytearray(workbook([("A", 1)]))
    place = content.index(b"xl/worksheets/sheet1.xml") + len("xl/worksheets/sheet1.xml")
    content[place] |= 0b110  # a block of a type that does not exist
    for read in (lambda body: rows_of("a.xlsx", body), read_sheets):
        with pytest.raises((UnreadableTable, UnreadableSpreadsheet), match=r"cannot be read|is not a workbook"):
            read(bytes(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps([{f"k{number}": 1} for number in range(10_000)]).encode()),
        ("a.json", json.dumps([[1]] * (MOST_CELLS + 1)).encode()),
        ("a.csv", b"a,b\n" * MOST_CELLS),
        ("a.csv", b"," * (MOST_CELLS + 1)),
        ("a.csv", b"\n" * (MOST_CELLS + 1)),
    ],
)
def test_cells_are_limited_whatever_shape_they_have(name: str, content: bytes) -> None:
    with pytest.raises(TooManyCells):
        rows_of(name, content)


def test_records_are_limited_once_each_has_a_cell_for_each_key() -> None:
    content = (",".join(f"c{number}" for number in range(10_000)) + "\n" + "1\n" * 10_000).encode()
    with pytest.raises(TooManyCells):
        convert("a.csv", content, "a.json")
    assert b"c0,c1" in convert("a.csv", content, "b.csv")


def test_the_largest_table_is_read_whole() -> None:
    assert len(rows_of("a.csv", b"1,2\n" * (MOST_CELLS // 2))) == MOST_CELLS // 2


def test_csv_of_any_size_is_well_formed_as_far_as_it_is_read() -> None:
    assert csv_problem(b"1,2\n" * MOST_CELLS) is None
    assert csv_problem(b"1,2\n1\n") == "row 2 has 1 cells, the header has 2"
    assert csv_problem(b"\n\n") == "it has no rows"


@pytest.mark.parametrize("digits", [301, 5_000])
def test_a_number_that_no_program_reads_stays_text(digits: int) -> None:
    long = "1" * digits
    assert json.loads(convert("a.csv", f"n\n{long}\n".encode(), "a.json")) == [{"n": long}]


def test_control_characters_are_no_defect() -> None:
    with pytest.raises(UnreadableTable, match="control characters"):
        convert("a.csv", b"a\n\x01\n", "a.xlsx")


def test_a_difference_in_long_rows_is_short() -> None:
    found = tables.difference([["a" * 10_000]], [["b" * 10_000]])
    assert found is not None
    assert len(found) < 700


def test_long_names_of_columns_are_not_repeated_for_each_row() -> None:
    """40 KB would become 200 MB."""
    with pytest.raises(UnreadableTable, match="names of its columns"):
        convert("a.tsv", b"k" * 20_000 + b"\n1" * 9_999, "b.json")
