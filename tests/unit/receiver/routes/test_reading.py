"""GET /, /health, /status, /logs and /openapi.json."""

from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import Client

from receiver.errors import GitHubRefused
from receiver.github_errors import AWAY
from receiver.models import JobLog
from tests.unit.receiver.conftest import described_routes, routes_of

ONE, TWO, THREE = "1" * 20, "2" * 20, "3" * 20


def test_home_is_a_page_for_people_and_json_for_programs(client: Client) -> None:
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    assert "curl http://localhost/ready" in page.text
    assert client.get("/", headers={"Accept": "application/json"}).json


def test_health_asks_nobody(client: Client, runner: Any) -> None:
    runner.refusal = AssertionError("GitHub was asked")
    assert client.get("/health").json == {"status": "ok", "queue": None}


def test_health_says_the_queue_as_it_was_last_seen(client: Client, runner: Any, owner: Any, make_build: Any) -> None:
    states = ("queued", "in_progress", "in_progress", "completed")
    runner.builds = [make_build(ONE, number, status=status) for number, status in enumerate(states)]
    client.get("/status", headers=owner)
    runner.refusal = AssertionError("GitHub was asked")
    assert client.get("/health").json == {"status": "ok", "queue": {"queued": 1, "running": 2, "age_s": 0}}


def test_the_door_alone_says_of_a_build_what_its_run_does(
    client: Client, runner: Any, owner: Any, make_build: Any
) -> None:
    runner.builds = [make_build(ONE)]
    reply: Any = client.get(f"/status/{ONE}", headers=owner).json
    assert (reply["commit"], reply["verdict"], reply["page"]) == (None, None, None)


def test_status_without_the_key_says_only_that_the_receiver_is_up(client: Client, runner: Any) -> None:
    runner.refusal = AssertionError("GitHub was asked")
    assert client.get("/status").json == {"status": "up"}


def test_status_shows_the_owner_running_and_last_builds(
    client: Client, runner: Any, owner: Any, make_build: Any
) -> None:
    runner.builds = [make_build(ONE, 3, "in_progress"), make_build(TWO, 2), make_build(THREE, 1, conclusion="failure")]
    reply = client.get("/status", headers=owner).json
    assert reply
    assert [build["build_id"] for build in reply["running"]] == [ONE]
    assert [build["conclusion"] for build in reply["recent"]] == ["success", "failure"]


@pytest.mark.parametrize("path", ["/status", f"/status/{ONE}", "/logs", f"/logs?build={ONE}&lines=x"])
def test_a_wrong_key_is_401(client: Client, runner: Any, make_build: Any, path: str) -> None:
    runner.builds = [make_build(ONE)]
    for key in ("", "wrong", "\xff"):
        assert client.get(path, headers={"X-API-KEY": key}).status_code == 401


@pytest.mark.parametrize("path", [f"/status/{ONE}", "/logs"])
def test_details_without_the_key_are_401(client: Client, path: str) -> None:
    assert client.get(path).status_code == 401


def test_one_build_shows_all_its_runs(client: Client, runner: Any, owner: Any, make_build: Any) -> None:
    runner.builds = [make_build(ONE, 3, "queued"), make_build(TWO, 2), make_build(ONE, 1)]
    reply = client.get(f"/status/{ONE}", headers=owner).json
    assert reply
    assert reply["status"] == "queued"
    assert [run["run_id"] for run in reply["runs"]] == [3, 1]


def test_one_build__whose_jobs_github_does_not_start__says_so(
    client: Client, runner: Any, owner: Any, make_build: Any
) -> None:
    runner.builds = [make_build(ONE, 3, conclusion="failure")]
    runner.problem = "The job was not started because your account is locked due to a billing issue."
    reply = client.get(f"/status/{ONE}", headers=owner).json
    assert reply
    assert (reply["conclusion"], reply["problem"]) == ("failure", runner.problem)


def test_an_unknown_build_is_404_with_the_next_step(client: Client, owner: Any) -> None:
    for path in (f"/status/{ONE}", f"/logs?build={ONE}", "/logs", "/status/..%2f"):
        assert client.get(path, headers=owner).status_code == 404


