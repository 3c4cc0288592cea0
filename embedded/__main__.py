"""python -m embedded up | demo: GitHub, a model and an evaluation server on this machine, and Pagewright among them.

python -m embedded evaluator run DIR: the evaluation server for a class.
"""

import argparse
import errno
import json
import logging
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from rich.console import Console

from embedded.demo.news import News
from embedded.demo.overview import overview, write_try_file
from embedded.demo.play import DemoFailed, play_demo
from embedded.demo.prepared import PreparedAnswers
from embedded.demo.staying import Stay, way_to_stay
from embedded.faults.plan import CannotPlan, FaultPlan
from embedded.model.local_model import ModelDidNotLoad
from embedded.model.stand_in import StandIn
from embedded.system.addresses import PortIsTaken
from embedded.system.data_directory import DataDirectoryIsInUse, DataDirectoryIsUnusable
from embedded.system.receiver_process import ReceiverDidNotStart
from embedded.system.system import CHECKOUT, GitIsMissing, System
from embedded.system.working_tree import CannotPushTheWorkingTree
from evaluator.arguments import add_evaluator, to_go_on

CANNOT_START = (
    PortIsTaken,
    DataDirectoryIsInUse,
    DataDirectoryIsUnusable,
    ModelDidNotLoad,
    ReceiverDidNotStart,
    CannotPushTheWorkingTree,
    GitIsMissing,
    CannotPlan,
)
OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.EADDRINUSE)
WATCH_EVERY_S = 0.5


class Stopped(BaseException):
    """SIGTERM or SIGINT arrived. Not an Exception, so that nothing takes it for a failure."""


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    chosen = parse(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        return COMMANDS[chosen.command](chosen, environ)
    except CANNOT_START as error:
        print(f"The embedded system did not start. {error}", file=sys.stderr)
        return 1
    except (OSError, sqlite3.OperationalError) as error:
        if isinstance(error, OSError) and error.errno not in OF_THE_MACHINE:
            raise
        print(explained(error), file=sys.stderr)
        return 1
    except Stopped:
        is_class = chosen.command == "evaluator"
        print(f"Stopped. To go on, type: {to_go_on(chosen)}" if is_class else "Stopped.", file=sys.stderr)
        is_usual = chosen.command == "up" or getattr(chosen, "step", "") == "serve"  # nothing else ends these two
        return 0 if is_usual else 130


def explained(error: OSError | sqlite3.OperationalError) -> str:
    """Return the three parts of what the machine refused, such as a write to a full disk."""
    return (
        f"It had to end: {error}. Likely cause: the disk is full, the file belongs to somebody else, or too much runs "
        "at once. Next step: make room, or say another folder with --data, then start again."
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    stays = commands.add_parser("up", help="keep the system up; prints one JSON line when it is usable")
    stays.add_argument("--human", action="store_true", help="print an overview for people instead of the JSON line")
    shows = commands.add_parser("demo", help="a sample task in two rounds, followed live")
    shows.add_argument("--keep", action="store_true", help="stay up afterwards, so that the links work")
    for command in (stays, shows):
        command.add_argument("--port", type=int, metavar="N", help="the receiver's port; the others come after it")
        command.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
        command.add_argument("--faults", type=Path, metavar="FILE", help="what goes wrong on purpose: docs/faults.md")
        command.add_argument("--model", type=Path, metavar="FILE", help="a GGUF model that writes the pages")
    add_evaluator(commands)
    return parser.parse_args(arguments)


def stop(_number: int, _frame: FrameType | None) -> None:
    """End in order; a second signal does not disturb that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def up(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Start, say so, and stay until a signal comes."""
    show_warnings()
    data = chosen.data or CHECKOUT / ".data"
    faults = planned(chosen)
    with System(
        data, environ, first_port=chosen.port, model_file=chosen.model, dashboard=True, faults=faults
    ) as system:
        write_try_file(system)
        print(overview(system) if chosen.human else json.dumps(system.ready_line()), flush=True)
        stay(system, is_told=chosen.human)
    return 0


def planned(chosen: argparse.Namespace) -> FaultPlan:
    """Return the fault plan of the command line. Raises CannotPlan."""
    return FaultPlan.from_file(chosen.faults) if chosen.faults else FaultPlan()


def show_warnings() -> None:
    """Show what goes wrong on stderr too; all of it is in the log under the data directory."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    logging.getLogger("embedded").addHandler(handler)


def stay(system: System, *, is_told: bool) -> None:
    """Wait for a signal; start the receiver again should it die, and tell people what happens."""
    news, never = News(system), threading.Event()
    while not never.wait(WATCH_EVERY_S):
        system.revive_receiver()
        for line in news.lines():
            if is_told:
                print(line, flush=True)


def demo(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Play the demo; keep its data only where that was asked for, or where somebody must look into it."""
    console, data = Console(), chosen.data or Path(tempfile.mkdtemp(prefix="pagewright-demo-"))
    worth_keeping = chosen.data is not None
    try:
        # The dashboard comes after the story: to render it at the same time doubles what there is to run.
        with System(
            data,
            environ,
            first_port=chosen.port,
            model_file=chosen.model,
            stand_in=PreparedAnswers(StandIn()),
            faults=planned(chosen),
        ) as system:
            play_demo(system, console)
            if way := way_to_stay(chosen.keep, environ, sys.stdin, console):
                until_stopped(lambda: way(Stay(system, console)), console)
        console.print(
            "The links above ended with the demo. `make up` keeps everything running, for tasks of your own.",
            highlight=False,
        )
    except DemoFailed as error:
        worth_keeping = True
        console.print(f"The demo failed. {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    except BaseException as error:
        worth_keeping = worth_keeping or not isinstance(error, Stopped)
        raise
    finally:
        if not worth_keeping:
            shutil.rmtree(data, ignore_errors=True)
    return 0


def until_stopped(look_around: Callable[[], None], console: Console) -> None:
    """Let people look around; Ctrl-C is one way to end that, and no failure."""
    try:
        look_around()
    except Stopped:
        console.print("Stopped.")


def evaluator(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run a step of the evaluator."""
    from evaluator.commands import run_step

    return run_step(chosen, environ)


COMMANDS = {"up": up, "demo": demo, "evaluator": evaluator}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
