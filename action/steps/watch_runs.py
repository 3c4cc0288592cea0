"""Wait for the runs of the site's own workflows, as for the deployment, and read what their logs say."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from action.console import Console
from action.contract.run_verdicts import RunSeen
from action.deadline import Deadline
from action.errors import GitHubUnavailable, WorkflowFailed
from action.gates import secret_scan
from action.github.runs import Runs, RunState
from action.record import PAGES_WORKFLOW, WorkflowRunRecord

SECONDS_WITHOUT_RUN = 45.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
PAUSES_FOR_A_LOG = (0.5, 2.0)  # a log may come a moment after the end of its job
LAST_LINES = 25
LONGEST_LINE = 300
NO_RUN = "no run"


@dataclass(frozen=True)
class RunWatcher:
    """Waits for runs, and reads them."""

    runs: Runs
    deadline: Deadline
    console: Console
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def watch(self, repository: str, commit: str, expected: Iterable[str]) -> list[RunSeen]:
        """Return how each workflow's run ended; `expected` are those that a push to the branch starts."""
        return [self.read(repository, state) for state in self.wait(repository, commit, set(expected))]

    def wait(self, repository: str, commit: str, wanted: set[str]) -> list[RunState]:
        """Poll until every expected run is there and over, or the time is up."""
        started, pause, states = self.clock(), FIRST_PAUSE, list[RunState]()
        while True:
            states = self.look(repository, commit, states)
            missing = wanted - {state.workflow for state in states}
            if self.clock() - started >= SECONDS_WITHOUT_RUN:
                missing = set()
            is_over = all(state.status == "completed" for state in states)
            if (is_over and not missing) or self.deadline.remaining() <= pause:
                return states
            self.sleep(pause)
            pause = min(pause * 1.25, LONGEST_PAUSE)

    def look(self, repository: str, commit: str, before: list[RunState]) -> list[RunState]:
        """Ask GitHub; when it does not answer, nothing has changed."""
        try:
            states = self.runs.of_commit(repository, commit)
        except GitHubUnavailable as error:
            self.console.line(error.what)
            return before
        return [state for state in states if state.workflow != PAGES_WORKFLOW]

    def read(self, repository: str, state: RunState) -> RunSeen:
        """Return a run with its steps and its log, as far as they can be had."""
        conclusion = state.conclusion if state.status == "completed" else state.status
        steps: tuple[str, ...] = ()
        logs = []
        try:
            for job in self.runs.jobs_of(repository, state.id):
                steps += job.steps
                if job.steps:
                    logs.append(self.log(repository, job.id) or "")
        except GitHubUnavailable as error:
            self.console.line(error.what)
        log = "\n".join(logs) if any(logs) else None
        return RunSeen(state.workflow, conclusion, state.url, steps, None if log is None else without_secrets(log))

    def log(self, repository: str, job: int) -> str | None:
        """Return the log of a job, waiting a moment for one that is not there yet."""
        for pause in PAUSES_FOR_A_LOG:
            found = self.runs.log_of(repository, job)
            if found or self.deadline.remaining() <= pause:
                return found
            self.sleep(pause)
        return self.runs.log_of(repository, job)


def without_secrets(log: str) -> str:
    """Return a log whose lines with what looks like a secret are gone: the record is public."""
    lines = log.splitlines()
    for finding in secret_scan.scan({"log": log.encode()}):
        if 0 < finding.line <= len(lines):
            lines[finding.line - 1] = "***"
    return "\n".join(lines)


def records(seen: Sequence[RunSeen], expected: Iterable[str]) -> list[WorkflowRunRecord]:
    """Return what the record keeps: of a failed run also the end of its log."""
    found = [
        WorkflowRunRecord(
            workflow=run.workflow,
            conclusion=run.conclusion,
            url=run.url,
            steps=list(run.steps)[:50],
            log_end="" if run.conclusion == "success" else end_of(run.log or ""),
        )
        for run in seen
    ]
    missing = sorted(set(expected) - {run.workflow for run in seen})
    return found + [WorkflowRunRecord(workflow=name, conclusion=NO_RUN) for name in missing]


def end_of(log: str) -> str:
    """Return the last lines of a log."""
    lines = [line[:LONGEST_LINE].rstrip() for line in log.splitlines() if line.strip()]
    return "\n".join(lines[-LAST_LINES:])


def failed(record: WorkflowRunRecord) -> WorkflowFailed:
    """Return the error of a workflow that did not succeed. It is reported, and keeps nothing from going on."""
    last = record.log_end.splitlines()[-1] if record.log_end else "its log could not be read"
    where = f" Its run: {record.url}" if record.url else ""
    return WorkflowFailed(
        f"The workflow {record.workflow} ended with {record.conclusion}: {last}",
        "the model's workflow or a program that it runs has a mistake, or the run takes longer than there was time.",
        f"Read the log; correct the file in the target repository, or send a new round of the task.{where}",
    )
