"""What gunicorn loads: the application, configured from the environment."""

import logging
import os
import sys

from receiver.app import create_app
from receiver.config import read_or_exit, warn_of_short_secret
from receiver.connection import Connection
from receiver.jobs import ExecuteWorkflow
from receiver.messages import FeedbackWorkflow
from receiver.projects import PublicProjects
from receiver.runner_repository import RunnerRepository

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
config = read_or_exit(os.environ)
warn_of_short_secret(config)
connection = Connection(config.token, config.api_url, config.github_timeout_s)
app = create_app(
    config,
    RunnerRepository(config.repository, connection),
    ExecuteWorkflow(config.repository, connection),
    PublicProjects(connection),
    FeedbackWorkflow(config.repository, connection),
)
