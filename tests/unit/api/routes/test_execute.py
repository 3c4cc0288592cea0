"""POST /execute: what is dispatched, how long is waited, and what is answered."""

import threading
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from api.waiting import PLACES, WaitingRoom
from receiver import github_errors
from receiver.errors import GitHubRefused
from receiver.patient_worker import STOPPING
from receiver.task import project_name
from tests.unit.api.doubles import TIP, Clock, ScriptedJobs

AWAY = GitHubRefused(github_errors.AWAY, retry_after_s=30)
HELLO = {"project_id": "site", "command": "echo hello"}


def test_a_command_that_ends_in_time_is_200_with_its_result(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.course = ["unlisted", "queued", "in_progress", "completed"]
    response = client.post("/execute", json=HELLO, headers=owner)
    assert response.status_code == 200
    (sent,) = jobs.dispatched
    assert (sent.project, sent.command, sent.ref, sent.timeout_s) == ("owner/site", "echo hello", TIP, 300)
    assert response.json == {
        "job_id": sent.job_id,
        "project": "owner/site",
        "exists": True,
        "commit": TIP,
        "stdout": "hello\n",
        "stderr": "",
        "return_code": 0,
        "duration_s": 0.0,
        "truncated": {"stdout": False, "stderr": False},
        "timed_out": False,
        "isolation": [],
        "kept": None,
        "build_id": None,
        "run_url": "https://github.example/runs/7",
        "error": None,
    }


def test_a_command_that_takes_longer_is_202_with_the_job(
    client: Client, jobs: ScriptedJobs, owner: Any, clock: Clock
) -> None:
    jobs.course = ["unlisted", "in_progress"]
    response = client.post("/execute", json=HELLO, headers=owner)
    assert response.status_code == 202
    assert clock.now == 120
    assert response.json
    assert (response.json["state"], response.json["run_url"]) == ("in_progress", "https://github.example/runs/7")
    assert response.headers["Location"] == response.json["job_url"]
    assert response.headers["Location"] == f"http://localhost/jobs/{jobs.dispatched[0].job_id}"
    assert response.headers["Retry-After"] == "5"


def test_who_does_not_want_to_wait_does_not(client: Client, jobs: ScriptedJobs, owner: Any, clock: Clock) -> None:
    response = client.post("/execute", json={**HELLO, "wait_s": 0}, headers=owner)
    assert (response.status_code, clock.now, jobs.looks) == (202, 0, 0)
    assert response.json
    assert (response.json["state"], response.json["run_url"]) == ("queued", None)


def test_only_so_many_wait_at_once(app: Flask, client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    room: WaitingRoom = app.extensions["api"].waiting
    places = [room.place() for _ in range(PLACES)]
    assert [place.__enter__() for place in places] == [True] * PLACES
    assert client.post("/execute", json=HELLO, headers=owner).status_code == 202
    places[0].__exit__(None, None, None)
    assert client.post("/execute", json=HELLO, headers=owner).status_code == 200
    assert client.post("/execute", json=HELLO, headers=owner).status_code == 200  # the place was given back
    assert len(jobs.dispatched) == 3


def test_a_receiver_that_is_told_to_stop_answers_at_once(
    client: Client, jobs: ScriptedJobs, owner: Any, clock: Clock
) -> None:
    clock.is_stopping = True
    response = client.post("/execute", json=HELLO, headers=owner)
    assert (response.status_code, clock.now) == (202, 2)
    assert len(jobs.dispatched) == 1


def test_stopping_wakes_who_waits() -> None:
    room, passed = WaitingRoom(), threading.Event()

    def wait() -> None:
        for _ in room.moments(60, 30):
            pass
        passed.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    try:
        STOPPING.set()
        assert passed.wait(5)
    finally:
        STOPPING.clear()
        waiter.join()


def test_github_away_after_the_dispatch_is_no_reason_to_send_again(
    client: Client, jobs: ScriptedJobs, owner: Any
) -> None:
    jobs.refusals_after_dispatch = [AWAY, AWAY]
    assert client.post("/execute", json=HELLO, headers=owner).status_code == 200
    jobs.refusals_after_dispatch = [AWAY] * 100
    assert client.post("/execute", json=HELLO, headers=owner).status_code == 202


def test_a_result_that_was_deleted_in_this_moment_is_no_defect(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.expire_all = True
    assert client.post("/execute", json=HELLO, headers=owner).status_code == 202


def test_github_away_before_the_dispatch_is_503(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.refusal = AWAY
    response = client.post("/execute", json=HELLO, headers=owner)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize(
    ("conclusion", "words"), [("cancelled", "was cancelled"), ("failure", "without a result (failure)")]
)
def test_a_run_that_left_nothing_says_so(
    client: Client, jobs: ScriptedJobs, owner: Any, conclusion: str, words: str
) -> None:
    jobs.leaves_nothing, jobs.conclusion = True, conclusion
    response = client.post("/execute", json=HELLO, headers=owner)
    assert response.status_code == 200
    assert response.json
    assert response.json["return_code"] is None
    assert words in response.json["error"]


def test_a_command_that_was_refused_says_why(client: Client, jobs: ScriptedJobs, owner: Any) -> None:
    jobs.changes = {"return_code": None, "error": "No."}
    response = client.post("/execute", json=HELLO, headers=owner)
    assert response.json
    assert (response.json["return_code"], response.json["error"]) == (None, "No.")


@pytest.mark.parametrize(("change", "ref"), [({}, TIP), ({"ref": "v1"}, "a" * 40)])
def test_a_ref_becomes_a_commit(
    client: Client, jobs: ScriptedJobs, owner: Any, change: dict[str, Any], ref: str
) -> None:
    assert client.post("/execute", json={**HELLO, **change, "timeout_s": 5}, headers=owner).status_code == 200
    assert (jobs.dispatched[0].ref, jobs.dispatched[0].timeout_s) == (ref, 5)


@pytest.mark.parametrize(("given", "kept"), [("sub", "sub"), ("./a/b/", "a/b"), (".", ""), ("", "")])
def test_a_command_starts_in_the_folder_that_it_names(
    client: Client, jobs: ScriptedJobs, owner: Any, given: str, kept: str
) -> None:  # R20
    assert client.post("/execute", json={**HELLO, "working_dir": given}, headers=owner).status_code == 200
    assert jobs.dispatched[0].working_dir == kept


@pytest.mark.parametrize("change", [{"project_id": "nothing-here"}, {"ref": "no-such-branch"}])
def test_what_is_not_there_is_404_with_exists_false(
    client: Client, jobs: ScriptedJobs, owner: Any, change: dict[str, str]
) -> None:
    response = client.post("/execute", json={**HELLO, **change}, headers=owner)
    assert response.status_code == 404
    assert response.json
    assert response.json["exists"] is False
    assert next(iter(change.values())) in response.json["message"]
    assert jobs.dispatched == []


@pytest.mark.parametrize(
    "change",
    [
        {"project_id": "somebody-else/site"},
        {"project_id": "owner/runner"},
        {"project_id": "RUNNER"},
        {"project_id": "../site"},
        {"project_id": "owner/site/x"},
        {"project_id": ".."},
        {"project_id": "site.git"},
        {"project_id": ""},
        {"project_id": 5},
        {"project_id": "x" * 101},
        {"command": ""},
        {"command": " \n"},
        {"command": "echo \0"},
        {"command": "echo \ud800"},
        {"command": "x" * 4001},
        {"ref": "--upload-pack=x"},
        {"ref": "a..b"},
        {"ref": "a b"},
        {"ref": "a:b"},
        {"ref": ""},
        *(
            {"working_dir": path}
            for path in ("../x", "/etc", "a//b", "a/./b", "a\\b", ".git/hooks", "x" * 1001, 5, "\0")
        ),
        {"timeout_s": 0},
        {"timeout_s": 301},
        {"wait_s": 121},
    ],
)
def test_what_cannot_be_accepted_is_422_with_the_field(
    client: Client, jobs: ScriptedJobs, owner: Any, change: dict[str, Any]
) -> None:
    response = client.post("/execute", json={**HELLO, **change}, headers=owner)
    assert response.status_code == 422
    assert response.json
    assert [detail["field"] for detail in response.json["details"]] == list(change)
    assert jobs.dispatched == []


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b'{"project_id": "site"}', 422), (b"x" * 70_000, 413)])
def test_a_body_that_is_none_is_refused(client: Client, owner: Any, body: bytes, status: int) -> None:
    response = client.post("/execute", data=body, headers=owner, content_type="application/json")
    assert response.status_code == status


def test_a_large_body_is_told_the_limit_that_holds_here(client: Client, owner: Any) -> None:
    response = client.post("/execute", data=b"x" * 70_000, headers=owner, content_type="application/json")
    assert response.json
    assert "64 KB" in response.json["message"]


@pytest.mark.parametrize("path", ["/execute", "/file/read"])
def test_without_the_key_nothing_is_done(client: Client, jobs: ScriptedJobs, path: str) -> None:
    for headers in ({}, {"X-API-KEY": "wrong"}):
        assert client.post(path, json=HELLO, headers=headers).status_code == 401
    assert jobs.dispatched == []


def test_a_project_is_named_with_or_without_its_owner() -> None:
    for project_id in ("site", "owner/site", "OWNER/site"):
        assert project_name(project_id, "owner", "owner/runner") == "owner/site"


def test_a_command_with_the_shared_secret_is_refused__its_run_is_public(
    client: Client, jobs: ScriptedJobs, owner: Any, secret: str
) -> None:
    reply = client.post("/execute", json={**HELLO, "command": f"curl -H 'X-API-KEY: {secret}' x"}, headers=owner)
    assert reply.status_code == 422
    assert reply.json
    assert [detail["field"] for detail in reply.json["details"]] == ["command"]
    assert secret not in reply.text
    assert jobs.dispatched == []
