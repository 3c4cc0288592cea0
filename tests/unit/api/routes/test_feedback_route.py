"""POST /feedback and /messages."""

import base64
import json
import secrets
from typing import Any

import pytest
from werkzeug.test import Client

from api.messages import FeedbackWorkflow
from receiver.errors import GitHubRefused
from receiver.github_errors import AWAY
from receiver.task import open_envelope
from tests.unit.api.doubles import ScriptedMessages, ScriptedProjects
from tests.unit.receiver.conftest import ScriptedRunner

VERSION = "d" * 40
TEXT = "\u00fc" * 7_900  # as an escape, six characters each
MIDDLE, LONG = secrets.token_hex(20_000), secrets.token_hex(400_000)


def say(client: Client, owner: Any, path: str = "/feedback", **change: Any) -> Any:
    body = {"project_id": "site", "role": "teacher", "text": "Add a title.", **change}
    return client.post(path, json=body, headers=owner)


def test_what_is_said_is_dispatched_and_the_reply_says_that_it_is_public(
    client: Client, messages: ScriptedMessages, owner: Any
) -> None:
    reply = say(client, owner, metrics={"score": 0.5}, revise=True)
    assert reply.status_code == 202
    (said,) = messages.said
    assert (said.project, said.role, said.text) == ("owner/site", "teacher", "Add a title.")
    assert (said.metrics, said.revise, said.restore) == ({"score": 0.5}, True, "")
    assert reply.json["message_id"] == said.message_id
    assert reply.json["message_url"].endswith(f"/feedback/{said.message_id}")
    assert reply.json["task_key"] == "7" * 20
    assert reply.json["dashboard_url"] == f"https://owner.github.io/runner/task.html?key={'7' * 20}"
    assert "public" in reply.json["message"]


def test_a_project_that_does_not_say_its_task__is_spoken_about_all_the_same(
    client: Client, projects: ScriptedProjects, owner: Any
) -> None:
    projects.task_key = ""
    reply = say(client, owner)
    assert (reply.status_code, reply.json["task_key"], reply.json["dashboard_url"]) == (202, None, None)


def test_the_same_nonce_is_the_same_message(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    for change in (
        {"nonce": "1"},
        {"nonce": "1", "text": "Other."},
        {"nonce": "2"},
        {"nonce": "1", "role": "x"},
        {},
        {},
    ):
        assert say(client, owner, **change).status_code == 202
    ids = [said.message_id for said in messages.said]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5


def test_a_version_may_be_asked_back(
    client: Client, messages: ScriptedMessages, projects: ScriptedProjects, owner: Any
) -> None:
    projects.commits[VERSION] = VERSION
    assert say(client, owner, restore=VERSION).status_code == 202
    assert messages.said[0].restore == VERSION


@pytest.mark.parametrize(
    ("change", "error"),
    [({"project_id": "nothing"}, "no-such-project"), ({"restore": "e" * 40}, "no-such-ref")],
)
def test_what_is_not_there_is_404_and_nothing_is_dispatched(
    client: Client, messages: ScriptedMessages, owner: Any, change: Any, error: str
) -> None:
    reply = say(client, owner, **change)
    assert (reply.status_code, reply.json["error"]) == (404, error)
    assert messages.said == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 8001}, "text"),
        ({"role": "Not A Role"}, "role"),
        ({"metrics": {"a b": 1}}, "metrics"),
        ({"restore": "main"}, "restore"),
        ({"restore": VERSION, "revise": True}, "(the whole task)"),
        ({"project_id": "stranger/site"}, "project_id"),
        ({"project_id": "../runner"}, "project_id"),
    ],
)
def test_what_cannot_be_taken_is_422_with_the_field(
    client: Client, messages: ScriptedMessages, owner: Any, change: Any, field: str
) -> None:
    reply = say(client, owner, **change)
    assert reply.status_code == 422
    assert [detail["field"] for detail in reply.json["details"]] == [field]
    assert messages.said == []


def test_the_shared_secret_is_not_published(
    client: Client, messages: ScriptedMessages, owner: Any, secret: str
) -> None:
    reply = say(client, owner, text=f"I used {secret.upper()} here.")
    assert reply.status_code == 422
    assert secret.upper() not in reply.text
    assert messages.said == []


def test_only_the_owner_may_speak(client: Client, messages: ScriptedMessages) -> None:
    assert say(client, None).status_code == 401
    assert say(client, {"X-API-KEY": "wrong"}).status_code == 401
    assert messages.said == []


