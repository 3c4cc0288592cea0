"""The door to feedback.yml, against GitHub's wire: what is dispatched is what the action reads."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import responses

from receiver.connection import Connection
from receiver.messages import FeedbackWorkflow
from receiver.task.feedback import Feedback

API = "https://api.github.com"
REPOSITORY = f"{API}:443/repos/owner/runner"  # PyGithub writes the port


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def door() -> FeedbackWorkflow:
    return FeedbackWorkflow("owner/runner", Connection("made-up", API, timeout_s=3))


def test_dispatch_sends_what_the_action_reads(github: responses.RequestsMock, door: FeedbackWorkflow) -> None:
    said = Feedback(
        message_id="a" * 20,
        project="owner/site",
        role="teacher",
        text="Größer, bitte.",
        metrics={"score": 0.5},
        restore="d" * 40,
        at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    github.post(f"{REPOSITORY}/dispatches", status=204)
    door.dispatch(said)
    sent = json.loads(github.calls[0].request.body or b"")
    assert sent["event_type"] == "record-feedback"
    assert Feedback.model_validate(sent["client_payload"]) == said


def test_runs_of_messages_are_read_from_the_list(github: responses.RequestsMock, door: FeedbackWorkflow) -> None:
    runs = [
        {"id": 2, "display_title": f"feedback {'a' * 20}", "status": "queued", "html_url": "https://r/2"},
        {"id": 1, "display_title": "feedback by hand", "status": "completed", "html_url": "https://r/1"},
    ]
    github.get(f"{REPOSITORY}/actions/workflows/feedback.yml/runs", json={"workflow_runs": runs})
    assert [(run.message_id, run.run_url, run.conclusion) for run in door.recent()] == [("a" * 20, "https://r/2", None)]
