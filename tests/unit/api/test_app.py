"""The door and the api in one process: everything the door serves, everything described, bodies read by one rule."""

import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from receiver.app import create_app
from receiver.config import Config
from receiver.task import Keys
from tests.unit.receiver.conftest import ScriptedRunner, described_routes, routes_of

BODIES = {
    "/execute": {"project_id": "site", "command": "true", "wait_s": 0},
    "/feedback": {"project_id": "site", "role": "x", "text": "y"},
    "/messages": {"project_id": "site", "role": "x", "text": "y"},
    "/file/read": {"project_id": "site", "file_path": "a"},
    "/evaluate": {"project": "site"},
    "/tasks": {"template": "tip-splitter", "recipient": "ann@example.org"},
}
OF_A_TASK = ("", "/versions", "/results", "/results/latest", "/messages", "/runs", "/logs", "/logs/{name}")
OF_A_PROJECT = ("", "/{sha}", "/{sha}.zip", "/{sha}/files/{path}")
ORCHESTRATOR = (  # the 23 paths with both forms of get_code, but /stats, which is among READ already
    *("/upload_task", "/get_tasks", "/get_task/{task_id}", "/update_task/{task_id}", "/upload_code"),
    *("/get_code/{task_id}", "/get_code/{task_id}/{version}", "/download_code/{task_id}/{version}"),
    *("/delete_code/{code_id}", "/upload_results", "/get_results/{task_id}", "/get_latest_results/{task_id}"),
    *("/upload_feedback", "/get_feedback/{task_id}", "/upload_message", "/get_messages/{task_id}"),
    *("/get_logs/{task_id}", "/download_log/{task_id}/{filename}", "/spawn_container"),
    *("/container_status/{container_id}", "/container/{container_id}", "/healthcheck"),
)
READ = {
    *("/docs", "/docs/{name}", "/jobs", "/jobs/{job_id}", "/feedback/{message_id}", "/tasks", "/stats", "/projects"),
    *("/explain", "/forms", "/forms/{name}", "/started/{start_id}", "/builds/{build_id}/again"),
    *(f"/tasks/{{task_key}}{path}" for path in OF_A_TASK),
    *(f"/projects/{{project_id}}/versions{path}" for path in OF_A_PROJECT),
    *ORCHESTRATOR,
}


def test_it_serves_what_the_door_serves_and_more(
    app: Flask, config: Config, runner: ScriptedRunner, keys: Keys
) -> None:
    door = routes_of(create_app(config, runner, keys))
    assert door < routes_of(app)
    assert {path for path, _ in routes_of(app) - door} == {*BODIES, *READ}


def test_the_description_has_every_route_and_no_other(client: Client, app: Flask) -> None:
    assert described_routes(client) == routes_of(app)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("path", BODIES)
def test_json_is_taken_whatever_content_type_it_has(client: Client, owner: Any, path: str, content_type: str) -> None:
    response = client.post(path, data=json.dumps(BODIES[path]), content_type=content_type, headers=owner)
    assert response.status_code in {200, 202}


@pytest.mark.parametrize("path", BODIES)
def test_a_form_is_415_and_an_empty_body_400__both_say_what_to_send(client: Client, owner: Any, path: str) -> None:
    for body, status in ((b"secret=x&task=y", 415), (b"just words", 415), (b"", 400), (b" \n", 400)):
        reply: Any = client.post(path, data=body, content_type="application/x-www-form-urlencoded", headers=owner)
        assert reply.status_code == status
        assert "Send one JSON object" in reply.json["next_step"]
