"""The work on a class, turn by turn: everything is read from the database, so it can stop and go on at any point."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from action.errors import UserError
from embedded.evaluator.classroom import Classroom
from embedded.evaluator.marks import unclear
from embedded.evaluator.workers import Workers

SECONDS_BETWEEN_TURNS = 0.5
BROKEN = "This submission can be checked"
log = logging.getLogger("embedded.evaluator")


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
    """Work until nothing is left to do: now or, where the steps say so, ever. Raises UserError."""
    with ExitStack() as running:
        sending = checking = None
        if steps.sends:
            at_once = classroom.settings.requests_at_once
            sending = running.enter_context(Workers(at_once, classroom.sender().send, "send"))
        if steps.checks:
            check = classroom.checker().check
            checking = running.enter_context(Workers(classroom.settings.checks_at_once, check, "check"))
        try:
            while not turn(classroom, steps, sending, checking):
                shows.show(sending.busy if sending else 0, checking.busy if checking else 0)
                sleep(SECONDS_BETWEEN_TURNS)
        except BaseException:
            shows.stopping(sum(workers.busy for workers in (sending, checking) if workers))
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
        take_sent(sending)
        sending.offer(classroom.outbox.due())
    if checking:
        take_checked(classroom, checking)
        checking.offer(classroom.gradebook.due())
    return not asked and is_over(classroom, steps, sending, checking)


def is_over(classroom: Classroom, steps: Steps, sending: Workers | None, checking: Workers | None) -> bool:
    """Whether nothing is under way, and nothing of what is wanted can still come."""
    if (sending and sending.busy) or (checking and checking.busy):
        return False
    if steps.waits:
        return classroom.gradebook.unfinished() == 0
    return not (steps.checks and classroom.gradebook.unchecked())


def take_sent(sending: Workers) -> None:
    """Raise what went wrong while sending; that an endpoint does not answer is not among it."""
    for _, error in sending.take_finished():
        if error:
            raise error


def take_checked(classroom: Classroom, checking: Workers) -> None:
    """Let no submission keep the others from being checked. A missing browser concerns all of them, so it is raised."""
    for request, error in checking.take_finished():
        if isinstance(error, UserError):
            raise error
        if error:
            log.error("The check of request %d broke.", request, exc_info=error)
            reason = f"the check itself broke ({type(error).__name__}); evaluator.log has more. Check it again"
            callback = classroom.gradebook.read(request).callback
            classroom.gradebook.save(request, callback, [unclear("protocol", BROKEN, reason)])
