"""Adds tasks up, one at a time, so that a ledger of any size fits."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from dashboard.ledger import Problems
from dashboard.settings import Config
from dashboard.stats_document import Day, Problem, Running, Stats
from dashboard.task_document import Build, TaskDocument

MOST_DAYS = 90


@dataclass
class Mean:
    """Numbers of which the mean is wanted."""

    total: float = 0.0
    count: int = 0

    def add(self, number: float | None) -> None:
        """Take a number into account, if there is one."""
        if number is not None:
            self.total += number
            self.count += 1

    def merge(self, later: "Mean") -> None:
        """Take other numbers into account."""
        self.total += later.total
        self.count += later.count

    def value(self, digits: int) -> float | None:
        """Return the mean, None without numbers."""
        return round(self.total / self.count, digits) if self.count else None


@dataclass
class Tally:
    """The sums over some builds."""

    builds: int = 0
    successes: int = 0
    pass_rate: Mean = field(default_factory=Mean)
    seconds: Mean = field(default_factory=Mean)
    cost: float = 0.0
    priced: int = 0

    def add(self, build: Build) -> None:
        """Count a build."""
        self.builds += 1
        self.successes += build.is_success
        self.pass_rate.add(build.pass_rate)
        self.seconds.add(build.seconds_to_callback)
        if build.cost is not None:
            self.cost += build.cost
            self.priced += 1

    def merge(self, later: "Tally") -> None:
        """Count other builds."""
        self.builds += later.builds
        self.successes += later.successes
        self.pass_rate.merge(later.pass_rate)
        self.seconds.merge(later.seconds)
        self.cost += later.cost
        self.priced += later.priced

    def day(self, day: date) -> Day:
        """Return the sums as those of one day."""
        return Day(
            date=day,
            builds=self.builds,
            successes=self.successes,
            mean_pass_rate=self.pass_rate.value(4),
            mean_seconds_to_callback=self.seconds.value(1),
            cost=round(self.cost, 6),
        )


@dataclass
class Totals:
    """All tasks so far."""

    tasks: int = 0
    updated_at: datetime | None = None
    statuses: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    days: dict[date, Tally] = field(default_factory=partial(defaultdict, Tally))
    seconds: list[float] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    newest_token: tuple[datetime, datetime | None] = (datetime.min.replace(tzinfo=UTC), None)  # used; expires

    def add(self, task: TaskDocument) -> None:
        """Count a task and its builds."""
        self.tasks += 1
        self.statuses[task.status] += 1
        self.states[task.state] += 1
        self.updated_at = max(self.updated_at or task.updated_at, task.updated_at)
        for build in task.builds:
            self.tally.add(build)
            self.days[build.received_at.date()].add(build)
            self.input_tokens += build.input_tokens
            self.output_tokens += build.output_tokens
            if build.seconds_to_callback is not None:
                self.seconds.append(build.seconds_to_callback)
            used = [(each.received_at, each.token_expires_at) for each in build.records if each.publication]
            self.newest_token = max([self.newest_token, *used[-1:]], key=lambda token: token[0])

    def merge(self, later: "Totals") -> None:
        """Count other tasks."""
        self.tasks += later.tasks
        self.statuses.update(later.statuses)
        self.states.update(later.states)
        self.tally.merge(later.tally)
        for day, tally in later.days.items():
            self.days[day].merge(tally)
        self.seconds += later.seconds
        self.input_tokens += later.input_tokens
        self.output_tokens += later.output_tokens
        self.newest_token = max(self.newest_token, later.newest_token, key=lambda token: token[0])
        self.updated_at = max(filter(None, (self.updated_at, later.updated_at)), default=None)

    def stats(self, config: Config, problems: Problems, digest: str) -> Stats:
        """Return the sums as they are published."""
        tally = self.tally
        return Stats(
            digest=digest,
            updated_at=self.updated_at,
            tasks=self.tasks,
            tasks_by_status=dict(sorted(self.statuses.items())),
            tasks_by_state=dict(sorted(self.states.items())),
            builds=tally.builds,
            successes=tally.successes,
            success_rate=round(tally.successes / tally.builds, 4) if tally.builds else None,
            mean_pass_rate=tally.pass_rate.value(4),
            delivered=len(self.seconds),
            mean_seconds_to_callback=tally.seconds.value(1),
            p95_seconds_to_callback=percentile(self.seconds, 95),
            cost=round(tally.cost, 6) if tally.priced else None,
            unpriced_builds=tally.builds - tally.priced,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            running_now=len(config.running),
            running=[Running.model_validate(each.model_dump()) for each in config.running],
            days=newest_days(self.days),
            token_expires_at=self.newest_token[1],
            problem_count=problems.count,
            problems=[Problem(path=path, reason=reason) for path, reason in problems.named],
        )


def percentile(numbers: list[float], percent: int) -> float | None:
    """Return the smallest number that is not exceeded by `percent` of 100; None without numbers."""
    if not numbers:
        return None
    return round(sorted(numbers)[math.ceil(len(numbers) * percent / 100) - 1], 1)


def newest_days(days: dict[date, Tally]) -> list[Day]:
    """Return every day up to the newest one, also those on which nothing happened."""
    if not days:
        return []
    last = max(days)
    first = max(min(days), last - timedelta(days=MOST_DAYS - 1))
    wanted = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [days.get(day, Tally()).day(day) for day in wanted]
