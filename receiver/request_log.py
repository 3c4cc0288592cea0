"""What the receiver writes about its work: ids, statuses and times, never what was sent."""

import json
import logging
import sys
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Flask, Response, g, request

IDS = ("key", "build_id", "task_key", "job_id", "message_id", "error")

log = logging.getLogger("receiver")


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, message, and what a request's line says in fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "message": record.getMessage()}
        line |= {"trace": self.formatException(record.exc_info)} if record.exc_info else {}
        return json.dumps({**line, **getattr(record, "fields", {})})


def write_to_stderr(log_format: str) -> None:
    """Let this process write its log there, as text or as JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    if log_format == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonLines())


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
    ids = {name: known[name] for name in IDS if name in known}
    log_answer(request.method, route, response.status_code, known["started"], ids)
    return response


def log_answer(method: str, route: str, status: int, began: float, ids: Mapping[str, str]) -> None:
    """Log one line."""
    took, rest = round((time.monotonic() - began) * 1000), "".join([f" {name}={ids[name]}" for name in ids])
    fields = {"method": method, "route": route, "status": status, "ms": took, **ids}
    log.info("%s %s %d %d ms%s", method, route, status, took, rest, extra={"fields": fields})


def log_bug(error: Exception) -> None:
    """Log where a bug is. Not its text: that may quote the request."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("bug: %s at\n%s", type(error).__name__, frames)
