"""What one job made and another sends: only what was announced, and only what the receiver could send as well."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import responses
from responses import matchers

from action.errors import BundleInvalid, GitHubUnavailable, TokenInsufficient
from action.github.api import RunnerApi
from action.steps.dispatch import Event, read_events, send, write_events
from receiver.task import Payload
from receiver.task.feedback import Feedback

API = "https://api.example"
URL = f"{API}/repos/owner/runner/dispatches"
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
BUILD = Payload(build_id="b" * 20, task_key="c" * 20, round=1, received_at=NOW, envelope="c2VhbGVk")
SAID = Feedback(message_id="a" * 20, project="owner/my-task", role="evaluator", text="All well.", at=NOW)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def dispatcher(slept: list[float]) -> RunnerApi:
    return RunnerApi(requests.Session(), api_url=f"{API}/", repository="owner/runner", token="t", sleep=slept.append)


def test_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    events = [Event.of(BUILD), Event.of(SAID)]
    assert [event.name for event in events] == ["build-task", "record-feedback"]
    assert read_events(tmp_path, write_events(tmp_path, events)) == events


def test_no_events_are_no_mistake(tmp_path: Path) -> None:
    assert read_events(tmp_path, write_events(tmp_path, [])) == []


def put_a_link(file: Path) -> None:
    file.rename(file.with_name("other"))
    file.symlink_to("other")


@pytest.mark.parametrize("change", [Path.unlink, lambda file: file.write_bytes(b"[]"), put_a_link])
def test_other_events_than_were_announced_are_not_sent(tmp_path: Path, change: Callable[[Path], object]) -> None:
    digest = write_events(tmp_path, [Event.of(SAID)])
    change(tmp_path / "events.json")
    with pytest.raises(BundleInvalid, match="are not sent"):
        read_events(tmp_path, digest)


def test_without_a_digest_nothing_is_sent(tmp_path: Path) -> None:
    write_events(tmp_path, [Event.of(SAID)])
    with pytest.raises(BundleInvalid):
        read_events(tmp_path, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "execute-command", "payload": {}},
        {"name": "build-task", "payload": SAID.model_dump(mode="json")},
        {"name": "record-feedback", "payload": {**SAID.model_dump(mode="json"), "role": "Not a role"}},
    ],
)
def test_what_the_receiver_would_not_send_is_not_sent(tmp_path: Path, wrong: dict[str, object]) -> None:
    body = json.dumps([wrong]).encode()
    (tmp_path / "events.json").write_bytes(body)
    with pytest.raises(BundleInvalid, match="an event is malformed"):
        read_events(tmp_path, hashlib.sha256(body).hexdigest())


def test_each_is_dispatched_with_a_pause_between_two(
    dispatcher: RunnerApi, http: responses.RequestsMock, slept: list[float]
) -> None:
    for event in (Event.of(BUILD), Event.of(SAID)):
        body = {"event_type": event.name, "client_payload": event.payload}
        headers = {"Authorization": "Bearer t"}
        match = [matchers.json_params_matcher(body), matchers.header_matcher(headers)]
        http.post(URL, status=204, match=match)
    send([Event.of(BUILD), Event.of(SAID)], dispatcher, lambda: slept.append(1.0))
    assert slept == [1.0]


def test_what_passes_by_itself_is_tried_again(
    dispatcher: RunnerApi, http: responses.RequestsMock, slept: list[float]
) -> None:
    http.post(URL, body=requests.ConnectionError("reset"))
    http.post(URL, status=502)
    http.post(URL, status=403, body="You have exceeded a secondary rate limit.")
    http.post(URL, status=204)
    dispatcher.dispatch("build-task", {})
    assert slept == [2.0, 5.0, 60.0]  # GitHub asks for a minute when it does not say how long


def test_what_stays_is_reported_with_what_to_do(
    dispatcher: RunnerApi, http: responses.RequestsMock, slept: list[float]
) -> None:
    http.post(URL, status=403, body="Resource not accessible by integration")
    with pytest.raises(TokenInsufficient, match="the job lacks 'contents: write'"):
        dispatcher.dispatch("build-task", {})
    http.post(URL, status=422)
    with pytest.raises(GitHubUnavailable, match="larger than 64 KB"):
        dispatcher.dispatch("build-task", {})
    assert slept == []


def test_a_github_that_stays_away_is_reported(
    dispatcher: RunnerApi, http: responses.RequestsMock, slept: list[float]
) -> None:
    for _ in range(5):
        http.post(URL, status=503)
    with pytest.raises(GitHubUnavailable, match="arrives twice does no harm"):
        dispatcher.dispatch("build-task", {})
    assert slept == [2.0, 5.0, 10.0, 20.0]
