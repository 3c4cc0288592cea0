"""GET and DELETE /jobs/<id>."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from api.ids import accepted_at, new_id
from receiver.errors import GitHubRefused
from receiver.github_errors import AWAY
from tests.unit.api.doubles import ScriptedJobs, job_run, result_of

HOUR = 3600


def test_an_id_tells_when_the_job_was_accepted_and_nothing_else() -> None:
    now = time.time()
    ids = {new_id(now) for _ in range(50)}
    assert len(ids) == 50
    assert {accepted_at(job_id) for job_id in ids} == {datetime.fromtimestamp(int(now), UTC)}


@pytest.mark.parametrize("job_id", ["", "x" * 20, "0" * 20, "f" * 20, "g" + "0" * 19, "1" * 19, "1" * 21])
def test_what_is_no_job_id_has_no_time(job_id: str) -> None:
    assert accepted_at(job_id) is None


@pytest.mark.parametrize("status", ["queued", "waiting", "pending", "requested", "in_progress"])
def test_a_job_that_has_not_ended_has_no_result(client: Client, jobs: ScriptedJobs, owner: Any, status: str) -> None:
    job_id = new_id()
    jobs.course, jobs.runs = ["unlisted"], [job_run(job_id, status=status)]
    reply = client.get(f"/jobs/{job_id}", headers=owner).json
    assert reply
    assert (reply["state"], reply["result"]) == ("in_progress" if status == "in_progress" else "queued", None)


def test_a_job_that_has_ended_has_its_result(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    job_id = new_id()
    jobs.course, jobs.runs = ["unlisted"], [job_run(job_id)]
    jobs.results[job_id] = result_of(job_id, return_code=3, stderr="no\n")
    reply = client.get(f"/jobs/{job_id}", headers=owner).json
    assert reply
    assert (reply["state"], reply["result"]["return_code"], reply["result"]["stderr"]) == ("completed", 3, "no\n")


def test_a_job_that_was_accepted_a_moment_ago_is_queued(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.course = ["unlisted"]
    response = client.get(f"/jobs/{new_id()}", headers=owner)
    assert response.json
    assert (response.status_code, response.json["state"], response.json["run_url"]) == (200, "queued", None)


def test_an_older_job_is_found_by_its_time(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    job_id = new_id(time.time() - 30 * 24 * HOUR)
    jobs.course, jobs.old_runs = ["unlisted"], [job_run(new_id(), 1), job_run(job_id, 2)]
    jobs.results[job_id] = result_of(job_id)
    reply = client.get(f"/jobs/{job_id}", headers=owner).json
    assert reply
    assert reply["run_url"].endswith("/2")
    assert jobs.asked_for == [accepted_at(job_id)]


@pytest.mark.parametrize("unknown", ["an hour old", "1" * 20, "nonsense"])
def test_an_unknown_job_is_404(client: Client, jobs: ScriptedJobs, owner: Any, unknown: str) -> None:
    job_id = new_id(time.time() - HOUR) if unknown == "an hour old" else unknown
    jobs.course = ["unlisted"]
    for method in (client.get, client.delete):
        response = method(f"/jobs/{job_id}", headers=owner)
        assert response.status_code == 404
        assert response.json
        assert response.json["error"] == "unknown-job"


def test_a_result_that_is_no_longer_kept_is_404(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    job_id = new_id(time.time() - 10 * 24 * HOUR)
    jobs.course, jobs.old_runs, jobs.expired = ["unlisted"], [job_run(job_id)], {job_id}
    response = client.get(f"/jobs/{job_id}", headers=owner)
    assert response.json
    assert (response.status_code, response.json["error"]) == (404, "expired-job")


def test_cancel_asks_github_to_cancel_the_run(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    job_id = new_id()
    jobs.course, jobs.runs = ["unlisted"], [job_run(job_id, 9, "in_progress")]
    response = client.delete(f"/jobs/{job_id}", headers=owner)
    assert response.status_code == 202
    assert response.json == {"id": job_id, "status": "cancelling", "run_url": "https://github.example/runs/9"}
    assert jobs.cancelled == [9]


def test_cancel__a_build(client: Client, jobs: ScriptedJobs, runner: Any, owner: Any, make_build: Any) -> None:
    build_id = "b" * 20
    runner.builds = [make_build(build_id, 5, "in_progress"), make_build(build_id, 4)]
    assert client.delete(f"/jobs/{build_id}", headers=owner).status_code == 202
    assert jobs.cancelled == [5]


@pytest.mark.parametrize("meanwhile", [True, False])
def test_cancel__it_is_over(client: Client, jobs: ScriptedJobs, owner: Any, meanwhile: bool) -> None:
    job_id = new_id()
    jobs.course, jobs.runs = ["unlisted"], [job_run(job_id, 9, "in_progress" if meanwhile else "completed")]
    jobs.is_over = True
    response = client.delete(f"/jobs/{job_id}", headers=owner)
    assert response.json
    assert (response.status_code, response.json["error"]) == (409, "is-over")
    assert jobs.cancelled == ([9] if meanwhile else [])


def test_cancel__the_run_is_not_listed_yet(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.course = ["unlisted"]
    response = client.delete(f"/jobs/{new_id()}", headers=owner)
    assert response.json
    assert (response.status_code, response.json["error"]) == (409, "not-listed-yet")
    assert response.headers["Retry-After"] == "5"


def test_without_the_key_a_job_is_not_shown_and_not_cancelled(client: Client, jobs: ScriptedJobs) -> None:
    job_id = new_id()
    jobs.course, jobs.runs = ["unlisted"], [job_run(job_id, status="in_progress")]
    for headers in ({}, {"X-API-KEY": "wrong"}):
        assert client.get(f"/jobs/{job_id}", headers=headers).status_code == 401
        assert client.delete(f"/jobs/{job_id}", headers=headers).status_code == 401
    assert jobs.cancelled == []


def test_github_being_away_is_503(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.refusal = GitHubRefused(AWAY, retry_after_s=30)
    assert client.get(f"/jobs/{new_id()}", headers=owner).status_code == 503
    assert client.delete(f"/jobs/{new_id()}", headers=owner).status_code == 503


def test_clocks_of_receivers_may_differ_a_little() -> None:
    now = datetime.now(UTC)
    assert accepted_at(new_id(now.timestamp() + 120), now)
    assert accepted_at(new_id((now + timedelta(minutes=6)).timestamp()), now) is None


def test_the_newest_commands_are_listed_with_their_state(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    ids = [new_id(), new_id()]
    jobs.course, jobs.runs = ["unlisted"], [job_run(ids[0], 8, "queued"), job_run(ids[1], 7, conclusion="cancelled")]
    reply = client.get("/jobs", headers=owner)
    assert reply.json
    found = [(job["job_id"], job["state"], job["conclusion"]) for job in reply.json["jobs"]]
    assert found == [(ids[0], "queued", None), (ids[1], "completed", "cancelled")]
    assert reply.json["jobs"][0]["job_url"].endswith(f"/jobs/{ids[0]}")
    assert client.get("/jobs").status_code == 401
    jobs.refusal = GitHubRefused(AWAY, retry_after_s=30)
    assert client.get("/jobs", headers=owner).status_code == 503
