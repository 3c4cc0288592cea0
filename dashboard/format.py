"""How numbers, states and small charts are written for people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dashboard.stats_document import Day

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


WIDTH, HEIGHT, PADDING = 300.0, 72.0, 4.0


@dataclass(frozen=True)
class Bar:
    """One day as a bar: all builds, and on top of them those that succeeded."""

    x: float
    width: float
    y: float
    height: float
    good_y: float
    good_height: float
    label: str


@dataclass(frozen=True)
class Point:
    """One day that has a value."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Trend:
    """A line. Days without a value are left out, and the line goes on to the next one that has one."""

    points: list[Point]
    highest: float | None
    last: float | None

    @property
    def path(self) -> str:
        """The line in the words of SVG."""
        return "M" + " L".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points) if self.points else ""


def bars(days: list[Day]) -> list[Bar]:
    """Return the builds of each day."""
    highest = max((day.builds for day in days), default=0) or 1
    step = WIDTH / max(len(days), 1)
    width = min(step * 0.8, 24.0)
    room = HEIGHT - 2 * PADDING
    found = []
    for number, day in enumerate(days):
        height, good = room * day.builds / highest, room * day.successes / highest
        label = f"{day.date}: {day.builds} builds, {day.successes} successful"
        x, base = number * step + (step - width) / 2, HEIGHT - PADDING
        found.append(Bar(x, width, base - height, height, base - good, good, label))
    return found


def trend(days: list[Day], value_of: Callable[[Day], float | None], show: Callable[[float | None], str]) -> Trend:
    """Return a line of values, from zero to the highest one."""
    values = [(number, day, value) for number, day in enumerate(days) if (value := value_of(day)) is not None]
    highest = max((value for *_, value in values), default=0.0)
    step = WIDTH / max(len(days), 1)
    room = HEIGHT - 2 * PADDING
    points = [
        Point((number + 0.5) * step, HEIGHT - PADDING - room * value / (highest or 1.0), f"{day.date}: {show(value)}")
        for number, day, value in values
    ]
    return Trend(points, highest if values else None, values[-1][2] if values else None)
