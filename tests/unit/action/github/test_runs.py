"""The runs of target repositories, against GitHub's answers."""

from typing import Any

import pytest
import requests
import responses
from github import Auth, Github
from responses import matchers

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
    about = {"id": number, "path": path, "head_sha": "c", "html_url": "u"}
    return {**about, "status": "completed", "conclusion": "success", **changes}


def test_the_newest_run_of_each_workflow(runs: Runs, http: responses.RequestsMock) -> None:
    found = [
        run(4, "a.yml", head_sha="d"),
        run(3, "b.yml", conclusion=None, status="queued"),
        run(2, "a.yml@main"),
        run(1, "a.yml", conclusion="x"),
    ]
    unfiltered = [matchers.query_param_matcher({"per_page": "30"})]  # a list with a filter can be hours late
    http.get(f"{REPOSITORY}/actions/runs", json={"workflow_runs": found}, match=unfiltered)
    assert runs.of_commit("owner/page", "c") == [
        RunState(2, "a.yml", "completed", "success", "u", "c"),
        RunState(3, "b.yml", "queued", "", "u", "c"),
    ]


def test_one_run__and_one_that_is_gone(runs: Runs, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/actions/runs/2", json=run(2, "a.yml@main"))
    assert runs.one("owner/page", 2) == RunState(2, "a.yml", "completed", "success", "u", "c")
    http.get(f"{REPOSITORY}/actions/runs/3", status=404, json={"message": "Not Found"})
    assert runs.one("owner/page", 3) is None


@pytest.mark.parametrize("broken", [{"status": 500, "json": {}}, {"body": requests.ConnectionError("no route")}])
def test_a_github_that_is_down_is_no_defect(runs: Runs, http: responses.RequestsMock, broken: Any) -> None:
    http.get(f"{REPOSITORY}/actions/runs", **broken)
    with pytest.raises(GitHubUnavailable):
        runs.of_commit("owner/page", "c")


def test_the_steps_that_ran(runs: Runs, http: responses.RequestsMock) -> None:
    names = [("Set up", "success"), ("Lint", "failure"), ("Never", "skipped"), ("Later", None)]
    steps = [{"name": name, "conclusion": conclusion} for name, conclusion in names]
    job = {"id": 5, "name": "a", "conclusion": "failure", "steps": steps}
    http.get(f"{REPOSITORY}/actions/runs/9/jobs", json={"jobs": [job]})
    assert runs.jobs_of("owner/page", 9) == [JobSeen(5, "a", "failure", ("Set up", "Lint"))]


def test_what_github_notes_at_the_jobs_that_failed__and_at_no_other(runs: Runs, http: responses.RequestsMock) -> None:
    jobs = [
        {"id": 5, "name": "a", "conclusion": "failure", "steps": []},
        {"id": 6, "name": "b", "conclusion": "success"},
    ]
    http.get(f"{REPOSITORY}/actions/runs/9/jobs", json={"jobs": jobs})
    token = "ghp_" + "aB3" * 12
    notes = [("failure", "It was not started."), ("warning", "Node is old."), ("failure", f"uses {token}")]
    found = [{"annotation_level": level, "message": message} for level, message in notes]
    http.get(f"{REPOSITORY}/check-runs/5/annotations", json=found)
    assert runs.notes_of("owner/page", 9) == ["It was not started.", "***"]


@pytest.mark.parametrize("status", [403, 404])
def test_notes_that_may_not_be_read_are_none(runs: Runs, http: responses.RequestsMock, status: int) -> None:
    jobs = [{"id": 5, "name": "a", "conclusion": "failure", "steps": []}]
    http.get(f"{REPOSITORY}/actions/runs/9/jobs", json={"jobs": jobs})
    http.get(f"{REPOSITORY}/check-runs/5/annotations", status=status, json={"message": "Not Found"})
    assert runs.notes_of("owner/page", 9) == []


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
