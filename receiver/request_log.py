"""What the receiver writes about its work: ids, statuses and times, never what was sent."""

import contextlib
import logging
import os
import sys
import time
import traceback

from flask import Flask, Response, g, request

IDS = ("build_id", "task_key", "job_id", "message_id", "error")

log = logging.getLogger("receiver")


class WholeLines(logging.Handler):
    """Writes each record at once, without logging's lock: its holder waits for the system, and all others for it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def handle(self, record: logging.LogRecord) -> bool:
        """Write it. A log that cannot be written is no reason to fail a request."""
        with contextlib.suppress(OSError):
            os.write(self.descriptor, f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
        return True


def write_to_stderr() -> None:
    """Let this process write its log there."""
    logging.basicConfig(level=logging.INFO, handlers=[WholeLines(sys.stderr.fileno())])


def log_requests(app: Flask) -> None:
    """Log one line for each request of `app`."""
    app.before_request(start_clock)
    app.after_request(log_request)


def start_clock() -> None:
    """Remember when the request came in."""
    g.started = time.monotonic()


def log_request(response: Response) -> Response:
    """Log the route (not the path, which a caller can fill with anything), the status, the time, the ids and why."""
    known = vars(g)
    route = request.url_rule.rule if request.url_rule else "(no route)"
    milliseconds = round((time.monotonic() - known["started"]) * 1000)
    ids = "".join([f" {name}={known[name]}" for name in IDS if name in known])
    log.info("%s %s %d %d ms%s", request.method, route, response.status_code, milliseconds, ids)
    return response


def log_bug(error: Exception) -> None:
    """Log where a bug is. Not its text: that may quote the request."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("bug: %s at\n%s", type(error).__name__, frames)
