"""The bytes of a sample attachment, made from a description: the same description always gives the same bytes."""

import base64
import binascii
import datetime
import io
import re
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Cell = bool | int | float | str | None
Sheets = dict[str, list[list[Cell]]]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
EPOCH = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's times carry no zone


class Described(BaseModel, ABC):
    """What every attachment has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str

    @abstractmethod
    def content(self) -> bytes:
        """Return the bytes."""

    def as_sent(self) -> dict[str, str]:
        """Return the attachment as a task carries it."""
        return {"name": self.name, "url": f"data:;base64,{base64.b64encode(self.content()).decode()}"}


class Text(Described):
    """A file whose text is written down."""

    text: str

    def content(self) -> bytes:
        """Return the text in UTF-8."""
        return self.text.encode()


class Spreadsheet(Described):
    """A workbook; each sheet is a list of rows."""

    make: Literal["spreadsheet"]
    sheets: Sheets

    def content(self) -> bytes:
        """Return an xlsx file."""
        return workbook_bytes(self.sheets)


class Picture(Described):
    """A picture with one vertical stripe for each colour."""

    make: Literal["picture"]
    width: int = Field(ge=1, le=2000)
    height: int = Field(ge=1, le=2000)
    colours: list[Colour] = Field(min_length=1)

    def content(self) -> bytes:
        """Return a PNG file."""
        return picture_bytes(self.width, self.height, self.colours)


Attachment = Text | Spreadsheet | Picture


def workbook_bytes(sheets: Sheets) -> bytes:
    """Return a workbook that does not depend on the time at which it was made."""
    from openpyxl import Workbook  # takes 0.2 s, and most tasks have no workbook

    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return without_times(buffer.getvalue())


def without_times(packed: bytes) -> bytes:
    """Set every time inside a zipped workbook to EPOCH."""
    buffer = io.BytesIO()
    stamp = f"{EPOCH.isoformat()}Z".encode()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, content)
            target.writestr(zipfile.ZipInfo(name, EPOCH.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def picture_bytes(width: int, height: int, colours: list[str]) -> bytes:
    """Return a true-colour PNG with one stripe for each colour, left to right."""
    pixels = [bytes.fromhex(colours[x * len(colours) // width][1:]) for x in range(width)]
    rows = (b"\0" + b"".join(pixels)) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG: length, kind, content, checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", binascii.crc32(kind + content))
