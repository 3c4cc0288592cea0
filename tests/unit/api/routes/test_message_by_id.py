"""GET /feedback/<id>: from a run that waits to a page, each state with a sentence that says it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client

from api.ids import new_id
from api.message_replies import KeptMessage, MessageRun
from receiver.models import BuildOutcome
from tests.unit.api.doubles import ScriptedMessages

ID, BUILD = "a" * 20, "b" * 20
PUBLISHED = BuildOutcome(commit="c" * 40, commit_url="https://g/commit/c", page="https://p/site/", is_live=True)


def message_run(status: str = "completed", conclusion: str | None = "success", message_id: str = ID) -> MessageRun:
    ended = conclusion if status == "completed" else None
    return MessageRun(message_id=message_id, run_id=7, status=status, conclusion=ended, run_url="https://r/7")


def kept(build_id: str = "", text: str = "Add a title.", **more: Any) -> KeptMessage:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    about = {"id": ID, "project": "owner/site", "role": "teacher", "at": at, "text": text, "build_id": build_id, **more}
    return KeptMessage.model_validate(about)


def ask(client: Client, owner: Any, message_id: str = ID) -> Any:
    reply: Any = client.get(f"/feedback/{message_id}", headers=owner)
    assert reply.status_code == 200
    return reply.json


def test_a_message_that_was_accepted_a_moment_ago_is_queued(client: Client, owner: Any) -> None:
    seen = ask(client, owner, new_id())
    assert (seen["state"], seen["run_id"], seen["text"]) == ("queued", None, None)
    assert "does not list its run yet" in seen["note"]


@pytest.mark.parametrize(
    ("run", "state", "words"),
    [
        (message_run("queued"), "queued", "queued"),
        (message_run("pending"), "queued", "queued"),
        (message_run("in_progress"), "recording", "being recorded"),
        (message_run(conclusion="failure"), "not-recorded", "without recording"),
    ],
)
def test_before_the_message_is_kept(
    client: Client, messages: ScriptedMessages, owner: Any, run: MessageRun, state: str, words: str
) -> None:
    messages.runs = [message_run(message_id="d" * 20), run]
    seen = ask(client, owner)
    assert (seen["state"], seen["run_id"], seen["run_url"], seen["build"]) == (state, 7, "https://r/7", None)
    assert words in seen["note"]


def test_a_message_that_asks_for_nothing(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    messages.runs, messages.messages = [message_run()], {ID: kept(metrics={"score": 0.5})}
    seen = ask(client, owner)
    assert (seen["state"], seen["role"], seen["text"]) == ("recorded", "teacher", "Add a title.")
    assert (seen["project"], seen["metrics"], seen["build"]) == ("owner/site", {"score": 0.5}, None)
    assert seen["note"].endswith("No build was started, because it asks for none.")


def test_a_message_whose_wish_was_refused_says_why(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    why = "No revision was started: Round 1 of this task has 3 revisions, and 3 are allowed."
    messages.runs, messages.messages = [message_run()], {ID: kept(text=f"Add a title.\n\n{why}", revise=True)}
    seen = ask(client, owner)
    assert (seen["state"], seen["note"]) == ("recorded", f"The message is recorded. {why}")


def test_the_build_of_a_message_is_followed_to_its_page(
    client: Client, messages: ScriptedMessages, runner: Any, owner: Any, make_build: Any, app: Any
) -> None:
    app.extensions["receiver"].recent_builds._keep_s = 0  # here, time stands still between two looks
    messages.runs, messages.messages = [message_run("in_progress")], {ID: kept(BUILD, revise=True)}
    assert ask(client, owner)["state"] == "build-queued"
    for status, state in (("pending", "build-queued"), ("in_progress", "build-running")):
        runner.builds = [make_build(BUILD, 9, status=status)]
        seen = ask(client, owner)
        assert (seen["state"], seen["build"]["status"], seen["build"]["commit"]) == (state, status, None)
    runner.builds, messages.outcomes = [make_build(BUILD, 9)], {9: PUBLISHED}
    seen = ask(client, owner)
    assert seen["state"] == "published"
    assert seen["note"] == f"Published: commit {'c' * 40}, page https://p/site/."
    assert seen["build"] == {
        "build_id": BUILD,
        "status": "completed",
        "conclusion": "success",
        "run_url": "https://github.example/runs/9",
        **PUBLISHED.model_dump(),
    }


def test_a_build_without_a_commit_says_what_went_wrong(
    client: Client, messages: ScriptedMessages, runner: Any, owner: Any, make_build: Any
) -> None:
    messages.runs, messages.messages = [message_run()], {ID: kept(BUILD, revise=True)}
    runner.builds = [make_build(BUILD, 9, conclusion="failure")]
    messages.outcomes = {9: BuildOutcome(reason="No model answered.")}
    seen = ask(client, owner)
    assert (seen["state"], seen["note"]) == (
        "not-published",
        "Its build published nothing (failure): No model answered.",
    )


def test_a_build_that_could_not_be_dispatched(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    messages.runs, messages.messages = [message_run(conclusion="failure")], {ID: kept(BUILD, revise=True)}
    seen = ask(client, owner)
    assert (seen["state"], seen["build"]) == ("recorded", None)
    assert "could not be started" in seen["note"]


def test_an_old_message_is_found_by_the_time_in_its_id(client: Client, messages: ScriptedMessages, owner: Any) -> None:
    old = new_id(1_790_000_000)
    messages.old_runs, messages.is_expired = [message_run(message_id=old)], True
    seen = ask(client, owner, old)
    assert (seen["state"], seen["text"]) == ("recorded", None)
    assert "on the dashboard only" in seen["note"]


@pytest.mark.parametrize("message_id", ["c" * 20, "x", "6ab13b80" + "0" * 12])  # the last one holds an old time
def test_an_unknown_message_is_404(client: Client, owner: Any, message_id: str) -> None:
    reply: Any = client.get(f"/feedback/{message_id}", headers=owner)
    assert (reply.status_code, reply.json["error"]) == (404, "unknown-message")


def test_only_the_owner_may_ask(client: Client) -> None:
    assert client.get(f"/feedback/{ID}").status_code == 401
