"""What the steps of `python -m embedded evaluator` do."""

import argparse
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console

from embedded.evaluator.callbacks import create_app
from embedded.evaluator.classroom import Classroom
from embedded.evaluator.errors import CannotServe, EvaluatorError, FolderIsWrong, SettingsAreWrong
from embedded.evaluator.export import export
from embedded.evaluator.folder import Folder
from embedded.evaluator.progress import Progress, next_steps, table
from embedded.evaluator.running import Steps, work
from embedded.evaluator.settings import read_settings, write_example, write_public_url
from embedded.evaluator.students import read_students
from embedded.evaluator.tally import count
from embedded.evaluator.typed import typed
from embedded.server import Limits, Server

PUBLIC = Limits(connections=200, seconds_of_silence=30)
Step = Callable[[Classroom, argparse.Namespace, Console], None]


def run_step(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run one step and return the exit code."""
    console = Console()
    try:
        if chosen.step == "init":
            init(chosen, environ, console)
            return 0
        with opened(chosen, environ) as classroom:
            STEPS[chosen.step](classroom, chosen, console)
    except EvaluatorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextmanager
def opened(chosen: argparse.Namespace, environ: Mapping[str, str]) -> Iterator[Classroom]:
    """Open the class of a folder. Raises EvaluatorError."""
    folder = Folder(chosen.folder.resolve())
    folder.must_exist()
    settings = read_settings(folder.settings, getattr(chosen, "public_url", None))
    classroom = Classroom(folder, settings, environ)
    try:
        yield classroom
    finally:
        classroom.close()


def init(chosen: argparse.Namespace, environ: Mapping[str, str], console: Console) -> None:
    """Make the folder, or take over a corrected list."""
    folder = Folder(chosen.folder.resolve())
    students = read_students(chosen.students) if chosen.students else []
    folder.make()
    if not folder.settings.exists():
        write_example(folder.settings)
    if chosen.public_url:
        write_public_url(folder.settings, chosen.public_url)
    with opened(chosen, environ) as classroom:
        classroom.book.require([student.template for student in students])
        added = classroom.roster.add(students)
        tally = count(classroom.store)
        console.print(f"{tally.class_size}: {added.new} new, {added.changed} changed.", highlight=False)
        console.print(after_init(classroom, chosen, tally.students), highlight=False, markup=False, soft_wrap=True)


def after_init(classroom: Classroom, chosen: argparse.Namespace, students: int) -> str:
    """Say what comes next."""
    command = typed("run", chosen.folder)
    if not students:
        return f"Next: {typed('init', chosen.folder, 'students.csv')}"
    if classroom.settings.is_example:
        return f"Next: set public_url in {classroom.folder.settings}, then: {command}"
    return f"Next: {command}"


def run(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Serve, send, check, and export, until nothing is left to do."""
    must_have_students(classroom)
    must_be_reachable(classroom)
    with classroom.folder.in_use(), serving(classroom, chosen, console):
        if chosen.retry_now:
            classroom.outbox.retry_now()
        progress = Progress(classroom, console)
        try:
            with progress.shown():
                steps = Steps(rounds=classroom.settings.rounds, sends=True, checks=True, waits=True)
                work(classroom, steps, progress)
        finally:
            export(classroom.store, classroom.folder.path)
    tell(classroom, console)


def serve(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Take callbacks until a signal comes."""
    with serving(classroom, chosen, console):
        threading.Event().wait()


def send(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Send what is due now."""
    must_have_students(classroom)
    must_be_reachable(classroom)
    with classroom.folder.in_use():
        if chosen.retry_now:
            classroom.outbox.retry_now()
        progress = Progress(classroom, console)
        with progress.shown():
            rounds = classroom.settings.rounds if chosen.rounds is None else chosen.rounds
            work(classroom, Steps(rounds=rounds, sends=True), progress)


def check(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Check what was called back."""
    with classroom.folder.in_use():
        if chosen.again:
            classroom.gradebook.check_again(chosen.email, chosen.round)
        classroom.gradebook.give_up()
        progress = Progress(classroom, console)
        with progress.shown():
            work(classroom, Steps(checks=True), progress)
    export(classroom.store, classroom.folder.path)
    tell(classroom, console)


def status(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Show how far the class is."""
    console.print(table(count(classroom.store)))


def write_csv(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Write the CSV files."""
    try:
        for path in export(classroom.store, chosen.to or classroom.folder.path):
            console.print(str(path), highlight=False, markup=False, soft_wrap=True)
    except OSError as error:
        raise FolderIsWrong(
            f"The CSV files cannot be written to {chosen.to} ({error.strerror}). Perhaps it belongs to somebody else. "
            "Say another folder with --to."
        ) from None


STEPS: dict[str, Step] = {
    "run": run,
    "serve": serve,
    "send": send,
    "check": check,
    "status": status,
    "export": write_csv,
}


@contextmanager
def serving(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> Iterator[None]:
    """Take callbacks during the block. Raises CannotServe."""
    port = classroom.settings.port if chosen.port is None else chosen.port
    listen = classroom.settings.listen
    try:
        server = Server(create_app(classroom.inbox), port, host=listen, limits=PUBLIC)
    except (OSError, OverflowError) as error:
        raise CannotServe(
            f"Nothing can listen on {listen}:{port} ({error}). Another evaluator or program probably does. "
            "Stop it, or say another port with --port (and tell the proxy)."
        ) from None
    server.start()
    where = f"Callbacks: {classroom.settings.public_url}/notify, taken on {listen}:{server.port}."
    console.print(where, highlight=False, markup=False, soft_wrap=True)
    try:
        yield
    finally:
        server.stop()


def must_have_students(classroom: Classroom) -> None:
    """Raise FolderIsWrong for an empty class."""
    if not count(classroom.store).students:
        raise FolderIsWrong(
            f"The class in {classroom.folder.path} has no students yet. Take over a list first: "
            f"{typed('init', classroom.folder.path, 'students.csv')}"
        )


def must_be_reachable(classroom: Classroom) -> None:
    """Raise SettingsAreWrong while the public address is still the example's: no callback would ever come."""
    if classroom.settings.is_example:
        raise SettingsAreWrong(
            f"public_url in {classroom.folder.settings} is still {classroom.settings.public_url}, so no callback would "
            "come. Put in the address where students reach you, or say it with --public-url (docs/evaluate.md)."
        )


def tell(classroom: Classroom, console: Console) -> None:
    """Say what came out and what to do next."""
    console.print(table(count(classroom.store)))
    for line in next_steps(classroom):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
