"""What gunicorn loads: the application, configured from the environment."""

import logging
import os
import sys

from receiver.app import create_app
from receiver.config import read_or_exit, warn_of_short_secret
from receiver.runner_repository import RunnerRepository

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
config = read_or_exit(os.environ)
warn_of_short_secret(config)
app = create_app(
    config, RunnerRepository(config.repository, config.token, config.api_url, timeout_s=config.github_timeout_s)
)
