"""Tables in their formats (spreadsheet, CSV, JSON records): read into the same rows, compared, converted, computed."""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import date, datetime, time
from pathlib import PurePosixPath

from action.gates.spreadsheets import UnreadableSpreadsheet, first_sheet

MOST_CELLS = 200_000  # rows times columns of a table that is compared or converted
LONGEST_KEYS = 20_000_000  # characters that the names of columns have in all records together
LONGEST_NUMBER = 300  # digits; what has more is text, because no program reads it as a number
LONGEST_SHOWN = 300  # characters of a row in a verdict
SPREADSHEETS = {".xlsx", ".xlsm"}
Rows = list[list[str]]


class UnreadableTable(ValueError):
    """The bytes are not a table in the format that the name says."""


class TooManyCells(UnreadableTable):
    """The table is larger than what is compared or converted."""

    def __init__(self) -> None:
        super().__init__(f"it has more than {MOST_CELLS:,} cells")


def rows_of(name: str, content: bytes) -> Rows:
    """Read a table's first sheet as text cells, header first. Raises UnreadableTable."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in SPREADSHEETS:
        return trimmed(list(within(spreadsheet_rows(content))))
    if suffix in {".csv", ".tsv"}:
        return trimmed(list(within(csv_rows(content, "\t" if suffix == ".tsv" else ","))))
    if suffix == ".json":
        return trimmed(record_rows(content))
    raise UnreadableTable(f"{name} is neither a spreadsheet nor CSV nor JSON")


def within(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield rows as long as they and their cells are not too many. Raises TooManyCells."""
    count = 0
    for row in rows:
        count += len(row) or 1
        if count > MOST_CELLS:
            raise TooManyCells
        yield row


def csv_rows(content: bytes, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows of CSV. A byte order mark is no part of the first cell. Raises UnreadableTable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise UnreadableTable(f"it is not CSV: {error}") from None


def spreadsheet_rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of the first sheet of a workbook. Raises UnreadableTable."""
    try:
        for row in first_sheet(content):
            yield [cell_text(cell) for cell in row]
    except UnreadableSpreadsheet as error:
        raise UnreadableTable(str(error)) from None


def record_rows(content: bytes) -> Rows:
    """Read a JSON array of objects, or of arrays."""
    try:
        records = json.loads(content)
        json.dumps(records, ensure_ascii=False).encode()  # half of a character can be read, and not be written
    except (ValueError, RecursionError) as error:
        raise UnreadableTable(f"it is not JSON: {error}") from None
    if not isinstance(records, list) or not all(isinstance(record, dict | list) for record in records):
        raise UnreadableTable("it is not an array of records")
    if all(isinstance(record, list) for record in records):
        return list(within([cell_text(cell) for cell in record] for record in records))
    objects = [record for record in records if isinstance(record, dict)]
    header = list(dict.fromkeys(key for record in objects for key in record))
    check_size(len(objects), header)
    return [header] + [[cell_text(record.get(key)) for key in header] for record in objects]


def check_size(count: int, header: list[str]) -> None:
    """Refuse records that have too many cells once each has a cell for each key. Raises TooManyCells."""
    if count * len(header) > MOST_CELLS:
        raise TooManyCells


def cell_text(cell: object) -> str:
    """Return a cell as a CSV file would hold it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def trimmed(rows: Rows) -> Rows:
    """Drop empty rows and cells at the end, which the formats keep differently."""
    cut = [row[: max((i + 1 for i, cell in enumerate(row) if cell.strip()), default=0)] for row in rows]
    return cut[: max((i + 1 for i, row in enumerate(cut) if row), default=0)]


def difference(actual: Rows, wanted: Rows) -> str | None:
    """Return the first difference in words, None when the tables are the same."""
    if len(actual) != len(wanted):
        return f"{len(actual)} rows instead of {len(wanted)} (the header counts)"
    for number, (row, expected) in enumerate(zip(actual, wanted, strict=True), start=1):
        if [normal(cell) for cell in row] != [normal(cell) for cell in expected]:
            return f"row {number} is {shown(row)} instead of {shown(expected)}"
    return None


def shown(row: list[str]) -> str:
    """Return a row for people, cut where it is long."""
    text = str(row)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} …"


def normal(cell: str) -> str:
    """Numbers are compared by value and truth values by meaning, everything else as text."""
    text = cell.strip()
    try:
        return repr(float(text)) if not (text.startswith("0") and text.isdecimal() and len(text) > 1) else text
    except ValueError:
        return text.lower() if text.lower() in {"true", "false"} else text


def convert(name: str, content: bytes, target: str) -> bytes:
    """Return a table in the format that the name `target` says. Raises UnreadableTable."""
    rows = rows_of(name, content)
    suffix = PurePosixPath(target).suffix.lower()
    if suffix in {".csv", ".tsv"}:
        return as_csv(rows, "\t" if suffix == ".tsv" else ",")
    if suffix == ".json":
        header, *body = rows or [[]]
        check_size(len(body), header)
        if len(body) * sum(map(len, header)) > LONGEST_KEYS:
            raise UnreadableTable("the names of its columns are too long to stand in each record")
        records = [{key: typed(cell) for key, cell in zip(header, filled(row, header), strict=True)} for row in body]
        return json.dumps(records, ensure_ascii=False, indent=2).encode() + b"\n"
    if suffix in SPREADSHEETS:
        return as_spreadsheet(rows)
    raise UnreadableTable(f"tables are not written as {suffix or target}")


