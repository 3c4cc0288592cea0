"""The command line of the evaluator, and what a person types to go on. Nothing heavy is imported here."""

import argparse
import shlex
import sys
from pathlib import Path

DESCRIPTION = "Send tasks to a class, take the callbacks, check repositories and pages, export the results."


def add_evaluator(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `evaluator` and its steps."""
    evaluator = commands.add_parser("evaluator", help="for instructors: docs/evaluate.md", description=DESCRIPTION)
    steps = evaluator.add_subparsers(dest="step", required=True)

    def step(name: str, words: str) -> argparse.ArgumentParser:
        parser = steps.add_parser(name, help=words, description=words)
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the class")
        return parser

    init = step("init", "make the folder of a class, or take over a corrected list of students")
    init.add_argument(
        "students", type=Path, metavar="CSV", nargs="?", help="columns email, endpoint, secret, [task, deadline]"
    )
    step("check-endpoints", "look whether something answers at each endpoint, before a task is sent")
    run = step("run", "everything in order, until it is done; goes on where it was stopped")
    serve = step("serve", "only take callbacks")
    send = step("send", "only send what is due now")
    check = step("check", "only check what was called back")
    extend = step("extend", "give one student another deadline than the class")
    status = step("status", "show how far the class is, and what to type next")
    export = step("export", "write summary.csv, results.csv and repos.csv")
    report = step("report", "write report.html: the class in one page, from totals down to every check")

    for each in (init, run, send, serve):
        each.add_argument("--public-url", metavar="URL", help="where students' programs reach this evaluator")
    for each in (run, serve):
        each.add_argument("--port", type=int, metavar="N", help="where it listens, behind the proxy with TLS")
    for each in (run, send):
        each.add_argument("--retry-now", action="store_true", help="send at once what was not accepted so far")
    send.add_argument("--rounds", type=int, metavar="N", help="make requests up to this round (those of the settings)")
    check.add_argument("--again", action="store_true", help="check once more what was checked before")
    check.add_argument("--email", default="", help="with --again: only this student")
    check.add_argument("--round", type=int, default=0, metavar="N", help="with --again: only this round")
    extend.add_argument("--email", required=True, help="whose deadline it is")
    extend.add_argument("--until", required=True, metavar="TIME", help="for example 2026-12-01T18:00+01:00")
    status.add_argument("--failed", action="store_true", help="everybody without the full score, and why")
    report.add_argument("--to", type=Path, metavar="FILE", help="where to write it; report.html in the class's folder")
    export.add_argument("--to", type=Path, metavar="FOLDER", help="where to write the files; the folder of the class")


NAME = ("-m", "embedded", "evaluator")
KEPT = ("public_url", "port", "rounds", "to", "email", "until")


def typed(*words: object) -> str:
    """Return a command of the evaluator, ready to be copied."""
    return shlex.join([str(seen_from_here(Path(sys.executable))), *NAME, *map(str, map(seen_from_here, words))])


def seen_from_here(word: object) -> object:
    """Return a path as short as it can be; every other word stays."""
    is_below = isinstance(word, Path) and word.is_relative_to(Path.cwd())
    return word.relative_to(Path.cwd()) if is_below and isinstance(word, Path) else word


def to_go_on(chosen: argparse.Namespace) -> str:
    """Return the command that goes on where this one was stopped.

    What it was to do at once or again is noted in the database by then, so that is not asked for a second time.
    """
    words = [chosen.step, chosen.folder, *([chosen.students] if getattr(chosen, "students", None) else [])]
    names = [name for name in KEPT if getattr(chosen, name, None) not in {None, ""} and chosen.step != "check"]
    return typed(*words, *(word for name in names for word in (f"--{name.replace('_', '-')}", getattr(chosen, name))))
