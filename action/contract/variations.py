"""Attachments with other numbers, with other rows or written in another way, and what a page shows of them then."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Literal

from action.contract.tables import Rows, UnreadableTable, rows_of, typed

Variation = Literal["numbers", "rows", "crlf", "bom", "quoted", "empty"]
LARGEST = 1_000_000  # bytes of an attachment that is varied
MOST_ROWS = 5_000
NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?")
SHOWN_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,10})?|-?\d{1,18}(?:\.\d{1,10})?")
NO_QUANTITY = re.compile(r"(?:^|[_\W])(?:id|year|date|day|month|zip|postcode|phone|lat|lon|lng|no|nr)(?:$|[_\W])", re.I)
SHORTEST = 4  # digits of a number that is not on a page by chance
NAMED_FOR_IT = re.compile(r"total|sum|average|avg|mean|max|min|largest|smallest|highest|lowest", re.I)


FEWEST_ROWS = 4  # a smaller number is on a page by chance
USUAL_COUNTS = {7, 12, 24, 28, 30, 31, 52, 60, 100, 365}
COUNT = re.compile(r"(?<![A-Za-z])[Cc]ounts?(?![a-z])|[a-z]Counts?\b|(?i:\b(?:rows?|records?|entries|items)\b)")
PART = re.compile(r"page|per\b|limit|top|first|last|\bof\b|max|min|at least|at most|step|goal|select|filter", re.I)
CELL = re.compile(r"t[dh]\b")
LONGEST_COUNT = 40  # characters around a number that is told as a count


class CannotVary(ValueError):
    """There is nothing to vary in this attachment."""


def varied(name: str, content: bytes, variation: Variation) -> bytes:
    """Return an attachment in another form. Raises CannotVary."""
    if len(content) > LARGEST:
        raise CannotVary(f"{name} is too large")
    if variation == "empty":
        return b""
    if variation == "bom":
        return b"\xef\xbb\xbf" + content.removeprefix(b"\xef\xbb\xbf")
    if variation == "crlf":
        return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    rows = table_of(name, content)
    if variation == "numbers":
        rows = with_other_numbers(rows)
    elif variation == "rows":
        rows = [*rows, rows[-1]]
    return written(name, content, rows, quote_all=variation == "quoted")


def can_vary(name: str, content: bytes) -> bool:
    """Whether an attachment holds numbers that can be others, or enough rows that one can go."""
    try:
        return other_data(name, content) != content
    except CannotVary:
        return False


def other_data(name: str, content: bytes) -> bytes:
    """Return a table with other numbers, and without its last row where it has enough of them. Raises CannotVary."""
    rows = table_of(name, content)
    fewer = rows[:-1] if len(rows) > FEWEST_ROWS else rows
    try:
        fewer = with_other_numbers(fewer)
    except CannotVary:
        if fewer is rows:
            raise
    return written(name, content, fewer, quote_all=False)


def table_of(name: str, content: bytes) -> Rows:
    """Return the rows of CSV or of flat JSON records, with a header. Raises CannotVary."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in {".csv", ".tsv", ".json"} or len(content) > LARGEST:
        raise CannotVary(f"{name} is no table that can be varied")
    try:
        rows = rows_of(name, content)
        records = json.loads(content) if suffix == ".json" else []
    except (UnreadableTable, ValueError, RecursionError) as error:
        raise CannotVary(str(error)) from None
    if any(isinstance(value, dict | list) for record in records for value in flat(record)):
        raise CannotVary(f"{name} has records within records")
    if not 2 <= len(rows) <= MOST_ROWS or not rows[0]:
        raise CannotVary(f"{name} has no rows, or too many")
    return rows


def flat(record: object) -> list[object]:
    """Return the values of one record."""
    return list(record.values()) if isinstance(record, dict) else [record]


