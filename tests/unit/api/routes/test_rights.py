"""Keys with rights, on every route that there is: who has the right comes in, and who has all others does not."""

import base64
import json
import logging
import re
import secrets
from dataclasses import replace
from typing import Any, get_args

import pytest
from flask import Flask
from werkzeug.test import Client

from receiver.access import AccessKey, Right, digest_of
from receiver.config import Config
from receiver.gate import WRONG_KEYS
from receiver.task import BuildRequest
from tests.unit.api.doubles import ScriptedData
from tests.unit.receiver.conftest import DescribedClient, routes_of

ALL = frozenset(get_args(Right)) - {"owner"}
KEYS = {right: secrets.token_urlsafe() for right in [*ALL, "owner", "limited", "course"]}
FOR_ANYBODY = {
    "/",
    "/forms",
    "/forms/{name}",
    "/docs",
    "/docs/{name}",
    "/health",
    "/healthcheck",
    "/openapi.json",
    "/status",
}
PUBLIC = {(path, "GET") for path in FOR_ANYBODY}
NEEDS = {  # routes that come later are tried as well, with whatever right they turn out to need
    ("/ready", "POST"): "send",
    ("/", "POST"): "send",
    ("/task", "POST"): "send",
    ("/api-endpoint", "POST"): "send",
    ("/status/{build_id}", "GET"): "read",
    ("/logs", "GET"): "read",
    ("/jobs/{job_id}", "GET"): "read",
    ("/feedback/{message_id}", "GET"): "read",
    ("/file/read", "POST"): "read",
    ("/execute", "POST"): "run",
    ("/jobs/{job_id}", "DELETE"): "run",
    ("/feedback", "POST"): "talk",
}
PASSED = {200, 202, 404, 409, 415, 422}


def key_of(name: str, rights: Any, **more: Any) -> AccessKey:
    return AccessKey(name, digest_of(KEYS[name]), frozenset(rights), **{"per_hour": 10_000, **more})


@pytest.fixture
def config(secret: str) -> Config:
    """Each right has a key of its own."""
    keys = [*(key_of(right, {right}) for right in [*ALL, "owner"]), key_of("limited", {"read"}, per_hour=3)]
    course = key_of("course", {"send"}, emails=("*@course.example.org",))
    plain = Config(secret=secret, token="token", repository="owner/runner", max_request_mb=1)
    return replace(plain, keys=(*keys, course))


@pytest.fixture(autouse=True)
def branch(data: ScriptedData) -> None:
    """The branch has what it always has."""
    data.documents |= {"tasks.json": {"tasks": []}, "stats.json": {}}


def header(name: str) -> dict[str, str]:
    return {"X-API-KEY": KEYS[name]}


def ask(client: Client, route: tuple[str, str], headers: dict[str, str]) -> Any:
    path = re.sub(r"\{[^}]+\}", "0" * 20, route[0])
    body: dict[str, Any] | None = {} if route[1] in {"POST", "PUT", "PATCH"} else None
    return client.open(path, method=route[1], headers=headers, json=body)


def has_passed(answer: Any) -> bool:
    """Whether somebody came in, even if there is nothing to see."""
    return answer.status_code in PASSED or answer.json["error"] == "unreadable-data"


def needed(client: Client, route: tuple[str, str]) -> str:
    """Return the only right of all with which a route lets pass."""
    passed = []
    for right in ALL:
        answer = ask(client, route, header(right))
        if has_passed(answer):
            passed.append(right)
        else:
            assert (answer.status_code, answer.json["error"]) == (403, "no-right")
            assert f"The key {right} may not do this" in answer.json["message"]
    assert len(passed) == 1, f"{route} lets {passed} pass"
    return str(passed[0])


def test_each_route_lets_one_right_pass_and_no_other(client: Client, app: Flask) -> None:
    found = {route: needed(client, route) for route in routes_of(app) - PUBLIC}
    assert found.items() >= NEEDS.items()


def test_owner_and_the_shared_secret_pass_everywhere(client: Client, app: Flask, owner: Any) -> None:
    for route in routes_of(app) - PUBLIC:
        assert has_passed(ask(client, route, header("owner")))
        assert has_passed(ask(client, route, owner))


def test_without_a_key_and_with_a_wrong_one_nothing_is_said_but_401(client: Client, app: Flask) -> None:
    for number, route in enumerate(sorted(routes_of(app) - PUBLIC)):
        shown: list[dict[str, str]] = [{}, {"X-API-KEY": "wrong"}, {"Authorization": "Bearer wrong"}]
        for headers in shown:
            answer = ask(client, route, {**headers, "X-Forwarded-For": f"10.0.0.{number}"})
            assert answer.status_code in {401, 429}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER  "])
def test_a_key_may_come_as_a_bearer_token(client: Client, scheme: str) -> None:
    answer = client.get("/status/" + "0" * 20, headers={"Authorization": f"{scheme} {KEYS['read']}"})
    assert answer.status_code == 404


