"""repository_dispatch and workflow_dispatch."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from embedded.github.bare_git import BareGit
from embedded.github.core import GitHub
from embedded.github.events import Event
from embedded.github.store import Document, Store
from embedded.github.workflow_states import may_run, set_state
from tests.unit.embedded.github.doubles import OTHER_RUN, Api

SITE = "/repos/alice/site"
WORKFLOW = b"""
name: Build
on:
  workflow_dispatch:
    inputs:
      payload: {required: true, type: string}
      size: {default: small}
"""


@pytest.fixture(scope="session")
def with_workflows(first_commit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    git = BareGit(tmp_path_factory.mktemp("workflows") / "site.git")
    shutil.copytree(first_commit, git.path)
    files = {"build.yml": WORKFLOW, "other.yml": b"on: push"}
    changes = [("100644", f".github/workflows/{name}", git.write_blob(text)) for name, text in files.items()]
    author = git.commit("main").author
    git.update_ref("refs/heads/main", git.write_commit(git.write_tree("main", changes), ["main"], "CI", author, author))
    return git.path


@pytest.fixture
def workflow(repo: Document, github: GitHub, with_workflows: Path) -> str:
    shutil.rmtree(github.repository_path(repo))
    shutil.copytree(with_workflows, github.repository_path(repo))
    return f"{SITE}/actions/workflows/build.yml"


def test_dispatch__becomes_an_event_on_the_default_branch(
    api: Api, repo: Document, github: GitHub, emitted: list[Event]
) -> None:
    body = {"event_type": "build-task", "client_payload": {"build_id": "abc"}}
    assert api("POST", f"{SITE}/dispatches", body).status_code == 204
    (event,) = emitted
    assert (event.name, event.ref, event.sha) == (
        "repository_dispatch",
        "refs/heads/main",
        github.git(repo).resolve("main"),
    )
    assert event.payload["action"] == "build-task"
    assert event.payload["client_payload"] == {"build_id": "abc"}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "event_type"),
        ({"event_type": "x" * 101}, "100"),
        (
            {"event_type": "x", "client_payload": dict.fromkeys("abcdefghijk", 1)},
            "No more than 10 properties are allowed; 11",
        ),
        ({"event_type": "x", "client_payload": {"a": "x" * 65_536}}, "too large"),
        ({"event_type": "x", "client_payload": []}, "client_payload"),
    ],
)
def test_dispatch__refuses_what_github_refuses(
    api: Api, repo: Document, emitted: list[Event], wanted: dict[str, Any], words: str
) -> None:
    reply = api("POST", f"{SITE}/dispatches", wanted)
    assert (reply.status_code, emitted) == (422, [])
    assert words in reply.json["message"]


def test_dispatch__takes_a_payload_just_below_the_limit(api: Api, repo: Document) -> None:
    body = {"event_type": "x", "client_payload": {"a": "x" * (65_535 - len('{"a":""}'))}}
    assert api("POST", f"{SITE}/dispatches", body).status_code == 204


def test_dispatch__to_a_repository_that_the_token_does_not_reach_is_403(
    bob: Api, repo: Document, emitted: list[Event]
) -> None:
    assert bob("POST", f"{SITE}/dispatches", {"event_type": "x"}).status_code == 403
    assert emitted == []


def test_workflows__are_listed_and_found_by_id_and_file(api: Api, workflow: str) -> None:
    listed = api("GET", f"{SITE}/actions/workflows").json
    assert [each["name"] for each in listed["workflows"]] == ["Build", ".github/workflows/other.yml"]
    by_id = api("GET", f"{SITE}/actions/workflows/{listed['workflows'][0]['id']}")
    assert by_id.json == api("GET", workflow).json
    assert api("GET", f"{SITE}/actions/workflows/nope.yml").status_code == 404


def test_workflow_dispatch__fills_in_defaults_and_answers_204(api: Api, workflow: str, emitted: list[Event]) -> None:
    emitted.clear()
    body = {"ref": "main", "inputs": {"payload": "{}"}}
    assert api("POST", f"{workflow}/dispatches", body).status_code == 204
    (event,) = emitted
    assert event.inputs == {"payload": "{}", "size": "small"}
    assert (event.workflow_path, event.ref) == (".github/workflows/build.yml", "refs/heads/main")


def test_workflow_dispatch__returns_the_run_on_request(api: Api, workflow: str) -> None:
    body = {"ref": "main", "inputs": {"payload": "{}"}, "return_run_details": True}
    assert api("POST", f"{workflow}/dispatches", body).json["workflow_run_id"] == OTHER_RUN


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"inputs": {"payload": "x"}}, "ref"),
        ({"ref": "nope", "inputs": {"payload": "x"}}, "No ref found"),
        ({"ref": "main"}, "Required input 'payload' not provided"),
        ({"ref": "main", "inputs": {"payload": "x", "odd": 1}}, 'Unexpected inputs provided: ["odd"]'),
        ({"ref": "main", "inputs": {"payload": "x" * 65_536}}, "too large"),
    ],
)
def test_workflow_dispatch__refuses_what_github_refuses(
    api: Api, workflow: str, wanted: dict[str, Any], words: str
) -> None:
    reply = api("POST", f"{workflow}/dispatches", wanted)
    assert reply.status_code == 422
    assert words in reply.json["message"]


def test_workflow_dispatch__needs_the_trigger(api: Api, workflow: str) -> None:
    reply = api("POST", f"{SITE}/actions/workflows/other.yml/dispatches", {"ref": "main"})
    assert reply.json["message"] == "Workflow does not have 'workflow_dispatch' trigger"


def test_a_disabled_workflow__cannot_be_dispatched_until_it_is_enabled(api: Api, workflow: str) -> None:
    assert api("GET", workflow).json["state"] == "active"
    assert api("PUT", f"{workflow}/disable").status_code == 204
    assert api("GET", workflow).json["state"] == "disabled_manually"
    again = api("PUT", f"{workflow}/disable")
    assert (again.status_code, again.json["message"]) == (403, "Unable to disable a workflow that is not active.")
    refused = api("POST", f"{workflow}/dispatches", {"ref": "main", "inputs": {"payload": "{}"}})
    assert (refused.status_code, "disabled workflow" in refused.text) == (422, True)
    assert api("PUT", f"{workflow}/enable").status_code == 204
    assert api("POST", f"{workflow}/dispatches", {"ref": "main", "inputs": {"payload": "{}"}}).status_code == 204
    assert api("PUT", f"{SITE}/actions/workflows/nope.yml/disable").status_code == 404


def test_workflows__do_not_run_while_actions_are_off_or_after_60_quiet_days(
    api: Api, workflow: str, store: Store
) -> None:
    path = api("GET", workflow).json["path"]
    assert may_run(store, "alice/site", path)
    assert api("PUT", f"{SITE}/actions/permissions", {"enabled": False}).status_code == 204
    assert api("GET", f"{SITE}/actions/permissions").json["enabled"] is False
    assert not may_run(store, "alice/site", path)
    assert api("PUT", f"{SITE}/actions/permissions", {"enabled": True}).status_code == 204
    assert api("GET", f"{SITE}/actions/permissions").json["allowed_actions"] == "all"
    set_state(store, "alice/site", path, "disabled_inactivity")
    assert api("GET", workflow).json["state"] == "disabled_inactivity"
    assert not may_run(store, "alice/site", path)
