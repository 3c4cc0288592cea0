"""Attachments of sample tasks are what they are described as, every time in the same bytes."""

import io
import re
import struct
import zipfile
import zlib

from openpyxl import load_workbook

from action.generate.sample_attachments import Picture, Spreadsheet, Text
from receiver.task import Attachment

ROWS: dict[str, list[list[bool | int | float | str | None]]] = {
    "First": [["article", "pieces"], ["Bolts, M6", 12]],
    "Second": [["city"], ["Köln"]],
}


def test_a_workbook_has_its_sheets_and_types() -> None:
    book = load_workbook(io.BytesIO(Spreadsheet(name="a.xlsx", make="spreadsheet", sheets=ROWS).content()))
    found = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    assert found == ROWS


def test_a_workbook_does_not_depend_on_when_it_was_made() -> None:
    content = Spreadsheet(name="a.xlsx", make="spreadsheet", sheets=ROWS).content()
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {entry.date_time[:3] for entry in packed.infolist()} == {(2026, 1, 1)}
        properties = packed.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", properties)) == {"2026-01-01T00:00:00"}


def test_a_picture_has_its_size_and_stripes() -> None:
    content = Picture(name="a.png", make="picture", width=4, height=2, colours=["#ff0000", "#0000ff"]).content()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (4, 2)
    start = content.index(b"IDAT") + 4
    row = b"\0" + b"\xff\0\0" * 2 + b"\0\0\xff" * 2
    assert zlib.decompress(content[start : start + struct.unpack(">I", content[start - 8 : start - 4])[0]]) == row * 2


def test_an_attachment_survives_the_way_that_a_task_takes() -> None:
    sent = Text(name="notes.md", text="# Größe\n").as_sent()
    received = Attachment.model_validate(sent)
    assert received.name == "notes.md"
    assert received.inline_bytes().decode() == "# Größe\n"
