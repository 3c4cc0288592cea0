"""`python -m doctor`: look at an owner's set-up. `python -m doctor setup`: make what GitHub's API can make of it."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from getpass import getpass

import requests
from requests.adapters import BaseAdapter

from action.errors import UserError
from doctor.checks import CHECKS
from doctor.context import Context
from doctor.findings import examine
from doctor.report import FAULTS, TROUBLE, WELL, as_json, exit_code, lines
from doctor.settings import OwnSettings
from doctor.setup import Setup
from receiver.connection import without_credentials


def main(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    ask: Callable[[str], str],
    say: Callable[[str], None],
    web: BaseAdapter | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Do what the arguments say; return 0 when all is well, 1 for a fault, 2 when nothing could be done.

    `web` takes the place of the network in tests.
    """
    parser = argparse.ArgumentParser(prog="python -m doctor", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("look", "setup"), default="look")
    parser.add_argument("--json", action="store_true", help="tell what was found as JSON, for programs")
    chosen = parser.parse_args(arguments)
    with requests.Session() as session:
        session.auth = without_credentials  # those of a .netrc file would replace a token
        if web:
            session.mount("http://", web)
        try:
            context = Context(OwnSettings.from_environ(environ), session, lambda: datetime.now(UTC), sleep)
            if chosen.command == "setup":
                return set_up(Setup(context, environ, ask), say)
            return look(context, say, is_json=chosen.json)
        except UserError as error:
            told = {"what": error.what, "cause": error.cause, "next_step": error.next_step}
            say(json.dumps({"exit_code": TROUBLE, "error": told}, indent=2) if chosen.json else in_words(error))
            return TROUBLE


def in_words(error: UserError) -> str:
    """Return an error in its three parts, a line for each."""
    return f"{error.what}\nLikely cause: {error.cause}\nNext step: {error.next_step}"


def look(context: Context, say: Callable[[str], None], *, is_json: bool) -> int:
    """Make all checks, and tell."""
    results, repository = list(examine(context, CHECKS)), context.settings.repository
    if is_json:
        say(as_json(repository, results))
    else:
        say("\n".join(lines(repository, results)))
    return exit_code(results)


def set_up(setup: Setup, say: Callable[[str], None]) -> int:
    """Make all that can be made, and tell each thing when it is done."""
    is_refused = False
    for line in setup.run():
        say(line)
        is_refused |= line.startswith("✗")
    return FAULTS if is_refused else WELL


def typed(name: str) -> str:
    """Let somebody type a secret, where there is somebody."""
    return getpass(f"{name} (Enter: leave it as it is): ") if sys.stdin.isatty() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ), typed, print))
