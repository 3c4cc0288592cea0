"""Ids of jobs and messages: random, and with the time of the request in front: so the run is found without memory."""

import re
import secrets
import time
from datetime import UTC, datetime, timedelta

from receiver.task.execution import JOB_ID

DIGITS_OF_TIME = 8  # hexadecimal, in seconds; enough until the year 2106
FIRST = datetime(2026, 1, 1, tzinfo=UTC)  # there was no job before
CLOCKS_DIFFER = timedelta(minutes=5)  # another receiver may have accepted it
LISTED_WITHIN = timedelta(minutes=2)  # from a dispatch to its run in the list


def new_id(now: float | None = None) -> str:
    """Return the id of what is accepted now (seconds since 1970)."""
    seconds = int(time.time() if now is None else now)
    return f"{seconds:0{DIGITS_OF_TIME}x}{secrets.token_hex(6)}"


def is_id(text: str) -> bool:
    """Whether it has the form of an id; those of builds have it, too."""
    return re.fullmatch(JOB_ID, text) is not None


def accepted_at(some_id: str, now: datetime | None = None) -> datetime | None:
    """Return when it was accepted; None for an id that does not tell, and for what cannot be one."""
    if not is_id(some_id):
        return None
    moment = datetime.fromtimestamp(int(some_id[:DIGITS_OF_TIME], 16), UTC)
    return moment if FIRST <= moment <= (now or datetime.now(UTC)) + CLOCKS_DIFFER else None


def is_new(some_id: str) -> bool:
    """Whether it was accepted so shortly ago that GitHub may not list its run yet."""
    moment = accepted_at(some_id)
    return moment is not None and datetime.now(UTC) - moment < LISTED_WITHIN


def created_about(moment: datetime) -> str:
    """Return GitHub's filter for the runs of what was accepted at about this time."""
    first, last = (
        (moment + delta).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for delta in (-LISTED_WITHIN, LISTED_WITHIN)
    )
    return f"{first}..{last}"