def filled(row: list[str], header: list[str]) -> list[str]:
    """Return a row as long as the header."""
    return (row + [""] * len(header))[: len(header)]


def typed(cell: str) -> str | int | float | bool | None:
    """Return what a JSON file would hold for a CSV cell. "007" and "1e5" stay text."""
    if cell in {"true", "false"}:
        return cell == "true"
    plain = cell.removeprefix("-")
    if len(plain) > LONGEST_NUMBER:
        return cell
    if plain.replace(".", "", 1).isdecimal() and plain.isascii() and not (plain[0] == "0" and plain[1:2].isdecimal()):
        return float(cell) if "." in cell else int(cell)
    return cell or None


def as_csv(rows: Rows, delimiter: str) -> bytes:
    """Write CSV with line feeds."""
    out = io.StringIO()
    has_returns = any("\r" in cell for row in rows for cell in row)  # Python 3.11 does not quote a cell for it
    csv.writer(
        out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL if has_returns else csv.QUOTE_MINIMAL
    ).writerows(rows)
    return out.getvalue().encode()


def as_spreadsheet(rows: Rows) -> bytes:
    """Write a workbook with one sheet; numbers become numbers. Raises UnreadableTable for what no sheet can hold."""
    from openpyxl import Workbook
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    try:
        for row in rows:
            sheet.append([typed(cell) for cell in row])
    except IllegalCharacterError:
        raise UnreadableTable("it has control characters, which no workbook can hold") from None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    r"total|sum": math.fsum,
    r"avg|average|mean": lambda values: math.fsum(values) / len(values),
    r"max|maximum|highest|largest|biggest": max,
    r"min|minimum|lowest|smallest": min,
}
COUNT = r"count|rows|entries|records|items"
# Whoever speaks of these computes from a part of the data, or something else than what stands there.
OTHERWISE = re.compile(
    r"\b(?:only|exclud\w+|except\w*|filter\w*|where|whose|convert\w*|currenc\w+|exchange|rates?|tax\w*|vat|discount\w*"
    r"|net|gross|refund\w*|unique|distinct|top|invalid|ignor\w+|skip\w*|weight\w*|per|percent\w*|round\w*|multipl\w+"
    r"|without|quantity|qty|difference|minus|first|last|select\w*|returns?|cancel\w*|duplicat\w+|outlier\w*)\b",
    re.IGNORECASE,
)
MONEY = re.compile(r"[$€£¥]?\s*(-?\d[\d,]*(?:\.\d+)?)\s*[$€£¥]?")
TOLERANCE = 0.011


def contradiction(words: str, wanted: float, brief: str, attached: Mapping[str, bytes]) -> str:
    """Say what the attached tables give instead of a wanted number; nothing where it is not certain what is meant.

    `words` are the names by which a check speaks of it ("#total-sales").
    """
    if OTHERWISE.search(brief):
        return ""
    parts = {part.lower() for part in re.findall(r"[A-Za-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words))}
    answers = [answer for name, content in attached.items() for answer in computed(name, content, parts)]
    gives = {value for _, value in answers}
    if len(gives) != 1 or is_rounded(next(iter(gives)), wanted):
        return ""
    return f"it wants {plain_number(wanted)}, {answers[0][0]} gives {plain_number(answers[0][1])}"


def is_rounded(number: float, wanted: float) -> bool:
    """Whether a number is what is wanted, with as many decimals as that has."""
    decimals = len(plain_number(wanted).partition(".")[2])
    return abs(number - wanted) < TOLERANCE or abs(round(number, decimals) - wanted) < TOLERANCE


def computed(name: str, content: bytes, parts: Set[str]) -> Iterator[tuple[str, float]]:
    """Yield what a table gives for a name such as "total sales": the file, and the number."""
    try:
        header, *body = rows_of(name, content) or [[]]
    except UnreadableTable:
        return
    columns = {title.strip().lower(): numbers_in(body, place) for place, title in enumerate(header)}
    numeric = {title: values for title, values in columns.items() if values}
    meant = {title: values for title, values in numeric.items() if parts & set(re.findall(r"[a-z]+", title))} or (
        numeric if len(numeric) == 1 else {}
    )
    for words, aggregate in AGGREGATES.items():
        if len(meant) == 1 and any(re.fullmatch(words, part) for part in parts):
            yield name, aggregate(next(iter(meant.values())))
            return
    if body and any(re.fullmatch(COUNT, part) for part in parts) and not meant.keys() & parts:
        yield name, float(len(body))


def numbers_in(body: Rows, place: int) -> list[float]:
    """Return a column's numbers; nothing when one of its cells is no number."""
    cells = [row[place].strip() if place < len(row) else "" for row in body]
    found = [MONEY.fullmatch(cell) for cell in cells if cell]
    return [float(match[1].replace(",", "")) for match in found if match] if all(found) else []


def plain_number(value: float) -> str:
    """Return a number as people write it."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
