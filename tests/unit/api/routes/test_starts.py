"""POST /tasks, /evaluate, /builds/<id>/again and GET /started/<id>; dry runs at the door."""

import base64
from typing import Any

import pytest
from werkzeug.test import Client

from action.errors import UnreadableRequest
from action.generate.task_template import AskedRound
from action.steps.evaluate import Wish
from action.steps.make_task import make, read_order
from api.errors import CANNOT_RUN_AGAIN
from api.ids import new_id
from api.starts import EvaluatorWorkflow, GeneratorWorkflow, StartedRun
from receiver.errors import Problem
from receiver.models import Build
from receiver.task import BuildRequest, CannotOpenEnvelope, Keys
from receiver.task.order import Evaluation, SealedOrder
from tests.unit.api.doubles import ScriptedStarts
from tests.unit.receiver.conftest import ScriptedRunner, build

IDEA = {"idea": "A page that counts birds", "recipient": "ann@example.org"}


def start(client: Client, owner: Any, path: str = "/tasks", **body: Any) -> dict[str, Any]:
    answer = client.post(path, json=body, headers=owner)
    assert answer.status_code == 202, answer.text
    reply: dict[str, Any] = answer.json  # type: ignore[assignment]
    assert answer.headers["Location"] == reply["start_url"]
    return reply


@pytest.mark.parametrize("asked", [IDEA, {"template": "tip-splitter", "recipient": "ann@example.org", "round": 2}])
def test_an_order_is_sealed__the_answer_knows_the_build_that_comes_of_it(
    client: Client, starts: ScriptedStarts, owner: Any, keys: Keys, secret: str, asked: dict[str, Any]
) -> None:
    reply = start(client, owner, **asked)
    (sent,) = starts.started
    assert isinstance(sent, SealedOrder)
    public = sent.model_dump_json(exclude={"envelope"})
    assert "ann@example.org" not in public
    assert "birds" not in public
    order = read_order({"client_payload": sent.model_dump()}, secret)
    page = AskedRound(brief="Count birds " * 10, checks=["The page title is 'Birds'", "It loads", "a.csv exists"])
    made = make(order, keys, "run 7", lambda _: page)
    assert (made.request.build_id, made.request.task_key) == (reply["build_id"], reply["task_key"])
    assert made.request.task.email == "ann@example.org"


def test_the_same_order_with_the_same_nonce_is_the_same_build(client: Client, owner: Any) -> None:
    one, two = start(client, owner, **IDEA, nonce="n"), start(client, owner, **IDEA, nonce="n")
    assert (one["build_id"], one["start_id"]) == (two["build_id"], two["start_id"])
    assert start(client, owner, **IDEA)["build_id"] != one["build_id"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"template": "tip-splitter"}, "(the whole task)"),
        ({"idea": ""}, "(the whole task)"),
        ({"idea": "", "template": "../x"}, "template"),
        ({"recipient": " "}, "recipient"),
        ({"round": 0.5}, "round"),
        ({"evaluation_url": "ftp://x"}, "evaluation_url"),
        ({"idea": "\ud800"}, "idea"),
        ({"idea": "x" * 4001}, "idea"),
        ({"dry_run": "yes"}, "dry_run"),
    ],
)
def test_an_order_that_cannot_be_made_is_refused_by_field(
    client: Client, starts: ScriptedStarts, owner: Any, changes: dict[str, Any], field: str
) -> None:
    answer = client.post("/tasks", json=IDEA | changes, headers=owner)
    assert answer.json
    assert (answer.status_code, answer.json["details"][0]["field"]) == (422, field)
    assert starts.started == []


def test_an_envelope_of_another_order_is_not_opened(keys: Keys, secret: str, client: Client, owner: Any) -> None:
    starts = client.application.extensions["api"].starts  # type: ignore[attr-defined]
    start(client, owner, **IDEA)
    other = starts.started[0].model_copy(update={"start_id": "0" * 20})
    with pytest.raises(CannotOpenEnvelope, match="another order"):
        other.open(secret)
    for broken in (other, other.model_copy(update={"envelope": "?"}), starts.started[0]):
        with pytest.raises(UnreadableRequest, match="cannot be opened"):
            read_order({"client_payload": broken.model_dump()}, secret if broken is other else "another")


