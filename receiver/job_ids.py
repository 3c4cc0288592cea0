"""Ids of jobs: random, and with the time of the request in front, so that a receiver without memory finds the run."""

import re
import secrets
import time
from datetime import UTC, datetime, timedelta

from receiver.task.execution import JOB_ID

DIGITS_OF_TIME = 8  # hexadecimal, in seconds; enough until the year 2106
FIRST = datetime(2026, 1, 1, tzinfo=UTC)  # there was no job before
CLOCKS_DIFFER = timedelta(minutes=5)  # another receiver may have accepted it


def new_job_id(now: float | None = None) -> str:
    """Return the id of a job that is accepted now (seconds since 1970)."""
    seconds = int(time.time() if now is None else now)
    return f"{seconds:0{DIGITS_OF_TIME}x}{secrets.token_hex(6)}"


def is_job_id(text: str) -> bool:
    """Whether it has the form of an id; those of builds have it, too."""
    return re.fullmatch(JOB_ID, text) is not None


def accepted_at(job_id: str, now: datetime | None = None) -> datetime | None:
    """Return when a job was accepted; None for what cannot be the id of a job."""
    if not is_job_id(job_id):
        return None
    moment = datetime.fromtimestamp(int(job_id[:DIGITS_OF_TIME], 16), UTC)
    return moment if FIRST <= moment <= (now or datetime.now(UTC)) + CLOCKS_DIFFER else None