def test_github_does_not_take_it__503(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    messages.refusal = GitHubRefused(AWAY, retry_after_s=30)
    reply = say(client, owner)
    assert reply.status_code == 503
    assert reply.headers["Retry-After"]


@pytest.mark.parametrize("title", ["feedback", "feedback x", f"build {'a' * 20}", f"feedback {'A' * 20}"])
def test_runs_of_other_things_are_no_messages(title: str) -> None:
    run = {"id": 1, "display_title": title, "status": "queued", "html_url": "https://r"}
    assert FeedbackWorkflow.as_run(run) is None
    assert FeedbackWorkflow.as_run({**run, "display_title": f"feedback {'a' * 20}"}) is not None


@pytest.mark.parametrize(
    ("path", "change", "kind"),
    [
        ("/feedback", {}, "feedback"),
        ("/messages", {}, "message"),
        ("/messages", {"revise": True}, "feedback"),
        ("/messages", {"state": "closed"}, "state"),
        ("/feedback", {"kind": "message"}, "message"),
        ("/messages", {"kind": "result", "metrics": {"loss": 0.1}}, "result"),
        ("/messages", {"kind": "result", "log": "All went well."}, "result"),
        ("/messages", {"kind": "result", "metrics": {"loss": 0.1}, "revise": True}, "result"),
    ],
)
def test_a_message_has_one_of_four_kinds(
    client: Client, messages: ScriptedMessages, owner: Any, path: str, change: Any, kind: str
) -> None:
    reply = say(client, owner, path, **change)
    assert (reply.status_code, reply.json["kind"]) == (202, kind)
    assert messages.said[0].kind == kind


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "opinion"},
        {"kind": "state"},
        {"kind": "message", "state": "closed"},
        {"state": "lost"},
        {"state": "closed", "revise": True},
        {"kind": "message", "revise": True},
        {"kind": "result"},
        {"log": ""},
        {"log": " \n"},
        {"log": "x" * 1_000_001},
        {"log": "\u00fc" * 500_001},
        {"log": "x", "log_name": "../run.log"},
        {"project_id": None},
        {"task_key": "1" * 20},
        {"project_id": None, "task_key": "1" * 19},
        {"project_id": None, "task_key": "1" * 20, "revise": True},
    ],
)
def test_what_contradicts_itself_is_422_in_words(
    client: Client, messages: ScriptedMessages, owner: Any, change: Any
) -> None:
    reply = say(client, owner, "/messages", **change)
    assert (reply.status_code, messages.said) == (422, [])
    assert all("^" not in detail["reason"] for detail in reply.json["details"])


def test_a_task_without_a_project_is_named_by_its_key(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    reply = say(client, owner, "/messages", project_id=None, task_key="1" * 20)
    assert (reply.status_code, reply.json["task_key"], reply.json["project"]) == (202, "1" * 20, None)
    assert (messages.said[0].task_key, messages.said[0].project) == ("1" * 20, "")


@pytest.mark.parametrize(("log", "text", "is_stored"), [("short", "x", False), (LONG, "x", True), (MIDDLE, TEXT, True)])
def test_a_log_travels_sealed__stored_when_it_does_not_fit_beside_the_text(
    client: Client,
    messages: ScriptedMessages,
    runner: ScriptedRunner,
    owner: Any,
    secret: str,
    log: str,
    text: str,
    is_stored: bool,
) -> None:
    assert say(client, owner, text=text, log=log, log_name="run.log").status_code == 202
    (said,) = messages.said
    assert said.log
    sealed = runner.stored[said.message_id] if is_stored else base64.b64decode(said.log.envelope or "")
    assert (said.log.name, said.log.envelope is None) == ("run.log", is_stored)
    assert open_envelope(sealed, secret).decode() == f"{said.message_id}\n{log}"
    sent = said.model_dump(mode="json", exclude_defaults=True)
    assert len(sent) <= 10, "properties that GitHub takes"
    assert len(json.dumps({"event_type": "record-feedback", "client_payload": sent})) < 64 * 1024


def test_a_log_with_the_shared_secret_is_refused(
    client: Client, messages: ScriptedMessages, owner: Any, secret: str
) -> None:
    reply = say(client, owner, log=f"X-API-KEY: {secret}")
    assert (reply.status_code, reply.json["details"][0]["field"]) == (422, "log")
    assert messages.said == []
