"""A job's log, line by line, as the page shows it: groups fold, errors and warnings stand out."""

import re
from dataclasses import dataclass, field

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TIME_AND_TEXT = re.compile(r"(\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\S*) ?(.*)")
LEVELS = {"##[error]": "error", "##[warning]": "warning", "##[notice]": "notice", "##[debug]": "debug"}
MOST_LINES = 20_000


@dataclass
class Line:
    """One line; a line that opens a group holds the lines in it."""

    number: int
    time: str
    text: str
    level: str = ""
    inner: list["Line"] | None = field(default=None)


def read_log(log: str) -> list[Line]:
    """Return the lines of a log, the last ones when there are very many."""
    shown: list[Line] = []
    group: Line | None = None
    lines = list(enumerate(log.splitlines(), start=1))
    for number, raw in lines[-MOST_LINES:]:
        line = read_line(number, raw)
        if line.text.startswith("##[group]"):
            group = Line(number, line.time, line.text.removeprefix("##[group]"), inner=[])
            shown.append(group)
        elif line.text.startswith("##[endgroup]"):
            group = None
        elif group is not None and group.inner is not None:
            group.inner.append(line)
        else:
            shown.append(line)
    return shown


def read_line(number: int, raw: str) -> Line:
    """Take a line apart: its time, its level, its text without colours."""
    match = TIME_AND_TEXT.fullmatch(raw)
    time, text = (match[2], match[3]) if match else ("", raw)
    text = COLOURS.sub("", text)
    for mark, level in LEVELS.items():
        if text.startswith(mark):
            return Line(number, time, text.removeprefix(mark), level)
    return Line(number, time, text)
