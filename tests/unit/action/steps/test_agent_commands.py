"""The agents' phases as a step runs them: from the event to a message, outputs for the next job, and a dispatch."""

import base64
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import responses

from action.__main__ import main
from action.console import Console
from action.github.git import Trailers
from action.ledger.models import Message
from receiver.task import BuildRequest, Keys, Payload, seal
from receiver.task.feedback import Feedback
from tests.unit.action.github.test_history import KEY, NAME, Server, revision

SECRET = "a secret for tests"
MESSAGE = "a" * 20
ANN = "ann@students.example.com"
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
DISPATCHES = "https://api.example/repos/owner/runner/dispatches"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": f"file://{tmp_path / 'server'}",
        "GITHUB_API_URL": "https://api.example",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }


@pytest.fixture
def server(tmp_path: Path) -> Server:
    (tmp_path / "server").mkdir()
    made = Server(tmp_path / "server")
    (made.work / ".pagewright").mkdir()
    (made.work / ".pagewright" / "build.json").write_text(json.dumps({"task_key": KEY, "round": 1}))
    made.commit(Trailers("b" * 20, KEY, 1).message("Build round 1"), index="first")
    return made


def event(tmp_path: Path, **change: Any) -> None:
    payload = {"message_id": MESSAGE, "project": f"owner/{NAME}", "role": "teacher", "text": "Add a title.", "at": NOW}
    feedback = Feedback.model_validate({**payload, **change})
    (tmp_path / "event.json").write_text(json.dumps({"client_payload": feedback.model_dump(mode="json")}))


def outputs(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "output").read_text().splitlines()
    return {lines[at].partition("<<")[0]: lines[at + 1] for at in range(0, len(lines), 3)}


def message(tmp_path: Path) -> Message:
    return Message.model_validate_json((tmp_path / "pagewright" / "message.json").read_bytes())


def test_feedback__the_message_is_written_and_the_next_job_starts(
    environ: dict[str, str], server: Server, tmp_path: Path, console: Console
) -> None:
    event(tmp_path, revise=True)
    assert main(["feedback"], environ, console) == 0
    assert outputs(tmp_path)["starts"] == "true"
    assert json.loads(outputs(tmp_path)["plan"]) == {"project": NAME, "task": "my-task", "task_key": KEY, "round": 1}
    kept = message(tmp_path)
    assert (kept.id, kept.task_key, kept.revise) == (MESSAGE, KEY, True)
    assert kept.run is not None
    assert kept.run.run_id == 7
    assert "revises the page" in (tmp_path / "summary.md").read_text()


def test_feedback_over_the_limit__kept_with_a_warning_and_no_next_job(
    environ: dict[str, str], server: Server, tmp_path: Path, console: Console, log: StringIO
) -> None:
    server.commit(revision(1), index="second")
    event(tmp_path, revise=True)
    assert main(["feedback"], {**environ, "MAX_REVISIONS": "1"}, console) == 0
    assert outputs(tmp_path)["starts"] == "false"
    assert "No revision was started: Round 1 of this task has 1 revisions" in message(tmp_path).text
    assert "::warning title=E-REVISIONS::" in log.getvalue()


def test_feedback_with_an_unknown_version__kept_and_the_run_fails(
    environ: dict[str, str], server: Server, tmp_path: Path, console: Console, log: StringIO
) -> None:
    event(tmp_path, restore="e" * 40)
    assert main(["feedback"], environ, console) == 33
    assert outputs(tmp_path)["starts"] == "false"
    assert "Nothing was restored: Commit eeeeeeeeee is no version" in message(tmp_path).text
    assert "::error title=E-RESTORE::" in log.getvalue()


def test_a_log__is_opened_by_one_job_and_kept_by_the_next(
    environ: dict[str, str], server: Server, tmp_path: Path, console: Console
) -> None:
    holder = {**environ, "STUDENT_SECRET": SECRET, "GITHUB_TOKEN": "a token for tests"}
    keys = Keys.for_repository(SECRET, "owner/runner")

    def send(content: str) -> None:
        envelope = base64.b64encode(seal(content.encode(), keys)).decode()
        event(tmp_path, kind="result", metrics={"loss": 0.5}, log={"name": "run.log", "envelope": envelope})

    send(f"{MESSAGE}\nit began\nthe secret is {SECRET}\nit ended\n")
    assert main(["open_log"], holder, console) == 0
    assert main(["feedback"], environ, console) == 0
    text = (tmp_path / "pagewright" / "log.txt").read_text()
    assert text == "it began\nthe secret is ***\nit ended\n"
    kept = message(tmp_path)
    assert kept.log
    assert (kept.kind, kept.log.name, kept.log.size, kept.log.preview) == ("result", "run.log", len(text), text.strip())
    (tmp_path / "pagewright" / "log.txt").unlink()
    send(f"{'b' * 20}\nthe log of another message")
    assert main(["open_log"], holder, console) == 11
    assert main(["feedback"], environ, console) == 0
    assert message(tmp_path).log is None


def test_a_message_about_a_task_without_a_project__reads_no_repository(
    environ: dict[str, str], tmp_path: Path, console: Console
) -> None:
    event(tmp_path, kind="state", state="closed", project="", task_key="9" * 20)
    assert main(["feedback"], environ, console) == 0
    kept = message(tmp_path)
    assert (kept.task_key, kept.project, kept.kind, kept.state) == ("9" * 20, "", "state", "closed")
    assert outputs(tmp_path)["starts"] == "false"
    assert "the task is closed" in (tmp_path / "summary.md").read_text()