def test_an_order_by_hand_still_comes_from_the_form() -> None:
    order = read_order({"inputs": {"idea": " A page ", "recipient": "a@b.example", "round": ""}}, "secret")
    assert (order.idea, order.round, order.task_name[:5]) == ("A page", 1, "idea-")


def test_evaluate__one_project_or_the_newest(client: Client, starts: ScriptedStarts, owner: Any) -> None:
    reply = start(client, owner, "/evaluate", project="site", revise=True)
    assert (reply["agent"], reply["task_key"], reply["build_id"]) == ("evaluator", "7" * 20, None)
    start(client, owner, "/evaluate")
    one, newest = starts.started
    assert isinstance(one, Evaluation)
    assert isinstance(newest, Evaluation)
    assert (one.project, one.revise, newest.project) == ("owner/site", True, "")
    assert Wish.model_validate(one.model_dump()) == Wish(project="owner/site", revise=True)
    assert client.post("/evaluate", json={"project": "nothing"}, headers=owner).status_code == 404
    assert client.post("/evaluate", json={"revise": "x"}, headers=owner).status_code == 422


def test_a_started_run_is_found_by_its_title() -> None:
    run = {"status": "waiting", "conclusion": None, "html_url": "https://github.example/runs/7"}
    start_id = new_id()
    found = GeneratorWorkflow.as_run(run | {"display_title": f"task {start_id} · from an idea"})
    assert found
    assert (found.start_id, found.agent, found.state) == (start_id, "generator", "queued")
    assert GeneratorWorkflow.as_run(run | {"display_title": "task · from an idea"}) is None
    assert EvaluatorWorkflow.as_run(run | {"display_title": f"task {start_id} · x"}) is None


def test_started__queued_until_it_is_listed__unknown_when_it_is_old(
    client: Client, starts: ScriptedStarts, owner: Any
) -> None:
    start_id = new_id()
    reply = client.get(f"/started/{start_id}", headers=owner).json
    assert reply
    assert (reply["state"], reply["agent"]) == ("queued", None)
    starts.runs = [StartedRun(start_id=start_id, agent="evaluator", state="completed", conclusion="success")]
    reply = client.get(f"/started/{start_id}", headers=owner).json
    assert reply
    assert (reply["state"], reply["conclusion"]) == ("completed", "success")
    for unknown in ("0" * 20, "x"):
        assert client.get(f"/started/{unknown}", headers=owner).status_code == 404


@pytest.mark.parametrize("conclusion", ["failure", "success", "cancelled"])
def test_a_build_that_has_ended_is_run_again(
    client: Client, starts: ScriptedStarts, runner: ScriptedRunner, owner: Any, conclusion: str
) -> None:
    runner.builds = [ended(conclusion)]
    answer = client.post(f"/builds/{'a' * 20}/again", headers=owner)
    assert answer.status_code == 202
    assert answer.json
    assert (answer.json["attempt"], starts.run_again) == (2, [runner.builds[0].run_id])


def test_a_build_that_runs__or_is_unknown__or_too_old__is_not_run_again(
    client: Client, starts: ScriptedStarts, runner: ScriptedRunner, owner: Any
) -> None:
    client.application.extensions["receiver"].recent_builds._keep_s = 0  # type: ignore[attr-defined]
    starts.refusal = Problem(CANNOT_RUN_AGAIN)
    found = []
    for runs in ([], [ended(None)], [ended("failure")]):
        runner.builds = runs
        answer = client.post(f"/builds/{'a' * 20}/again", headers=owner)
        assert answer.json
        found.append((answer.status_code, answer.json["error"]))
    assert found == [(404, "unknown-build"), (409, "still-runs"), (409, "cannot-run-again")]
    assert starts.run_again == []


def test_a_dry_run_is_another_build_and_needs_no_callback(
    client: Client, task: Any, runner: ScriptedRunner, secret: str
) -> None:
    real = client.post("/ready", json=task).json
    del task["evaluation_url"]
    dry = client.post("/ready", json=task | {"dry_run": True}).json
    assert real
    assert dry
    assert dry["build_id"] != real["build_id"]
    assert dry["task_key"] == real["task_key"]
    assert "nothing is published" in dry["message"]
    whole, tried = (BuildRequest.unseal(base64.b64decode(each.envelope or ""), secret) for each in runner.dispatched)
    assert (whole.dry_run, tried.dry_run) == (False, True)


def ended(conclusion: str | None) -> Build:
    return build("a" * 20, status="completed" if conclusion else "in_progress", conclusion=conclusion)
