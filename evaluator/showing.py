"""The steps that only show: status, CSV files, the report; and what to type next, which every step ends with."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.arguments import typed
from evaluator.course import Classroom
from evaluator.errors import FolderIsWrong
from evaluator.export import export
from evaluator.outcomes import Outcome
from evaluator.progress import count, table
from evaluator.report import write_report

FAILED = ("email", "round", "state", "score", "given", "reason, and what to do")


def status(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Show how far the class is, or who has less than the full score and why."""
    if not chosen.failed:
        return tell(classroom, console)
    if rows := failed_rows(classroom.outcomes.read()):
        show_rows(console, FAILED, rows)
        return say(console, f"Steps are typed like this: {typed('init', classroom.folder.path, 'students.csv')}")
    return say(console, "Nobody: everyone who was asked has the full score.")


def write_csv(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Write the CSV files."""
    with writing_to(chosen.to or classroom.folder.path) as folder:
        say(console, *map(str, export(classroom.outcomes.read(), classroom.store, folder)))


def write_page(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Write the class as one HTML page."""
    with writing_to(chosen.to or classroom.folder.report) as path:
        write_report(path, classroom.folder.path.name, classroom.outcomes.read(), classroom.now())
    say(console, str(path), "Open it in a browser. It has everybody's email in it, so keep it to yourself.")


@contextmanager
def writing_to(path: Path) -> Iterator[Path]:
    """Write files to where somebody said. Raises FolderIsWrong."""
    try:
        yield path
    except OSError as error:
        raise FolderIsWrong(
            f"Nothing can be written to {path} ({error.strerror}). Perhaps it belongs to somebody else. "
            "Say another place with --to."
        ) from None


def tell(classroom: Classroom, console: Console) -> None:
    """Say what came out and what to do next."""
    console.print(table(count(classroom.store)))
    say(console, *next_steps(classroom))


def say(console: Console, *lines: str) -> None:
    """Print lines as they are."""
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def next_steps(classroom: Classroom) -> list[str]:
    """Return what an instructor may want to do now; the last line is the one to go on with."""
    tally, folder, found = count(classroom.store), classroom.folder.path, classroom.outcomes.read()
    unscored, below = (sum(is_one(each) for each in found) for is_one in (has_no_score, is_below_full))
    steps = []
    if unscored or below:
        steps.append(
            f"{unscored} without a score, {below} with less than the full one; why, and what to do: "
            f"{typed('status', folder, '--failed')}"
        )
    if tally.unclear:
        steps.append(f"Unclear checks: {tally.unclear}. To try them once more: {typed('check', folder, '--again')}")
    if not classroom.has_model and any(row["checked"] for row in tally.rounds):
        steps.append("README and code were not judged: set GEMINI_API_KEY or OPENAI_API_KEY, then check again.")
    if any(row["checked"] for row in tally.rounds):
        steps.append(f"Grades, with every check and its reason, in one page: {typed('report', folder)}")
    return [*steps, f"Next: {next_command(classroom, found)}"]


def next_command(classroom: Classroom, found: Sequence[Outcome]) -> str:
    """Return what is to be typed now."""
    folder = classroom.folder.path
    if not found:
        return typed("init", folder, "students.csv")
    if any(each.is_open for each in found):
        command = typed("run", folder)
        if endpoints_are_unseen(classroom):
            command = f"{typed('check-endpoints', folder)}, which finds wrong addresses early; then {command}"
        example = classroom.settings.is_example
        return f"set public_url in {classroom.folder.settings}; then {command}" if example else command
    return f"{typed('serve', folder)} takes late callbacks; {typed('run', folder)} goes on with all that came"


def endpoints_are_unseen(classroom: Classroom) -> bool:
    """Whether nothing was ever sent to the endpoints, and nobody looked at them either."""
    either = "SELECT EXISTS (SELECT 1 FROM attempts) OR EXISTS (SELECT 1 FROM endpoint_checks)"
    return not classroom.store.number(either)


def has_no_score(outcome: Outcome) -> bool:
    """Whether a round of a student has no score yet, or gets none."""
    return outcome.score.total is None


def is_below_full(outcome: Outcome) -> bool:
    """Whether something was lost."""
    return outcome.score.total is not None and not outcome.is_fine


def failed_rows(found: Iterable[Outcome]) -> list[tuple[str, ...]]:
    """Return what `status --failed` shows of everybody who has less than everything, first those without a score."""
    return [
        (
            each.email,
            str(each.round),
            each.state,
            "" if each.score.total is None else f"{each.score.total:g}",
            "" if not each.score.given_total else f"{each.score.given_passed} of {each.score.given_total}",
            f"{each.reason}. -> {each.next_step}",
        )
        for each in sorted(found, key=is_below_full)
        if not each.is_fine
    ]


def show_rows(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show rows: a table on a terminal, lines with tabs for a pipe, which keeps each in one line."""
    if not console.is_terminal:
        for row in (columns, *rows):
            print("\t".join(row), file=console.file)
        return
    shown = Table(box=box.SIMPLE_HEAD, show_lines=False)
    for name in columns:
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*map(Text, row))
    console.print(shown)
