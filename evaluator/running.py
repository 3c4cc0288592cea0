"""The work on a class, turn by turn: everything is read from the database, so it can stop and go on at any point."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from evaluator.check_processes import CheckBroke, CheckProcesses
from evaluator.course import Classroom
from evaluator.gradebook import BROKEN
from evaluator.marks import unclear
from evaluator.queue import Workers

SECONDS_BETWEEN_TURNS = 0.5


class Shows(Protocol):
    """Shows how far the work is."""

    def show(self, sending: int, checking: int) -> None: ...

    def stopping(self, under_way: int) -> None: ...


@dataclass(frozen=True)
class Steps:
    """Which parts of the work are wanted. `rounds`: up to which round requests are made; 0 makes none."""

    rounds: int = 0
    sends: bool = False
    checks: bool = False
    waits: bool = False


def work(classroom: Classroom, steps: Steps, shows: Shows, sleep: Callable[[float], None] = time.sleep) -> None:
    """Work until nothing is left to do: now or, where the steps say so, ever. Raises CannotCheck."""
    with ExitStack() as running:
        sending = checking = checks = None
        if steps.sends:
            at_once = classroom.settings.requests_at_once
            sending = running.enter_context(Workers(at_once, classroom.sender().send, "send"))
        if steps.checks:
            checks = running.enter_context(classroom.open_checks())
            check = partial(check_one, classroom, checks)
            checking = running.enter_context(Workers(classroom.settings.checks_at_once, check, "check"))
        try:
            while not turn(classroom, steps, sending, checking):
                shows.show(sending.busy if sending else 0, checking.busy if checking else 0)
                sleep(SECONDS_BETWEEN_TURNS)
        except BaseException:
            if checks:
                checks.stop()
            shows.stopping(sending.busy if sending else 0)
            raise
        shows.show(0, 0)


def turn(classroom: Classroom, steps: Steps, sending: Workers | None, checking: Workers | None) -> bool:
    """Begin what is due and take in what is finished; return whether everything is done."""
    asked = 0
    if steps.rounds:
        at_once = classroom.settings.round_2_at_once
        asked = classroom.roster.ask_next(classroom.book, rounds=steps.rounds, at_once=at_once)
    if steps.waits:
        classroom.gradebook.give_up()
    if sending:
        raise_what_broke(sending)
        sending.offer(classroom.outbox.due())
    if checking:
        raise_what_broke(checking)
        checking.offer(classroom.gradebook.due())
    return not asked and is_over(classroom, steps, sending, checking)


def is_over(classroom: Classroom, steps: Steps, sending: Workers | None, checking: Workers | None) -> bool:
    """Whether nothing is under way, and nothing of what is wanted can still come."""
    if (sending and sending.busy) or (checking and checking.busy):
        return False
    if steps.waits:
        return classroom.gradebook.unfinished() == 0
    return not (steps.checks and classroom.gradebook.unchecked())


def raise_what_broke(workers: Workers) -> None:
    """Raise what concerns all students. That an endpoint does not answer, or one submission breaks, is none of it."""
    for _, error in workers.take_finished():
        if error:
            raise error


def check_one(classroom: Classroom, checks: CheckProcesses, request: int) -> None:
    """Check a submission; one that cannot be checked gets a mark that says so, and the others are checked."""
    callback = classroom.gradebook.read(request).callback
    try:
        checks.check(request)
    except CheckBroke as error:
        classroom.gradebook.save(request, callback, [unclear("protocol", BROKEN, f"{error}. Check it again")])