def test_a_closed_task_of_the_ledger__is_not_revised(
    environ: dict[str, str], server: Server, tmp_path: Path, console: Console, log: StringIO
) -> None:
    (tmp_path / "states.json").write_text(json.dumps({KEY: {"state": "closed"}}))
    event(tmp_path, revise=True)
    assert main(["feedback"], {**environ, "PAGEWRIGHT_LEDGER": str(tmp_path)}, console) == 0
    assert outputs(tmp_path)["starts"] == "false"
    assert "::warning title=E-CLOSED::" in log.getvalue()


def test_feedback_about_no_project__nothing_is_written(
    environ: dict[str, str], server: Server, tmp_path: Path, console: Console
) -> None:
    event(tmp_path, project="owner/something-else")
    assert main(["feedback"], environ, console) == 42
    assert not (tmp_path / "pagewright" / "message.json").exists()


def dispatched(http: responses.RequestsMock) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(http.calls[-1].request.body or b"{}")
    return body


def test_revise__a_sealed_request_for_that_project_is_dispatched(
    environ: dict[str, str], tmp_path: Path, console: Console, log: StringIO, http: responses.RequestsMock
) -> None:
    event(tmp_path, restore="d" * 40)
    http.post(DISPATCHES, status=204)
    plan = json.dumps({"project": NAME, "task": "my-task", "task_key": KEY, "round": 1})
    secrets = {"STUDENT_SECRET": SECRET, "GITHUB_TOKEN": "run-token", "PAGEWRIGHT_PLAN": plan}
    assert main(["revise"], {**environ, **secrets}, console) == 0
    sent = dispatched(http)
    assert sent["event_type"] == "build-task"
    payload = Payload.model_validate(sent["client_payload"])
    request = unsealed(payload)
    assert (request.project, request.revision, request.restore) == (NAME, MESSAGE, "d" * 40)
    assert (payload.build_id, payload.task_key, payload.round) == (request.build_id, KEY, 1)
    assert f"::add-mask::{SECRET}" in log.getvalue()


def unsealed(payload: Payload) -> BuildRequest:
    return BuildRequest.unseal(base64.b64decode(payload.envelope or ""), SECRET)


@pytest.mark.parametrize("plan", ["{}", "nothing", json.dumps({"project": "../x", "task": "a", "task_key": KEY})])
def test_revise__a_plan_that_was_changed_is_refused(
    environ: dict[str, str], tmp_path: Path, console: Console, plan: str
) -> None:
    event(tmp_path, revise=True)
    secrets = {"STUDENT_SECRET": SECRET, "GITHUB_TOKEN": "t", "PAGEWRIGHT_PLAN": plan}
    assert main(["revise"], {**environ, **secrets}, console) == 11


def test_make_task_and_dispatch__from_a_form_to_an_event(
    environ: dict[str, str], tmp_path: Path, console: Console, log: StringIO, http: responses.RequestsMock
) -> None:
    form = {"template": "tip-splitter", "recipient": ANN, "round": "1", "evaluation_url": ""}
    (tmp_path / "event.json").write_text(json.dumps({"inputs": form}))
    assert main(["make_task"], {**environ, "STUDENT_SECRET": SECRET}, console) == 0
    made = outputs(tmp_path)
    kept = message(tmp_path)
    assert (kept.id, kept.role) == (made["message"], "generator")
    visible = log.getvalue().replace(f"::add-mask::{ANN}\n", "") + kept.model_dump_json()
    assert ANN not in visible
    http.post(DISPATCHES, status=204)
    environ = {**environ, "GITHUB_TOKEN": "t", "PAGEWRIGHT_DIGEST": made["digest"], "SECONDS_BETWEEN_WRITES": "0"}
    assert main(["dispatch"], environ, console) == 0
    payload = Payload.model_validate(dispatched(http)["client_payload"])
    request = unsealed(payload)
    assert (payload.build_id, request.task.email, request.task.evaluation_url) == (kept.build_id, ANN, "")
    assert ANN not in json.dumps(dispatched(http))


def test_make_task__an_idea_needs_a_model(
    environ: dict[str, str], tmp_path: Path, console: Console, log: StringIO
) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"inputs": {"idea": "A clock.", "recipient": ANN}}))
    assert main(["make_task"], {**environ, "STUDENT_SECRET": SECRET}, console) == 10
    assert "GEMINI_API_KEY is not set" in log.getvalue()


def test_make_task__a_form_that_is_not_filled_in(
    environ: dict[str, str], tmp_path: Path, console: Console, log: StringIO
) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"inputs": {"recipient": ANN}}))
    assert main(["make_task"], {**environ, "STUDENT_SECRET": SECRET}, console) == 11
    assert "give either a template or an idea" in log.getvalue()


def test_evaluate__without_a_ledger_there_is_nothing_to_look_at(
    environ: dict[str, str], tmp_path: Path, console: Console, log: StringIO
) -> None:
    (tmp_path / "event.json").write_text("{}")
    assert main(["evaluate"], {**environ, "PAGEWRIGHT_LEDGER": str(tmp_path / "ledger")}, console) == 0
    assert outputs(tmp_path)["messages"] == "0"
    assert "no published page yet" in log.getvalue()
