"""The runs of a target repository's own workflows: waited for, how they ended, which steps ran, and their logs."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import requests

from action.console import Console
from action.deadline import Deadline
from action.errors import GitHubUnavailable, WorkflowFailed
from action.gates import secret_scan
from action.gates.http import REDIRECTS
from action.github.api import headers_for
from action.github.target_api import GitHub
from action.record import PAGES_WORKFLOW, RunSeen, WorkflowRunRecord

LARGEST_LOG = 2_000_000  # bytes of one job; a linter's log is a few thousand
MOST_RUNS = 30
MOST_JOBS = 12
MOST_NOTES = 20
TIME_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z ?", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class RunState:
    """A run as it is now."""

    id: int
    workflow: str
    status: str
    conclusion: str
    url: str
    commit: str = ""


@dataclass(frozen=True)
class JobSeen:
    """A job of a run. `steps` are the names of those that ran."""

    id: int
    name: str
    conclusion: str
    steps: tuple[str, ...]


class Runs:
    """`session` fetches logs: their address is a redirect to a store, which must not see the token."""

    def __init__(self, github: GitHub, session: requests.Session, api_url: str, token: str) -> None:
        self._github = github
        self._session = session
        self._api_url = api_url.rstrip("/")
        self._token = token

    def of_commit(self, full_name: str, commit: str) -> list[RunState]:
        """Return the newest run of each workflow for a commit. Raises UserError."""
        states = [state for state in self.recent(full_name) if state.commit == commit]
        return list({state.workflow: state for state in states}.values())

    def recent(self, full_name: str) -> list[RunState]:
        """Return the newest runs, the newest last. Raises UserError.

        All of them: a list that GitHub filters comes from a search index, which can be hours late.
        """
        answer = self._github.get(f"/repos/{full_name}/actions/runs?per_page={MOST_RUNS}")
        return sorted(map(state_of, (answer or {}).get("workflow_runs", [])), key=lambda state: state.id)

    def one(self, full_name: str, run: int) -> RunState | None:
        """Return a run as it is now, None when it is gone. Raises UserError."""
        answer = self._github.get(f"/repos/{full_name}/actions/runs/{run}")
        return state_of(answer) if answer else None

    def jobs_of(self, full_name: str, run: int) -> list[JobSeen]:
        """Return the jobs of a run's last attempt. Raises UserError."""
        answer = self._github.get(f"/repos/{full_name}/actions/runs/{run}/jobs?per_page={MOST_JOBS}")
        return [job_of(job) for job in (answer or {}).get("jobs", [])]

    def notes_of(self, full_name: str, run: int) -> list[str]:
        """Return what GitHub notes at the failed jobs of a run; of one that never began, it is all there is.

        Raises UserError.
        """
        failed_jobs = [job.id for job in self.jobs_of(full_name, run) if job.conclusion == "failure"]
        paths = (f"/repos/{full_name}/check-runs/{job}/annotations?per_page={MOST_NOTES}" for job in failed_jobs)
        notes = [note for path in paths for note in self._github.get(path, frozenset({403, 404})) or []]
        return [without_secrets(str(note["message"])) for note in notes if note.get("annotation_level") == "failure"]

    def log_of(self, full_name: str, job: int) -> str | None:
        """Return the log of a job without times and colours, None when there is none (yet). Raises UserError."""
        url = f"{self._api_url}/repos/{full_name}/actions/jobs/{job}/logs"
        headers = headers_for(self._token)
        try:
            answer = self._session.get(url, headers=headers, timeout=(10, 30), allow_redirects=False)
            if answer.status_code in REDIRECTS:
                return self._fetch(answer.headers.get("location", ""))
        except requests.RequestException as error:
            raise unreachable(type(error).__name__) from None
        return None

    def _fetch(self, url: str) -> str | None:
        with self._session.get(url, timeout=(10, 30), stream=True, allow_redirects=False) as answer:
            if answer.status_code != 200:
                return None
            body = b""
            for chunk in answer.iter_content(65_536):
                body += chunk
                if len(body) >= LARGEST_LOG:
                    break
        return plain_log(body[:LARGEST_LOG].decode(errors="replace"))


def plain_log(text: str) -> str:
    """Return a log as people read it."""
    return COLOURS.sub("", TIME_STAMP.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n")))


def state_of(run: dict[str, Any]) -> RunState:
    """Read a run."""
    return RunState(
        int(run["id"]),
        str(run.get("path", "")).split("@")[0],
        str(run["status"]),
        str(run.get("conclusion") or ""),
        str(run["html_url"]),
        str(run.get("head_sha") or ""),
    )


def job_of(job: dict[str, Any]) -> JobSeen:
    """Read a job."""
    ran = (step for step in job.get("steps") or [] if step.get("conclusion") in {"success", "failure"})
    names = tuple(str(step["name"]) for step in ran)
    return JobSeen(int(job["id"]), str(job["name"]), str(job.get("conclusion") or ""), names)


def unreachable(reason: str) -> GitHubUnavailable:
    """Return the error of a log that could not be fetched."""
    return GitHubUnavailable(
        f"The log of a workflow's run could not be fetched ({reason}).",
        "GitHub has an incident, or this runner has no connection.",
        "Open the Actions tab of the target repository and read the log there.",
    )


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
        jobs: list[JobSeen] = []
        logs: list[str | None] = []
        try:
            jobs += [job for job in self.runs.jobs_of(repository, state.id) if job.steps]
            for job in jobs:
                logs.append(self.log(repository, job.id))
        except GitHubUnavailable as error:
            self.console.line(error.what)
        lost = tuple(job.name for job, log in zip_longest(jobs, logs) if not log)
        if lost:  # the store has none of a job that was cancelled, or has not ended
            self.console.line(f"{state.workflow}: there is no log of {', '.join(lost)}.")
        steps = tuple(step for job in jobs for step in job.steps)
        log = without_secrets("\n".join(filter(None, logs))) or None
        return RunSeen(state.workflow, conclusion, state.url, steps, log, lost)

    def log(self, repository: str, job: int) -> str | None:
        """Return the log of a job, waiting a moment for one that is not there yet."""
        for pause in PAUSES_FOR_A_LOG:
            found = self.runs.log_of(repository, job)
            if found or self.deadline.remaining() <= pause:
                return found
            self.sleep(pause)
        return self.runs.log_of(repository, job)


def without_secrets(log: str) -> str:
    """Return a log whose lines with what looks like a secret are gone: the record is public.

    Where there is too much to look at, the rest is gone.
    """
    lines = log.splitlines()
    for finding in secret_scan.scan({"log": log.encode()}):
        if finding.rule == secret_scan.TOO_MANY:
            del lines[finding.line :]
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
