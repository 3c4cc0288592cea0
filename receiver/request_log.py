"""What the receiver writes about its work: ids, statuses and times, never what was sent."""

import logging
import sys
import time
import traceback

from flask import Flask, Response, g, request

IDS = ("key", "build_id", "task_key", "job_id", "message_id", "error")

log = logging.getLogger("receiver")


def write_to_stderr() -> None:
    """Let this process write its log there."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)


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
    ids = "".join([f" {name}={known[name]}" for name in IDS if name in known])
    log_answer(request.method, route, response.status_code, known["started"], ids)
    return response


def log_answer(method: str, route: str, status: int, began: float, ids: str) -> None:
    """Log one line."""
    log.info("%s %s %d %d ms%s", method, route, status, round((time.monotonic() - began) * 1000), ids)


def log_bug(error: Exception) -> None:
    """Log where a bug is. Not its text: that may quote the request."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("bug: %s at\n%s", type(error).__name__, frames)