def test_x_api_key_comes_before_a_bearer_token_that_a_proxy_needs(client: Client) -> None:
    headers = {"Authorization": "Bearer of-the-proxy", **header("read")}
    assert client.get("/status", headers=headers).json != {"status": "up"}


def test_the_short_status_is_for_anybody_without_a_key_only(client: Client) -> None:
    assert client.get("/status").json == {"status": "up"}
    assert client.get("/status", headers=header("send")).status_code == 403
    assert client.get("/status", headers={"Authorization": "Basic abc"}).json == {"status": "up"}


def test_one_request_too_many_is_429__others_go_on(client: Client) -> None:
    found = [client.get("/status", headers=header("limited")).status_code for _ in range(1003)]
    assert found == [200] * 3 + [429] * 1000
    answer = client.get("/status", headers=header("limited"))
    assert answer.json
    assert 3590 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.json["retry_after_seconds"] == int(answer.headers["Retry-After"])
    assert client.get("/status", headers=header("read")).status_code == 200


def test_a_request_counts_once_even_when_it_is_looked_at_twice(client: Client, app: Flask) -> None:
    for _ in range(3):
        assert client.get("/status/" + "0" * 20, headers=header("limited")).status_code == 404
    assert client.get("/status/" + "0" * 20, headers=header("limited")).status_code == 429


@pytest.mark.parametrize("way", ["body", "large body", "header", "bearer", "missing"])
def test_wrong_keys_are_counted_on_every_way(client: Client, task: Any, way: str) -> None:
    sent: dict[str, Any] = {
        "body": {"json": {**task, "secret": "wrong"}},
        "large body": {"json": {**task, "secret": "wrong", "brief": "x" * 20_000}},
        "header": {"json": {**task, "secret": ""}, "headers": {"X-API-KEY": "wrong"}},
        "bearer": {"json": {**task, "secret": None}, "headers": {"Authorization": "Bearer wrong"}},
        "missing": {"json": {name: value for name, value in task.items() if name != "secret"}},
    }[way]
    found = [client.post("/ready", **sent).status_code for _ in range(WRONG_KEYS + 5)]
    assert found == [401] * WRONG_KEYS + [429] * 5
    refused = client.post("/ready", **sent)
    assert refused.json
    assert refused.json["error"] == "too-many-wrong-keys"
    assert 590 < int(refused.headers["Retry-After"]) <= 600
    assert client.post("/ready", json=task).status_code == 200
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.9"}}
    assert client.post("/ready", **sent, **elsewhere).status_code == 401


