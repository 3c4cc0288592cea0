"""What the steps of `python -m embedded evaluator` do."""

import argparse
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console

from evaluator.arguments import to_go_on, typed
from evaluator.callbacks import create_app
from evaluator.course import Classroom
from evaluator.db import Folder
from evaluator.deadlines import NEVER, moment_of, shown_moment
from evaluator.errors import CannotServe, EvaluatorError, FolderIsWrong, SettingsAreWrong
from evaluator.export import export
from evaluator.progress import Progress, count
from evaluator.running import Steps, work
from evaluator.server import Limits, Server
from evaluator.settings import read_settings, write_example, write_public_url
from evaluator.showing import endpoints_are_unseen, next_command, say, show_rows, status, tell, write_csv, write_page
from evaluator.students import StudentList, read_students

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
    except (OSError, sqlite3.OperationalError) as error:
        print(
            f"A file of the class in {chosen.folder} cannot be read or written ({error}). Perhaps it belongs to "
            f"somebody else, or the disk is full. Put that right, then type: {to_go_on(chosen)}",
            file=sys.stderr,
        )
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
    listed = read_students(chosen.students) if chosen.students else StudentList()
    folder.make()
    if not folder.settings.exists():
        write_example(folder.settings)
    if chosen.public_url:
        write_public_url(folder.settings, chosen.public_url)
    with opened(chosen, environ) as classroom:
        classroom.book.require([student.template for student in listed.students])
        added = classroom.roster.add(listed.students)
        if any(student.deadline is not None for student in listed.students):
            judge_again(classroom)
        size = count(classroom.store).class_size
        say(console, *listed.remarks, f"{size}: {added.new} new, {added.changed} changed.")
        say(console, f"Next: {next_command(classroom, classroom.outcomes.read())}")


def check_endpoints(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Look at every endpoint, and show those that are not as they should be."""
    must_have_students(classroom)
    endpoints = classroom.endpoints()
    owners = endpoints.owners()
    say(
        console, f"Looking at the endpoints ({len(owners)}) with a GET, {endpoints.at_once} at a time. No task is sent."
    )
    seen = sorted(endpoints.look(), key=lambda each: owners[each.endpoint])
    bad = [(", ".join(owners[each.endpoint]), each.state, each.said) for each in seen if each.state != "good"]
    if bad:
        show_rows(console, ("email", "endpoint is", "seen"), bad)
    number = Counter(each.state for each in seen)
    say(console, f"{number['good']} good, {number['doubtful']} doubtful, {number['unreachable']} unreachable.")
    if bad:
        say(console, f"Correct them in the CSV, then: {typed('init', classroom.folder.path, 'students.csv')}")
    say(console, f"Next: {next_command(classroom, classroom.outcomes.read())}")


def extend(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Give a student another deadline."""
    try:
        until = moment_of(chosen.until)
    except ValueError as error:
        raise SettingsAreWrong(f"--until {chosen.until} {error}. Nothing was changed; say it again.") from None
    classroom.roster.extend(chosen.email, until)
    judge_again(classroom, chosen.email)
    until_when = "no deadline" if until == NEVER else f"until {shown_moment(until)}"
    say(console, f"{chosen.email}: {until_when}. What was not accepted so far is sent again.")
    say(console, f"Next: {next_command(classroom, classroom.outcomes.read())}")


def judge_again(classroom: Classroom, email: str = "") -> None:
    """After another deadline: say anew which callbacks (of one student) are late."""
    if classroom.inbox.judge_again(email):
        classroom.gradebook.judge_protocol_again(email)


def run(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Serve, send, check, and export, until nothing is left to do."""
    must_have_students(classroom)
    must_be_reachable(classroom)
    if endpoints_are_unseen(classroom):
        say(console, f"Nobody has looked at the endpoints: {typed('check-endpoints', classroom.folder.path)} does.")
    with classroom.folder.in_use(), serving(classroom, chosen, console):
        if chosen.retry_now:
            classroom.outbox.retry_now()
        try:
            do(classroom, Steps(rounds=classroom.settings.rounds, sends=True, checks=True, waits=True), console)
        finally:
            export(classroom.outcomes.read(), classroom.store, classroom.folder.path)
    tell(classroom, console)


def do(classroom: Classroom, steps: Steps, console: Console) -> None:
    """Work, and show how far it is."""
    progress = Progress(classroom, console)
    with progress.shown():
        work(classroom, steps, progress)


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
        rounds = classroom.settings.rounds if chosen.rounds is None else chosen.rounds
        do(classroom, Steps(rounds=rounds, sends=True), console)
    tell(classroom, console)


def check(classroom: Classroom, chosen: argparse.Namespace, console: Console) -> None:
    """Check what was called back."""
    with classroom.folder.in_use():
        if chosen.again:
            judge_again(classroom, chosen.email)
            classroom.gradebook.check_again(chosen.email, chosen.round)
        classroom.gradebook.give_up()
        do(classroom, Steps(checks=True), console)
    export(classroom.outcomes.read(), classroom.store, classroom.folder.path)
    tell(classroom, console)


STEPS: dict[str, Step] = {
    "run": run,
    "serve": serve,
    "send": send,
    "check": check,
    "check-endpoints": check_endpoints,
    "extend": extend,
    "status": status,
    "export": write_csv,
    "report": write_page,
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
    say(console, f"Callbacks: {classroom.settings.public_url}/notify, taken on {listen}:{server.port}.")
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
