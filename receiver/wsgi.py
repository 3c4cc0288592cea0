"""What gunicorn loads: the door alone, configured from the environment."""

import os

from receiver.app import create_app
from receiver.config import read_or_exit
from receiver.connection import Connection
from receiver.github import RunnerRepository
from receiver.request_log import write_to_stderr

config = read_or_exit(os.environ)
write_to_stderr(config.log_format)
app = create_app(config, RunnerRepository(config.repository, Connection.of(config)))
