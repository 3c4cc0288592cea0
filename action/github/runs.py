"""The runs of a target repository's own workflows: how they ended, which steps ran, and their logs."""

import re
from dataclasses import dataclass
from typing import Any

import requests

from action.errors import GitHubUnavailable
from action.github.api import headers_for
from action.github.target_api import GitHub

LARGEST_LOG = 2_000_000  # bytes of one job; a linter's log is a few thousand
MOST_JOBS = 12
TIME_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z ?", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class RunState:
    """A run as it is now."""

    id: int
    workflow: str
    status: str
    conclusion: str
    url: str


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
        answer = self._github.get(f"/repos/{full_name}/actions/runs?head_sha={commit}&per_page=50")
        states = [state_of(run) for run in (answer or {}).get("workflow_runs", [])]
        return list({state.workflow: state for state in sorted(states, key=lambda state: state.id)}.values())

    def jobs_of(self, full_name: str, run: int) -> list[JobSeen]:
        """Return the jobs of a run's last attempt. Raises UserError."""
        answer = self._github.get(f"/repos/{full_name}/actions/runs/{run}/jobs?per_page={MOST_JOBS}")
        return [job_of(job) for job in (answer or {}).get("jobs", [])]

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
    workflow = str(run.get("path", "")).split("@")[0]
    return RunState(
        int(run["id"]), workflow, str(run["status"]), str(run.get("conclusion") or ""), str(run["html_url"])
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
