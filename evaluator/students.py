"""The list of students: a CSV as spreadsheets and forms write it, read completely or not at all."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluator.callback_rules import is_address
from evaluator.deadlines import FORM, moment_of
from evaluator.errors import StudentsAreWrong

# What the columns are called in the lists of instructors, in small letters.
COLUMNS = {
    "email": ("email", "e-mail", "email address", "mail"),
    "endpoint": ("endpoint", "endpoint url", "api endpoint", "api url", "url"),
    "secret": ("secret", "student secret", "shared secret"),
    "task": ("task", "template"),
    "deadline": ("deadline", "due", "until", "extension"),
}
REQUIRED = ("email", "endpoint", "secret")
EMAIL = re.compile(r"[^@\s]{1,250}@[^@\s]{1,250}")
LONGEST = 2_000
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Student:
    """Who gets a task and where their program listens. `template` is empty when the seed shall choose.

    Without a `deadline` it is that of the class, or the one that was given to the student before.
    """

    email: str
    endpoint: str
    secret: str = field(repr=False)
    template: str = ""
    deadline: float | None = None


@dataclass(frozen=True)
class StudentList:
    """The students of a file, and what is odd in it without being wrong."""

    students: tuple[Student, ...] = ()
    remarks: tuple[str, ...] = ()


def read_students(path: Path) -> StudentList:
    """Read a list of students. Raises StudentsAreWrong, which names every wrong line and never a secret."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StudentsAreWrong(
            f"The list of students {path} cannot be read ({type(error).__name__}). Perhaps its name is misspelt, or it "
            'is not saved as "CSV UTF-8". Say the right file.'
        ) from None
    return students_in(text, path.name)


def students_in(text: str, name: str) -> StudentList:
    """Return the students of a CSV text. Of two lines for one email and task, the last one counts, as in a form."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise wrong(name, [f"it is no CSV ({error})"]) from None
    if not any(map(any, rows)):
        raise wrong(name, ["it is empty"])
    positions = columns_of(rows[0], name)
    students, problems, remarks = dict[tuple[str, str], Student](), list[str](), list[str]()
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {column: row[at].strip() if at < len(row) else "" for column, at in positions.items()}
        if found := problems_with(cells):
            problems += [f"line {number}: {problem}" for problem in found]
            continue
        student = student_of(cells)
        key = (student.email, student.template)
        if key in students:
            remarks.append(f"Line {number} is for {student.email} again and takes the place of the line before.")
        students[key] = student
    if problems or not students:
        raise wrong(name, problems or ["there is no student in it"])
    return StudentList(tuple(students.values()), tuple(remarks))


def student_of(cells: dict[str, str]) -> Student:
    """Return who is in a line without problems."""
    deadline = moment_of(cells["deadline"]) if cells.get("deadline") else None
    return Student(cells["email"].lower(), cells["endpoint"], cells["secret"], cells.get("task", ""), deadline)


def columns_of(header: Sequence[str], name: str) -> dict[str, int]:
    """Return where each column is. Raises StudentsAreWrong."""
    titles = [" ".join(cell.lower().replace("_", " ").split()) for cell in header]
    positions = {
        column: titles.index(title)
        for column, known in COLUMNS.items()
        for title in known[::-1]  # of several, the first known one
        if title in titles
    }
    missing = [column for column in REQUIRED if column not in positions]
    if missing:
        raise wrong(name, [f"its first line has no column {', '.join(missing)}"])
    return positions


def problems_with(cells: dict[str, str]) -> list[str]:
    """Return what is wrong with a line."""
    problems = [f"{column} is missing" for column in REQUIRED if not cells[column]]
    problems += [f"{column} is longer than {LONGEST} characters" for column in cells if len(cells[column]) > LONGEST]
    if cells["email"] and not EMAIL.fullmatch(cells["email"]):
        problems.append("email is no email address")
    if cells["endpoint"] and not is_address(cells["endpoint"]):
        problems.append("endpoint is no http or https address")
    if cells.get("deadline"):
        try:
            moment_of(cells["deadline"])
        except ValueError:
            problems.append(f"deadline is not {FORM}")
    return problems


def wrong(name: str, problems: Sequence[str]) -> StudentsAreWrong:
    """Return the exception for a list."""
    shown = "; ".join(problems[:MOST_PROBLEMS])
    rest = f"; and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
    return StudentsAreWrong(
        f"The list of students {name} cannot be used: {shown}{rest}. It needs a first line with the columns email, "
        "endpoint, secret and, if you like, task and deadline. Nothing was taken over; put it right and try again."
    )
