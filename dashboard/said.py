"""What others left about a task: results with their averages, commands, and the logs that can be downloaded."""

from collections.abc import Sequence
from statistics import fmean

from action.ledger.models import Command, Message
from dashboard.task_document import Averages, CodeVersion, CommandRun, LogEntry, Result

NAMES = tuple(Averages.model_fields)
LARGEST = 1e300  # the sum of larger ones would be no number


def results_of(messages: Sequence[Message], versions: Sequence[CodeVersion]) -> list[Result]:
    """Return the results, oldest first. Each is about the version that was the newest when it was sent."""
    found = []
    for message in in_order(messages):
        if message.kind == "result":
            before = [version for version in versions if version.committed_at <= message.at]
            newest = before[-1] if before else None
            found.append(
                Result(
                    id=message.id,
                    at=message.at,
                    role=message.role,
                    metrics=message.metrics,
                    sha=newest.sha if newest else "",
                    build_id=newest.build_id if newest else "",
                )
            )
    return found


def averages_of(results: Sequence[Result]) -> Averages:
    """Return the mean of what results say under the names that everybody uses."""
    said = {name: [number for result in results if (number := result.metrics.get(name)) is not None] for name in NAMES}
    usable = {name: [number for number in numbers if abs(number) < LARGEST] for name, numbers in said.items()}
    return Averages(**{name: fmean(numbers) for name, numbers in usable.items() if numbers})


def runs_of(commands: Sequence[Command]) -> list[CommandRun]:
    """Return the commands, oldest first."""
    fields = set(CommandRun.model_fields) & set(Command.model_fields)
    ordered = sorted(commands, key=lambda command: (command.at, command.job_id))
    return [CommandRun(**command.model_dump(include=fields), run_url=command.run.url) for command in ordered]


def logs_of(messages: Sequence[Message], runs: Sequence[CommandRun]) -> list[LogEntry]:
    """Return everything that can be downloaded, oldest first."""
    found = [
        LogEntry(**message.log.model_dump(), at=message.at, of=message.id)
        for message in in_order(messages)
        if message.log
    ]
    for run in runs:
        for name, text in (("stdout.txt", run.stdout), ("stderr.txt", run.stderr)):
            if text:
                found.append(LogEntry(**text.model_dump(), name=name, at=run.at, of=run.job_id))
    return sorted(found, key=lambda log: (log.at, log.of, log.name))


def in_order(messages: Sequence[Message]) -> list[Message]:
    """Return messages, oldest first."""
    return sorted(messages, key=lambda message: (message.at, message.id))
