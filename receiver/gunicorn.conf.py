"""How the receiver is served: one process, many threads, nothing lost when it is told to stop."""

import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from receiver.config import environment_or_exit, read_or_exit
from receiver.patient_worker import PatientWorker
from receiver.request_log import JsonLines

os.environ.update(environment_or_exit(os.environ))  # what loads the application reads it from there
receiver_config = read_or_exit(os.environ)


class JsonLogger(Logger):
    """Lets gunicorn say in JSON, too, that it starts and stops."""

    def setup(self, cfg: Any) -> None:
        """Prepare its log."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


bind = f"{receiver_config.host}:{receiver_config.port}"
chdir = str(Path(__file__).resolve().parent.parent)
PatientWorker.largest_body = receiver_config.max_request_bytes
worker_class = "receiver.patient_worker.PatientWorker"  # no sender holds a thread
worker_connections = 500  # sockets; a process may often have no more than 1,024 open files
threads = 16  # a request mostly waits for GitHub; more processes: WEB_CONCURRENCY
preload_app = True  # the keys are derived once, before the workers are forked
timeout = receiver_config.finish_within_s  # a worker that says nothing for so long is replaced
graceful_timeout = receiver_config.finish_within_s  # on SIGTERM, requests in flight are finished
keepalive = 5
control_socket_disable = True  # nothing to steer from outside, and no file in anyone's home
if receiver_config.log_format == "json":
    logger_class = JsonLogger
accesslog = None  # the receiver logs each request itself, without what callers put in an address