def test_what_a_stranger_writes_into_x_forwarded_for_makes_no_new_address(client: Client, task: Any) -> None:
    for number in range(WRONG_KEYS):
        client.post("/ready", json={**task, "secret": "x"}, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert (
        client.post("/ready", json={**task, "secret": "x"}, headers={"X-Forwarded-For": "10.1.1.1"}).status_code == 429
    )


def sent(client: Client, task: Any, runner: Any, secret: str, **ask: Any) -> BuildRequest:
    assert client.post("/ready", json=task, **ask).status_code == 200
    return BuildRequest.unseal(base64.b64decode(runner.dispatched[-1].envelope), secret)


def test_a_courses_key_sends_its_own_tasks__sealed_under_the_secret_of_the_receiver(
    client: Client, task: Any, runner: Any, secret: str
) -> None:
    task |= {"secret": KEYS["course"], "email": "one@Course.example.org"}
    build = sent(client, task, runner, secret)
    assert (build.sent_by, build.task.email) == ("course", "one@Course.example.org")
    assert KEYS["course"] not in build.model_dump_json()
    assert "course" not in json.dumps(runner.dispatched[-1].model_dump(mode="json", exclude={"envelope"}))


def test_a_courses_key_does_not_send_tasks_of_others(client: Client, task: Any, runner: Any) -> None:
    answer = client.post("/ready", json={**task, "secret": KEYS["course"]})
    assert answer.json
    assert (answer.status_code, answer.json["error"]) == (403, "other-email")
    assert "*@course.example.org" in answer.json["next_step"]
    assert task["email"] not in answer.text
    assert runner.dispatched == []


def test_the_key_in_a_header_takes_the_place_of_the_secret__the_same_build(
    client: Client, task: Any, runner: Any, secret: str
) -> None:
    by_secret = sent(client, task, runner, secret)
    del task["secret"]
    for headers in (header("send"), {"Authorization": f"Bearer {KEYS['send']}"}):
        build = sent(client, task, runner, secret, headers=headers)
        assert (build.build_id, build.sent_by) == (by_secret.build_id, "send")
    assert by_secret.sent_by == ""


def test_a_wrong_secret_is_401_whatever_the_header_says(client: Client, task: Any) -> None:
    task["secret"] = "wrong"
    assert client.post("/ready", json=task, headers=header("owner")).status_code == 401


@pytest.mark.parametrize("url", ["", None, "missing"])
def test_who_may_start_things_need_not_wait_for_a_callback(
    client: Client, task: Any, runner: Any, secret: str, owner: Any, url: str | None
) -> None:
    task["evaluation_url"] = url
    if url == "missing":
        del task["evaluation_url"]
    del task["secret"]
    for headers in (header("owner"), owner):
        answer = client.post("/ready", json=task, headers=headers)
        assert answer.json
        assert answer.status_code == 200
        assert "nobody is called back" in answer.json["message"]
    assert sent(client, task, runner, secret, headers=header("owner")).task.evaluation_url == ""


def test_the_protocol_demands_an_evaluation_url__of_the_shared_secret_and_of_who_may_only_send(
    client: Client, task: Any, secret: str
) -> None:
    del task["evaluation_url"]
    for key in (secret, KEYS["send"]):
        answer = client.post("/ready", json={**task, "secret": key}, headers={"Authorization": "Bearer of-a-proxy"})
        assert answer.json
        assert (answer.status_code, answer.json["details"][0]["field"]) == (422, "evaluation_url")


def test_logs_name_the_key_and_never_show_it(client: Client, task: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/ready", json={**task, "secret": KEYS["send"]})
        client.get("/logs", headers=header("send"))
    assert "key=send build_id=" in caplog.text
    assert "GET /logs 403" in caplog.text
    assert "key=send error=no-right" in caplog.text
    assert KEYS["send"] not in caplog.text


def test_feedback_that_holds_the_callers_key_is_not_published(client: Client, messages: Any) -> None:
    said = {"project_id": "site", "role": "teacher", "text": f"My key is {KEYS['talk'].upper()}."}
    answer = client.post("/feedback", json=said, headers=header("talk"))
    assert answer.status_code == 422
    assert messages.said == []


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/projects/new/versions", {"message": f"With {KEYS['upload']}"}),
        ("/projects/new/versions", {"files": {"a.txt": f"key = {KEYS['upload']}"}}),
        ("/projects/new/versions", {"files": {f"{KEYS['upload']}.txt": ""}}),
        ("/projects", {"message": f"With {KEYS['upload']}"}),
        ("/projects", {"git": f"https://git.example.org/{KEYS['upload']}"}),
    ],
)
def test_files_that_hold_the_callers_key_are_not_published(
    client: Client, runner: Any, jobs: Any, path: str, change: Any
) -> None:
    usual = {"git": "https://git.example.org/x"} if path == "/projects" else {"files": {"a.txt": ""}}
    answer = client.post(path, json={**usual, **change}, headers=header("upload"))
    assert answer.status_code == 422, answer.text
    assert answer.json
    assert "your key" in answer.json["details"][0]["reason"]
    assert (runner.dispatched, jobs.dispatched) == ([], [])


def test_no_cache_keeps_an_answer_for_somebody_with_other_rights(client: Client, app: Flask) -> None:
    for route in routes_of(app) - PUBLIC:
        for headers in (header("owner"), *([{}] if route[1] == "GET" else [])):
            answer = ask(client, route, headers)
            assert answer.headers["Cache-Control"] == "no-store", route
            assert answer.headers["X-Content-Type-Options"] == "nosniff", route


def test_hiding_a_version_by_a_message_needs_the_right_of_who_uploads(client: Client, messages: Any) -> None:
    said = {"project_id": "site", "role": "teacher", "text": "Hide it.", "hides": "c" * 40}
    answer: Any = client.post("/messages", json=said, headers=header("talk"))
    assert (answer.status_code, answer.json["error"]) == (403, "no-right")
    assert client.post("/messages", json=said, headers=header("owner")).status_code == 202
    assert [(each.kind, each.hides) for each in messages.said] == [("state", "c" * 40)]


def test_a_task_that_a_model_shall_build_needs_the_right_to_start_things(client: Client, messages: Any) -> None:
    asked = {"title": "A clock", "build": True}
    answer: Any = client.post("/upload_task", json=asked, headers=header("talk"))
    assert (answer.status_code, answer.json["error"], messages.said) == (403, "no-right", [])
    assert client.post("/upload_task", json={"title": "A clock"}, headers=header("talk")).status_code == 200


def test_the_description_says_how_keys_are_shown(client: DescribedClient) -> None:
    document = client.get("/openapi.json").json
    assert document
    assert set(document["components"]["securitySchemes"]) == {"secret", "bearer"}
    operation = document["paths"]["/execute"]["post"]
    assert operation["security"] == [{"secret": []}, {"bearer": []}]
    assert {"403", "429"} <= operation["responses"].keys()
    assert document["paths"]["/ready"]["post"]["security"] == [{}, {"secret": []}, {"bearer": []}]
