"""Moments as GitHub writes them."""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def timestamp() -> str:
    """Return the present moment, for example "2026-11-20T05:36:22Z"."""
    return datetime.now(UTC).strftime(FORMAT)


def moment(text: str) -> datetime:
    """Return the moment that a timestamp names; a date alone means its first second. Raises ValueError."""
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)
