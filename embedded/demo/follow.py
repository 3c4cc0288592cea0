"""Follows a build on its run page's data: the runs, jobs, steps and logs that the REST API shows."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

from embedded.github.times import moment
from receiver.task.run_title import id_in_title

POLL_EVERY_S = 0.5
REQUEST_TIMEOUT_S = 10
RUN_APPEARS_WITHIN_S = 20
WITH_LOG = ("success", "failure")
QUIET_STEPS = ("Set up job", "Complete job", "Post ", "Make the Python environment", "Get a token of the GitHub App")
FAILED = re.compile(r"^(?:\S+Z )?\[fail\] (.+)$", re.MULTILINE)
ATTEMPT = re.compile(r"^(?:\S+Z )?attempt (\d+)/\d+: (.+)$", re.MULTILINE)


class NoRunAppeared(Exception):
    """GitHub accepted the dispatch, but shows no run for it."""


@dataclass(frozen=True)
class Phase:
    """One step of a run, as it is now. `seconds` is None until it is over."""

    job: str
    name: str
    status: str
    conclusion: str | None
    seconds: float | None

    @property
    def is_over(self) -> bool:
        """Whether its conclusion is known."""
        return self.status == "completed"


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment."""

    run: dict[str, Any]
    phases: tuple[Phase, ...]

    @property
    def is_over(self) -> bool:
        """Whether the whole run has ended."""
        return bool(self.run["status"] == "completed")


@dataclass(frozen=True)
class Attempt:
    """One try of the model, in the words of the run's log. `failures` say what had to be true and what was found."""

    number: int
    result: str
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Watcher:
    """Reads the runs of one repository with a token that may read them."""

    session: requests.Session
    api: str
    repository: str
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def follow(self, build_id: str, timeout_s: float) -> Iterator[Snapshot]:
        """Yield snapshots of the build's newest run until it is over. Raises NoRunAppeared and TimeoutError."""
        start = self.clock()
        while (waited := self.clock() - start) < timeout_s:
            run = self.run_of(build_id)
            if run:
                yield (snapshot := Snapshot(run, self.phases_of(run["id"])))
                if snapshot.is_over:
                    return
            elif waited > RUN_APPEARS_WITHIN_S:
                raise NoRunAppeared(
                    f"No run named 'build {build_id}' appeared within {RUN_APPEARS_WITHIN_S} s after the dispatch was "
                    "accepted. Perhaps build.yml is not valid, so that it was not started: look at the messages above."
                )
            self.sleep(POLL_EVERY_S)
        raise TimeoutError(
            f"Build {build_id} did not end within {timeout_s:.0f} s. Its run's log says where it stands."
        )

    def run_of(self, build_id: str) -> dict[str, Any] | None:
        """Return the newest run of a build."""
        runs = self.get("actions/runs", per_page="100")["workflow_runs"]
        return next((run for run in runs if id_in_title("build", run) == build_id), None)

    def phases_of(self, run_id: int) -> tuple[Phase, ...]:
        """Return the steps of all jobs of a run."""
        jobs = self.get(f"actions/runs/{run_id}/jobs")["jobs"]
        return tuple(phase_of(job, step) for job in jobs for step in job["steps"] or [] if is_worth_showing(step))

    def attempts_of(self, run_id: int) -> list[Attempt]:
        """Return what the model tried in a run, as the logs of its jobs tell it."""
        jobs = self.get(f"actions/runs/{run_id}/jobs")["jobs"]
        logs = (self.ask(f"actions/jobs/{job['id']}/logs").text for job in jobs if job["conclusion"] in WITH_LOG)
        return [attempt for log in logs for attempt in attempts_in(log)]

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what the API says about the repository's `path`."""
        found: dict[str, Any] = self.ask(path, **query).json()
        return found

    def ask(self, path: str, **query: str) -> requests.Response:
        """Return the answer of the API about the repository's `path`."""
        url = f"{self.api}/repos/{self.repository}/{path}"
        answer = self.session.get(url, params=query, timeout=REQUEST_TIMEOUT_S)
        answer.raise_for_status()
        return answer


def attempts_in(log: str) -> list[Attempt]:
    """Return the attempts that a log tells of: what failed stands above the line with the result."""
    attempts, start = [], 0
    for match in ATTEMPT.finditer(log):
        failures = FAILED.findall(log, start, match.start())
        attempts.append(Attempt(int(match[1]), match[2].strip(), tuple(failure.strip() for failure in failures)))
        start = match.end()
    return attempts


def is_worth_showing(step: dict[str, Any]) -> bool:
    """Whether a step does something of ours."""
    return not str(step["name"]).startswith(QUIET_STEPS)


def phase_of(job: dict[str, Any], step: dict[str, Any]) -> Phase:
    """Read one step of the REST API's answer."""
    started, ended = step.get("started_at"), step.get("completed_at")
    seconds = (moment(ended) - moment(started)).total_seconds() if started and ended else None
    return Phase(job["name"], step["name"], step["status"], step.get("conclusion"), seconds)
