import json
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from flask.testing import FlaskClient

from embedded.evaluation_server import Evaluator, Journal, create_app

TASK = {"task": "a-task", "brief": "A page."}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    evaluator = Evaluator(Journal(tmp_path), receiver="http://receiver", own_url="http://evaluator", secret="s3cret")
    return create_app(evaluator).test_client()


def send(client: FlaskClient) -> dict[str, Any]:
    with responses.RequestsMock() as world:
        world.post("http://receiver/ready", json={"build_id": "b"})
        answer = client.post("/tasks", json=TASK)
        body = json.loads(world.calls[0].request.body or "")
    assert (answer.status_code, body["secret"], body["evaluation_url"]) == (200, "s3cret", "http://evaluator/notify")
    sent: dict[str, Any] = answer.get_json()["sent"]
    return sent


def callback_for(sent: dict[str, Any]) -> dict[str, Any]:
    copied = {name: sent[name] for name in ("email", "task", "round", "nonce")}
    return {**copied, "repo_url": "http://h/o/r", "pages_url": "http://h/r/", "commit_sha": "0123456789" * 4}


def test_a_task_is_filled_in_and_sent__and_its_secret_is_not_kept(client: FlaskClient, tmp_path: Path) -> None:
    sent = send(client)
    assert len(sent["nonce"]) == 16
    assert "secret" not in sent
    assert "s3cret" not in (tmp_path / "tasks.jsonl").read_text()


def test_a_true_callback_is_taken_and_a_false_one_refused_with_reasons__both_are_recorded(client: FlaskClient) -> None:
    callback = callback_for(send(client))
    wrong = client.post("/notify", json={**callback, "round": 2})
    assert (wrong.status_code, wrong.get_json()["reasons"]) == (400, ["round does not match what was sent"])
    assert client.post("/notify", json=callback).status_code == 200
    recorded = client.get("/callbacks").get_json()
    assert [entry["reasons"] for entry in recorded] == [["round does not match what was sent"], []]
    assert recorded[1]["body"] == callback


def test_what_is_not_json_is_refused_and_recorded(client: FlaskClient) -> None:
    assert client.post("/notify", data=b"{", content_type="application/json").status_code == 400
    assert len(client.get("/callbacks").get_json()) == 1


def test_a_receiver_that_is_down_is_said_to_be(client: FlaskClient) -> None:
    with responses.RequestsMock() as world:
        world.post("http://receiver/ready", body=requests.ConnectionError())
        answer = client.post("/tasks", json=TASK)
    assert (answer.status_code, "Is it still running?" in answer.get_json()["error"]) == (502, True)


def test_a_restart_finds_everything_again(client: FlaskClient, tmp_path: Path) -> None:
    sent = send(client)
    client.post("/notify", json=callback_for(sent))
    again = Journal(tmp_path)
    assert again.all("tasks")[0]["nonce"] == sent["nonce"]
    assert again.wait_for_callback(sent["nonce"], 0) is not None
