"""What the routes of a running receiver work with."""

from dataclasses import dataclass

from flask import current_app

from receiver.config import Config
from receiver.jobs import Jobs
from receiver.messages import Messages
from receiver.project_replies import JobRun
from receiver.projects import Projects
from receiver.recent import Recent
from receiver.recent_builds import RecentBuilds
from receiver.runner_repository import Runner
from receiver.task import Keys
from receiver.waiting import WaitingRoom


@dataclass(frozen=True)
class Receiver:
    """Made once by create_app; nothing in it changes but the cached run lists and who waits."""

    config: Config
    runner: Runner
    keys: Keys
    recent_builds: RecentBuilds
    jobs: Jobs
    recent_jobs: Recent[JobRun]
    projects: Projects
    messages: Messages
    waiting: WaitingRoom


def this_receiver() -> Receiver:
    """Return the parts of the application that handles the current request."""
    receiver: Receiver = current_app.extensions["pagewright"]
    return receiver
