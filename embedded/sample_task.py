"""The task of the demo: a brief with named files, three attachments made in code, and checks in both shapes."""

import base64
import struct
import zlib
from typing import Any

SALES = "region,product,sales\nNorth,Lamps,120.50\nSouth,Lamps,80.25\nNorth,Chairs,310\nWest,Tables,499.25\n"
NOTE = "The numbers come from the shop's own till. Prices are in euros.\n"


def first_round() -> dict[str, Any]:
    """Return what the evaluation server asks for first."""
    return {
        "task": "sales-summary-demo",
        "round": 1,
        "brief": (
            'Publish a page with the title "Sales Summary" that shows the table in sales.csv, the picture logo.png '
            "and the note in note.txt. Put the column names into columns.json, and tell in about.md how the page is "
            "made. Draw a small bar chart as chart.svg."
        ),
        "checks": [
            "The page has a table with one row for each line of sales.csv",
            {"js": 'document.title === "Sales Summary"'},
            {"js": '!!document.querySelector("table")'},
            "js: document.querySelectorAll('img').length >= 1",
        ],
        "attachments": [
            {"name": "sales.csv", "url": data_uri("text/csv", SALES.encode())},
            {"name": "logo.png", "url": data_uri("image/png", picture())},
            {"name": "note.txt", "url": data_uri("text/plain", NOTE.encode())},
        ],
    }


def second_round() -> dict[str, Any]:
    """Return the revision of the same task."""
    return {
        "task": "sales-summary-demo",
        "round": 2,
        "brief": "Keep everything, add the picture badge.svg and a list of the regions as regions.json.",
        "checks": [{"js": 'document.title === "Sales Summary"'}],
        "attachments": [],
    }


def data_uri(media_type: str, content: bytes) -> str:
    """Return `content` as senders put it into a request."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def picture(width: int = 96, height: int = 48) -> bytes:
    """Return a PNG file: bars of a chart over a gradient."""
    bars = [12, 20, 28, 40]
    rows = b"".join(b"\x00" + b"".join(colour(x, y, height, bars) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def colour(x: int, y: int, height: int, bars: list[int]) -> bytes:
    """Return the three bytes of one point."""
    number, offset = divmod(x, 24)
    is_bar = 4 <= offset < 20 and height - y <= bars[number]
    return bytes((79, 70, 229)) if is_bar else bytes((238 - y, 242 - y, 255))


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one part of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
