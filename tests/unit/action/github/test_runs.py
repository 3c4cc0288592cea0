"""The runs of target repositories, against GitHub's answers."""

from typing import Any

import pytest
import requests
import responses
from github import Auth, Github

from action.deadline import Deadline
from action.errors import GitHubUnavailable
from action.github.runs import LARGEST_LOG, JobSeen, Runs, RunState
from action.github.target_api import GitHub

API = "https://api.example:443/api/v3"
REPOSITORY = f"{API}/repos/owner/page"
STORE = "https://logs.example/1?sig=x"
LOG = "\ufeff2026-11-20T05:36:22.1234567Z \x1b[36;1mruff check .\x1b[0m\r\n2026-11-20T05:36:23.0Z ok\n"


@pytest.fixture
def runs(deadline: Deadline, clock: Any) -> Runs:
    api = Github(
        auth=Auth.Token("made-up"), base_url=API, seconds_between_requests=0, seconds_between_writes=0, retry=None
    )
    return Runs(GitHub(api, deadline, clock.sleep), requests.Session(), f"{API}/", "made-up")


def run(number: int, path: str, **changes: Any) -> dict[str, Any]:
    return {"id": number, "path": path, "status": "completed", "conclusion": "success", "html_url": "u", **changes}


def test_the_newest_run_of_each_workflow(runs: Runs, http: responses.RequestsMock) -> None:
    found = [run(3, "b.yml", conclusion=None, status="queued"), run(2, "a.yml@main"), run(1, "a.yml", conclusion="x")]
    http.get(f"{REPOSITORY}/actions/runs", json={"workflow_runs": found})
    assert runs.of_commit("owner/page", "c") == [
        RunState(2, "a.yml", "completed", "success", "u"),
        RunState(3, "b.yml", "queued", "", "u"),
    ]


def test_the_steps_that_ran(runs: Runs, http: responses.RequestsMock) -> None:
    names = [("Set up", "success"), ("Lint", "failure"), ("Never", "skipped"), ("Later", None)]
    steps = [{"name": name, "conclusion": conclusion} for name, conclusion in names]
    job = {"id": 5, "name": "a", "conclusion": "failure", "steps": steps}
    http.get(f"{REPOSITORY}/actions/runs/9/jobs", json={"jobs": [job]})
    assert runs.jobs_of("owner/page", 9) == [JobSeen(5, "a", "failure", ("Set up", "Lint"))]


def test_a_log_without_times_and_colours__its_store_never_sees_the_token(
    runs: Runs, http: responses.RequestsMock
) -> None:
    http.get(f"{REPOSITORY}/actions/jobs/5/logs", status=302, headers={"Location": STORE})
    http.get(STORE, body=LOG.encode())
    assert runs.log_of("owner/page", 5) == "ruff check .\nok\n"
    assert http.calls[0].request.headers["Authorization"] == "Bearer made-up"
    assert "Authorization" not in http.calls[1].request.headers


def test_a_long_log_is_cut(runs: Runs, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/actions/jobs/5/logs", status=302, headers={"Location": STORE})
    http.get(STORE, body=b"x" * (LARGEST_LOG + 70_000))
    assert len(runs.log_of("owner/page", 5) or "") == LARGEST_LOG


def test_a_log_that_is_not_there(runs: Runs, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/actions/jobs/5/logs", status=404)
    assert runs.log_of("owner/page", 5) is None
    http.get(f"{REPOSITORY}/actions/jobs/6/logs", status=302, headers={"Location": STORE})
    http.get(STORE, status=403)
    assert runs.log_of("owner/page", 6) is None


def test_no_connection(runs: Runs, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/actions/jobs/5/logs", body=requests.ConnectionError("Bearer made-up"))
    with pytest.raises(GitHubUnavailable) as caught:
        runs.log_of("owner/page", 5)
    assert "made-up" not in str(caught.value)
