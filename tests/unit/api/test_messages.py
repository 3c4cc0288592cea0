"""The door to feedback.yml, against GitHub's wire: what is dispatched is what the action reads."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from action.errors import BundleInvalid
from action.ledger.models import Message
from action.record import AssertionRecord, AttemptRecord, BuildRecord, ContractRecord, Deployment, Publication
from api.messages import FeedbackWorkflow, as_outcome
from receiver.connection import Connection
from receiver.models import BuildOutcome, Verdict
from receiver.task.feedback import Feedback

ID = "a" * 20
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


def zipped(content: bytes, name: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, content)
    return archive.getvalue()


def uploaded(github: responses.RequestsMock, name: str, content: bytes, file: str) -> None:
    """Run 2 has uploaded an artifact with one file, besides others."""
    artifacts = [{"id": 8, "name": f"{name}-live", "expired": False}, {"id": 5, "name": name, "expired": False}]
    github.get(f"{REPOSITORY}/actions/runs/2/artifacts", json={"artifacts": artifacts})
    github.get(f"{REPOSITORY}/actions/artifacts/5/zip", status=302, headers={"Location": "https://storage.example/5"})
    github.get("https://storage.example/5", body=zipped(content, file))


def test_what_the_run_kept_is_read_as_the_action_writes_it(
    github: responses.RequestsMock, door: FeedbackWorkflow
) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    said = Message(
        id=ID, task_key="c" * 20, project="owner/site", role="teacher", at=at, text="Größer.", build_id="b" * 20
    )
    uploaded(github, f"message-{ID}", said.model_dump_json(indent=1).encode(), "message.json")
    found = door.kept(ID, 2)
    assert found
    assert (found.text, found.build_id, found.at) == ("Größer.", "b" * 20, at)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"id": "other", "role": "x", "at": "2026-11-20T00:00:00Z", "text": ""}']
)
def test_what_is_no_message_of_this_id_is_none(
    github: responses.RequestsMock, door: FeedbackWorkflow, content: bytes
) -> None:
    uploaded(github, f"message-{ID}", content, "message.json")
    assert door.kept(ID, 2) is None


def test_the_outcome_of_a_build_is_read_from_its_record(github: responses.RequestsMock, make_build: Any) -> None:
    record = BuildRecord(build_id=ID, task_key="c" * 20, round=1, received_at=datetime(2026, 11, 20, tzinfo=UTC))
    record.publication = Publication(
        repository="owner/site",
        repo_url="https://g/owner/site",
        branch="main",
        pages_url="https://p/",
        commit_sha="d" * 40,
    )
    record.deployment = Deployment(is_live=True, commits=["d" * 40], seconds=1, detail="")
    record.contract = ContractRecord(
        attempts=[AttemptRecord(number=1, headline="1 of 2 hold", is_kept=True), AttemptRecord(number=2)],
        assertions=[
            AssertionRecord(id="a", origin="given", state="pass"),
            AssertionRecord(id="b", origin="given", state="fail"),
            AssertionRecord(id="c", origin="base", state="fail"),
        ],
    )
    record.add_failure("generate", BundleInvalid("What.", "c", "n"))
    uploaded(github, f"record-{ID}-1", record.model_dump_json().encode(), "record.json")
    outcome = FeedbackWorkflow("owner/runner", Connection("made-up", API, timeout_s=3)).outcome(make_build(ID, 2))
    assert outcome == BuildOutcome(
        repository="owner/site",
        verdict=Verdict(headline="1 of 2 hold", passed=1, failed=1, undecided=0),
        commit="d" * 40,
        commit_url=f"https://g/owner/site/commit/{'d' * 40}",
        page="https://p/",
        is_live=True,
        reason="What.",
    )


@pytest.mark.parametrize("record", [b"{}", b"[]", b"x", b'{"publication": 1}', b'{"failures": [1]}'])
def test_what_is_no_record_has_no_commit(record: bytes) -> None:
    outcome = as_outcome(record)
    assert outcome is None or outcome.commit is None


@pytest.mark.parametrize("contract", [1, {"attempts": 2}, {"attempts": [{}]}, {"attempts": [1], "assertions": [2]}])
def test_a_damaged_contract_says_nothing(contract: object) -> None:
    assert as_outcome(json.dumps({"contract": contract}).encode()) is None
