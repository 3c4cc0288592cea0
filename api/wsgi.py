"""What gunicorn loads: the door and everything else, configured from the environment."""

import os

from api.app import create_app
from api.dashboard_data import DashboardData
from api.jobs import ExecuteWorkflow
from api.messages import FeedbackWorkflow
from api.projects import Projects
from api.starts import Starts
from api.versions import History
from receiver.config import read_or_exit
from receiver.connection import Connection
from receiver.github import RunnerRepository
from receiver.request_log import write_to_stderr

config = read_or_exit(os.environ)
write_to_stderr(config.log_format)
connection = Connection.of(config)
app = create_app(
    config,
    RunnerRepository(config.repository, connection),
    ExecuteWorkflow(config.repository, connection),
    FeedbackWorkflow(config.repository, connection),
    Projects(connection),
    DashboardData(config.repository, connection),
    History(connection),
    Starts(config.repository, connection),
)
