"""What these routes work with."""

from dataclasses import dataclass

from flask import current_app

from api.dashboard_data import DashboardData
from api.jobs import ExecuteWorkflow
from api.message_replies import MessageRun
from api.messages import FeedbackWorkflow
from api.project_replies import JobRun
from api.projects import Projects
from api.starts import Starts
from api.versions import History
from api.waiting import WaitingRoom
from receiver.cache import Recent
from receiver.context import Receiver


@dataclass(frozen=True)
class Api:
    """Made once by create_app; nothing in it changes but what is cached and who waits."""

    door: Receiver
    jobs: ExecuteWorkflow
    recent_jobs: Recent[JobRun]
    messages: FeedbackWorkflow
    recent_messages: Recent[MessageRun]
    projects: Projects
    data: DashboardData
    history: History
    starts: Starts
    waiting: WaitingRoom


def this_api() -> Api:
    """Return the parts of the application that handles the current request."""
    api: Api = current_app.extensions["api"]
    return api