def written(name: str, content: bytes, rows: Rows, *, quote_all: bool) -> bytes:
    """Write rows as the file was written."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".json":
        header, *body = rows
        records = [dict(zip(header, map(typed, row), strict=False)) for row in body]
        return json.dumps(records, ensure_ascii=False).encode()
    out = io.StringIO()
    end = "\r\n" if b"\r\n" in content else "\n"
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    delimiter = "\t" if suffix == ".tsv" else ","
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue().encode()


def quantities(rows: Rows) -> dict[str, list[Decimal]]:
    """Return the columns that hold numbers only, by their names; ids, years and the like are none."""
    found: dict[str, list[Decimal]] = {}
    for place, name in enumerate(rows[0]):
        cells = [row[place].strip() if place < len(row) else "" for row in rows[1:]]
        if not NO_QUANTITY.search(name) and all(NUMBER.fullmatch(cell) for cell in cells):
            found[name] = [Decimal(cell) for cell in cells]
    return found


def with_other_numbers(rows: Rows) -> Rows:
    """Return rows whose quantities are larger, each by its own amount: by more than half, with as many decimals."""
    names = quantities(rows)
    if not names:
        raise CannotVary("no column holds numbers only")
    places = [place for place, name in enumerate(rows[0]) if name in names]
    body = [[*row] for row in rows[1:]]
    for number, row in enumerate(body):
        for place in places:
            value = Decimal(row[place].strip())
            step = Decimal(1).scaleb(int(value.as_tuple().exponent))
            row[place] = f"{value * 2 + step * (3 + number % 7):f}"
    return [rows[0], *body]


Statistic = Callable[[list[Decimal]], Decimal]
STATISTICS: Mapping[str, Statistic] = {
    "sum": lambda numbers: sum(numbers, Decimal(0)),
    "average": lambda numbers: sum(numbers, Decimal(0)) / len(numbers),
    "largest": max,
    "smallest": min,
}


@dataclass(frozen=True)
class Computed:
    """A number that follows from a column, before and after the variation."""

    words: str
    before: Decimal
    after: Decimal


def computed_from(rows: Rows, other: Rows) -> list[Computed]:
    """Return what can be computed from the columns, as far as each number stands for one thing alone."""
    new = quantities(other)
    found = [
        Computed(f"the {word} of {name}", of(numbers), of(new[name]))
        for name, numbers in quantities(rows).items()
        if name in new
        for word, of in STATISTICS.items()
    ]
    counts = Counter(each.before for each in found)
    return [each for each in found if counts[each.before] == 1 and each.before != each.after]


def is_telling(number: str, place: str, text: str) -> bool:
    """Whether a number is in an element for a reason: the element is named for it, or the number is a rare one."""
    digits = number.replace(".", "").lstrip("-0")
    if NAMED_FOR_IT.search(place) and len(digits) > 1 and len(numbers_in(text)) == 1:
        return True
    is_like_a_year = "." not in number and len(digits) == SHORTEST and digits[:2] in {"19", "20"}
    return len(digits) >= SHORTEST and len(digits.rstrip("0")) > 1 and not is_like_a_year


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text as they stand there, without commas."""
    return [match[0].replace(",", "") for match in SHOWN_NUMBER.finditer(text)]


def is_shown_as(number: Decimal, text: str) -> bool:
    """Whether a text is this number, rounded as the text is."""
    try:
        shown = Decimal(text)
        step = Decimal(1).scaleb(int(shown.as_tuple().exponent))
        return shown in {number.quantize(step, rounding) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
    except InvalidOperation:
        return False


def is_count(number: int, place: str, text: str, rows: Rows) -> bool:
    """Whether a text tells how many rows there are: its element is named for that, or a word after the number is."""
    is_short = numbers_in(text) == [str(number)] and len(text) <= LONGEST_COUNT
    if not is_short or PART.search(f"{place} {text}") or CELL.match(place):
        return False
    if place.startswith("#") and (COUNT.search(place) or is_called(place, rows[0])):
        return True
    words = text.partition(str(number))[2]
    return number not in USUAL_COUNTS and bool(COUNT.search(words) or is_called(words, rows[0]))


def is_called(words: str, header: Sequence[str]) -> bool:
    """Whether words name a column in the plural: "#months" of "month"."""
    plurals = {plural for name in header for plural in (f"{name}s", f"{name}es", f"{name[:-1]}ies")}
    return bool(
        {word.lower() for word in re.findall(r"[A-Za-z]{3,40}", words)} & {plural.lower() for plural in plurals}
    )


def count_behind(
    rows: Rows, other: Rows, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Compare numbers of rows as `stays_behind` does. Where one follows, the others are counts of something else."""
    number, fewer = len(rows) - 1, len(other) - 1
    if number == fewer or 1900 <= number <= 2100:
        return [], []
    places = [place for place, text in before.items() if is_count(number, place, text, rows)]
    stays = [place for place in places if after.get(place) == before[place]]
    if len(stays) < len(places):
        return [], ["the number of rows"]
    should = f"whatever the data are: with {fewer} rows instead of {number} it should be {fewer}"
    return [f"{place} shows {before[place]!r} (the number of rows) {should}" for place in stays], []


def stays_behind(
    computed: list[Computed], before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Compare the texts of a page, by element, with both forms of its data.

    Return in words what stays as it was although it follows from the data, and what follows it.
    """
    behind, follows = [], []
    now = {number for text in after.values() for number in numbers_in(text)}
    for each in computed:
        places = [
            place
            for place, text in before.items()
            if any(is_telling(n, place, text) and is_shown_as(each.before, n) for n in numbers_in(text))
        ]
        if not places:
            continue
        if any(is_shown_as(each.after, number) for number in now):
            follows.append(each.words)
        elif stays := [place for place in places if after.get(place) == before[place]]:
            shown = f"{stays[0]} shows {before[stays[0]][:80]!r} ({each.words})"
            behind.append(f"{shown} whatever the data are: with other data it should be {each.after:f}")
    return behind, follows
