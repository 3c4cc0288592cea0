"""What a person types to go on: the same Python, as it is called from the folder they are in."""

import argparse
import shlex
import sys
from pathlib import Path

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
