"""Deadlines: how people write a moment, and how it is shown to them."""

import math
from datetime import date, datetime, time

NEVER = math.inf
FORM = "a date and time such as 2026-12-01T18:00+01:00"
END_OF_DAY = time(23, 59, 59)


def moment_of(value: object) -> float:
    """Return seconds since the epoch, NEVER for "". Without a zone it is this machine's local time; a date alone means
    the end of that day. Raises ValueError.
    """
    if value == "":
        return NEVER
    try:
        written = value if isinstance(value, date) else datetime.fromisoformat(str(value))
        has_time = isinstance(value, datetime) or (isinstance(value, str) and len(value.strip()) > len("2026-12-01"))
        moment = written if isinstance(written, datetime) and has_time else datetime.combine(written, END_OF_DAY)
        return moment.timestamp()  # a moment without a zone is taken for local time
    except (ValueError, OverflowError):
        raise ValueError(f"is not {FORM}") from None


def shown_moment(seconds: float) -> str:
    """Return a moment in this machine's local time, with its difference to UTC, to the minute."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="minutes")
