"""Moments as GitHub writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def timestamp(*, days: float = 0) -> str:
    """Return the present moment, for example "2026-11-20T05:36:22Z"; that in so many days."""
    return (datetime.now(UTC) + timedelta(days)).strftime(FORMAT)


def moment(text: str) -> datetime:
    """Return the moment that a timestamp names; a date alone means its first second. Raises ValueError."""
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def has_expired(document: Mapping[str, Any]) -> bool:
    """Whether the time of a token or an artifact is over."""
    expires_at = document.get("expires_at")
    return bool(expires_at) and moment(str(expires_at)) <= datetime.now(UTC)