def test_a_log_can_be_downloaded(client: Client, runner: Any, owner: Any, make_build: Any) -> None:
    runner.builds = [make_build(ONE)]
    runner.job_logs = [JobLog(job="generate", status="completed", conclusion="success", lines=["one", "two"])]
    preview = client.get(f"/logs?build={ONE}", headers=owner)
    whole = client.get(f"/logs?build={ONE}&download=1", headers=owner)
    assert "Content-Disposition" not in preview.headers
    assert whole.headers["Content-Disposition"] == f'attachment; filename="pagewright-{ONE}.log"'
    assert runner.asked_for_lines == [200, 5000]
    assert whole.text == preview.text


def test_logs_are_text_and_json_when_asked_for(client: Client, runner: Any, owner: Any, make_build: Any) -> None:
    runner.builds = [make_build(TWO, 9), make_build(ONE, 1)]
    runner.job_logs = [JobLog(job="generate", status="completed", conclusion="success", lines=["one", "two"])]
    text = client.get(f"/logs?build={ONE}&lines=2", headers=owner)
    assert text.text == "=== generate: success\none\ntwo\n"
    reply = client.get("/logs", headers={**owner, "Accept": "application/json"}).json
    assert reply
    assert reply["build_id"] == TWO  # the newest, when none is named
    assert runner.asked_for_lines == [2, 200]


@pytest.mark.parametrize("lines", ["0", "-1", "x", "", "1.5", "²", "9" * 30])
def test_lines_that_is_no_number_is_422(client: Client, owner: Any, lines: str) -> None:
    response = client.get("/logs", query_string={"lines": lines}, headers=owner)
    assert response.status_code == 422
    assert response.json
    assert response.json["details"][0]["field"] == "lines"


def test_nobody_gets_more_than_the_most_lines(client: Client, runner: Any, owner: Any, make_build: Any) -> None:
    runner.builds = [make_build(ONE)]
    client.get("/logs?lines=99999999", headers=owner)
    assert runner.asked_for_lines == [5000]


@pytest.mark.parametrize("path", ["/status", f"/status/{ONE}", "/logs"])
def test_github_being_away_is_503_for_who_wants_details(client: Client, runner: Any, owner: Any, path: str) -> None:
    runner.refusal = GitHubRefused(AWAY, retry_after_s=30)
    response = client.get(path, headers=owner)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"


def test_the_public_address_is_the_one_that_the_proxy_names(client: Client) -> None:
    proxy = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "tasks.example.com", "Accept": "text/html"}
    assert "curl https://tasks.example.com/ready" in client.get("/", headers=proxy).text


def test_the_description_is_openapi_31_and_its_schemas_are_schemas(client: Client, app: Flask) -> None:
    document = client.get("/openapi.json").json
    assert document
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert not [name for name in references(document) if name not in document["components"]["schemas"]]


def test_the_description_has_every_route_and_no_other(client: Client, app: Flask) -> None:
    assert described_routes(client) == routes_of(app)
    assert {path for path, _ in routes_of(app)} == {
        *("/", "/ready", "/task", "/api-endpoint", "/handle_task", "/api/task", "/api/build"),
        *("/status", "/status/{build_id}", "/logs", "/health", "/openapi.json"),
    }


def test_the_description_accepts_what_senders_really_send(client: Client, task: Any) -> None:
    document = client.get("/openapi.json").json
    assert document
    validator = Draft202012Validator(
        {"$ref": "#/components/schemas/SentTask", "components": document["components"]},
    )
    for change in (
        {},
        {"round": "1"},
        {"nonce": 5},
        {"checks": "one"},
        {"checks": [{"js": "true"}, "js: true"]},
        {"checks": None, "attachments": None},
        {"attachments": {"name": "a", "url": "data:,a"}},
        {"unknown": 1},
    ):
        validator.validate({**task, **change})
        assert client.post("/ready", json={**task, **change}).status_code == 200
    for missing in ("email", "task", "nonce", "brief"):  # a header can show a key, and nobody may wait
        assert not validator.is_valid({name: value for name, value in task.items() if name != missing})


def references(value: Any) -> set[str]:
    """Return the names that the $refs within `value` point at."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    here = {value["$ref"].rsplit("/", 1)[1]} if "$ref" in value else set()
    return here.union(*map(references, value.values()))
