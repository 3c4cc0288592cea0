"""What the steps of one job share: the request, the record between them, outputs and the summary."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from action.console import Console, Group
from action.deadline import SECONDS_OVER, Deadline, at_most
from action.errors import UnreadableRequest, UserError
from action.job import summary
from action.job.request import brief_of, checks_of, hide, open_request, read_payload, read_task_file, subject_of
from action.job.settings import Runner
from action.record import BuildRecord
from receiver.task import BuildRequest


@dataclass(frozen=True)
class StoredEnvelopes:
    """Reads envelopes from the runner repository. Few builds need it, and none waits for its imports without need."""

    runner: Runner
    token: str = field(repr=False)

    def read(self, blob: str) -> bytes:
        """Return the bytes of a git blob. Raises UnreadableRequest."""
        import requests

        from action.github.api import RunnerApi

        with requests.Session() as session:
            where = RunnerApi(session, api_url=self.runner.api_url, repository=self.runner.repository, token=self.token)
            return where.blob(blob)


@dataclass(frozen=True)
class Job:
    """One step's view of its job."""

    runner: Runner
    console: Console

    def request(self, secret: str, github_token: str) -> BuildRequest:
        """Return the request of this build; from then on its private values are masked. Raises UnreadableRequest."""
        runner = self.runner
        self.console.mask(secret)
        if runner.task_file:
            path, since = Path(runner.task_file), self.earlier_receipt()
            request = read_task_file(path, secret=secret, repository=runner.repository, received_at=since)
        else:
            request = open_request(read_payload(self.event()), secret, StoredEnvelopes(runner, github_token))
        hide(request, secret, self.console)
        return request

    def event(self) -> dict[str, object]:
        """Return the event, or an equal one for a payload that came as an input."""
        if self.runner.payload:
            return {"inputs": {"payload": self.runner.payload}}
        try:
            event = json.loads(self.runner.event_path.read_bytes())
        except (OSError, ValueError):
            event = None
        return event if isinstance(event, dict) else {}

    def earlier_receipt(self) -> datetime | None:
        """Return when an earlier step received the request: a task file does not say it."""
        for path in (self.runner.record, self.runner.bundle / "record.json"):
            try:
                return BuildRecord.load(path).received_at
            except (OSError, ValueError):
                continue
        return None

    def new_record(self, request: BuildRequest, secret: str) -> BuildRecord:
        """Return the record of a job that begins."""
        runner = self.runner
        return BuildRecord(
            build_id=request.build_id,
            task_key=request.task_key,
            round=request.task.round,
            received_at=request.received_at,
            subject=subject_of(request, secret, runner.repository),
            revision=request.revision,
            restored=request.restore,
            sent_by=request.sent_by,
            brought=request.upload.by if request.upload else "",
            wants_callback=bool(request.task.evaluation_url) and not request.dry_run,
            dry_run=request.dry_run,
            brief=brief_of(request, secret),
            checks=checks_of(request, secret),
            run=runner.run,
        )

    def record(self) -> BuildRecord:
        """Return the record that the steps before left. Raises UnreadableRequest."""
        try:
            return BuildRecord.load(self.runner.record)
        except (OSError, ValueError):
            raise UnreadableRequest(
                "The steps before this one left no record.",
                "they failed before they began, or they ran in another job.",
                "Look at their messages; deploy, verify and notify run in the job of publish.",
            ) from None

    @contextmanager
    def step(self, record: BuildRecord, name: str, title: str, within: Deadline | None = None) -> Iterator[Group]:
        """Run a step: a group in the log with its verdict below, and an entry in the record, saved in any case.

        What still runs a little after the deadline hangs, and is stopped, so that the steps after it have their time.
        """
        limit = at_most(within.remaining() + SECONDS_OVER, title) if within else nullcontext()
        try:
            with (
                record.phase(name, log=self.console.kept) as entry,
                self.console.group(title) as shown,
                limit,
            ):
                yield shown
                entry.verdict = shown.verdict
        finally:
            record.save(self.runner.record)

    def output(self, **values: str) -> None:
        """Set outputs of the step. The delimiter is random, so that no value can end itself."""
        if self.runner.output:
            with self.runner.output.open("a", encoding="utf-8") as file:
                for name, value in values.items():
                    mark = secrets.token_hex(16)
                    file.write(f"{name.replace('_', '-')}<<{mark}\n{value}\n{mark}\n")

    def output_publication(self, record: BuildRecord) -> None:
        """Set the outputs about the published commit."""
        if publication := record.publication:
            self.output(
                build_id=record.build_id,
                repo_url=publication.repo_url,
                commit_sha=publication.commit_sha,
                pages_url=publication.pages_url,
                record=str(self.runner.record),
            )

    def summarize(self, record: BuildRecord, render: Callable[[BuildRecord], str] = summary.render) -> None:
        """Write the job summary. What was delivered stays so when a summary fails: that is only a warning."""
        append_summary(self.runner.summary, lambda: render(record), self.console)


def append_summary(path: Path | None, render: Callable[[], str], console: Console) -> None:
    """Write to the job summary. Whatever is wrong with it, it must not decide how a job ends."""
    if path:
        try:
            text = render() + "\n"
            with path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except Exception as error:  # noqa: BLE001 - see above
            console.warning(f"The job summary could not be written: {type(error).__name__}.")


def summarize_failure(path: Path | None, step: str, error: UserError) -> None:
    """Write a job summary for a step that failed before there was a record."""
    if path:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"## ✗ The step {step} could not begin\n\n{summary.failure(step, error)}\n")


def time_for(
    runner: Runner,
    received_at: datetime,
    *,
    leave: float = 0.0,
    at_most: float | None = None,
    when_late: float = 120.0,
    is_vital: bool = False,
) -> Deadline:
    """Return the deadline of a step. A build that is late, because it is run again, gets `when_late` seconds.

    So does a step without which there is nothing to call back about, when only the time that it leaves is left.
    """
    whole = Deadline(received_at, runner.callback_within_s)
    step = whole.for_step(leave=leave, at_most=at_most)
    if whole.is_over or (is_vital and step.is_over):
        return replace(whole, seconds=whole.elapsed() + when_late)
    return step
