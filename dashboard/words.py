"""How numbers and states are written for people."""

from datetime import datetime

NOTHING = "–"


def percent(share: float | None) -> str:
    """Write a share from 0 to 1."""
    return NOTHING if share is None else f"{share:.1%}".replace(".0%", "%")


def duration(seconds: float | None) -> str:
    """Write seconds, or minutes and seconds when there are many."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def money(dollars: float | None) -> str:
    """Write US dollars; small amounts keep their digits."""
    if dollars is None:
        return NOTHING
    return f"${dollars:,.2f}" if dollars >= 1 or not dollars else f"${dollars:.4f}"


def number(count: int) -> str:
    """Write a count with its thousands apart."""
    return f"{count:,}"


def moment(at: datetime) -> str:
    """Write a time of day for everybody; scripts write it again in the reader's own words."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def machine_time(at: datetime) -> str:
    """Write a time for programs."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
