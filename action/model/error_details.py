"""Reads the error object of the Gemini API: status, quota, how long to wait, and whether the key is the problem."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from google.genai import errors

from action.model.retries import Event, Kind


def event_of(error: errors.APIError) -> Event:
    """Return the event that an error of the SDK stands for."""
    details = details_of(error.details)
    reasons = [str(detail.get("reason", "")) for detail in details]
    quotas = [str(violation) for detail in details for violation in as_list(detail.get("violations"))]
    message = str(error.message or "")
    return Event(
        Kind.STATUS,
        status=int(error.code or 0),
        reason=str(error.status or ""),
        wait=wait_of(details, getattr(error.response, "headers", None) or {}),
        is_daily_quota=error.code == 429 and any("perday" in quota.lower().replace("_", "") for quota in quotas),
        is_key_invalid="API_KEY_INVALID" in reasons or "API_KEY_INVALID" in message,
        detail=re.sub(r"projects?[/ ]\S+", "project ...", " ".join(message.split()))[:300],
    )


def details_of(body: Any) -> list[dict[str, Any]]:
    """Return the entries of error.details, wherever a gateway put them."""
    if isinstance(body, list):
        body = body[0] if body else {}
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return [
        entry for entry in as_list(inner.get("details") if isinstance(inner, dict) else None) if isinstance(entry, dict)
    ]


def as_list(value: Any) -> list[Any]:
    """Return a list, also for what is none."""
    return value if isinstance(value, list) else []


def wait_of(details: list[dict[str, Any]], headers: Any) -> float | None:
    """Return the seconds to wait: RetryInfo, else Retry-After (in seconds or as a date), else None."""
    for detail in details:
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay", ""))):
            return float(match[1])
    after = str(headers.get("retry-after", "")).strip()
    if re.fullmatch(r"\d+(\.\d+)?", after):
        return float(after)
    try:
        return max(0.0, (parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds()) if after else None
    except (ValueError, TypeError):
        return None
