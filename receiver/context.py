"""What the routes of a running receiver work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app

from receiver.cache import Accepted, RecentBuilds
from receiver.config import Config
from receiver.gate import Gate
from receiver.github import RunnerRepository
from receiver.models import Build, BuildOutcome
from receiver.schedules import Schedules
from receiver.task import Keys


@dataclass(frozen=True)
class Receiver:
    """Made once by create_app; nothing in it changes but what is remembered of the runs and of who asked."""

    config: Config
    runner: RunnerRepository
    keys: Keys
    recent_builds: RecentBuilds
    schedules: Schedules
    gate: Gate
    outcome_of: Callable[[Build], BuildOutcome | None]
    accepted: Accepted = field(default_factory=Accepted)


def this_receiver() -> Receiver:
    """Return the parts of the application that handles the current request."""
    receiver: Receiver = current_app.extensions["receiver"]
    return receiver
