"""From the event to the request, with real envelopes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from action.console import Console
from action.errors import UnreadableRequest
from action.github.api import RunnerApi
from action.job.request import hide, open_request, read_payload, read_task_file
from receiver.task import BuildRequest, Keys, Payload, StoredEnvelope
from receiver.task.payload import digest

SECRET = "a secret for tests"
BLOB = "a" * 40
BLOB_URL = f"https://api.example/repos/owner/runner/git/blobs/{BLOB}"


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys.for_repository(SECRET, "owner/runner")


@pytest.fixture
def sealed(request_: BuildRequest, keys: Keys) -> bytes:
    return request_.seal(keys)


@pytest.fixture
def payload(request_: BuildRequest, sealed: bytes) -> Payload:
    return request_.payload(sealed)


class Blobs:
    """A runner repository with one blob."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content

    def read(self, blob: str) -> bytes:
        assert blob == BLOB
        return self.content


def as_event(payload: Payload, shape: str) -> dict[str, Any]:
    data = json.loads(payload.model_dump_json())
    shapes: dict[str, dict[str, Any]] = {
        "dispatch": {"client_payload": data},
        "by hand": {"inputs": {"payload": json.dumps(data)}},
        "with nothing": {"inputs": {"payload": json.dumps(data)}, "client_payload": None},
    }
    return shapes[shape]


@pytest.mark.parametrize("shape", ["dispatch", "by hand", "with nothing"])
def test_the_payload_is_read_from_each_event(payload: Payload, shape: str) -> None:
    assert read_payload(as_event(payload, shape)) == payload


@pytest.mark.parametrize(
    "event", [{}, {"inputs": None}, {"inputs": {"payload": "{"}}, {"client_payload": {"build_id": "private text"}}]
)
def test_an_event_without_a_build_is_refused_without_quoting_it(event: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRequest) as caught:
        read_payload(event)
    assert "private text" not in str(caught.value)


def test_an_inline_envelope(payload: Payload, request_: BuildRequest) -> None:
    assert open_request(payload, SECRET, Blobs()) == request_


def test_a_stored_envelope(request_: BuildRequest, sealed: bytes) -> None:
    payload = request_.payload(sealed, StoredEnvelope(blob=BLOB, sha256=digest(sealed)))
    assert open_request(payload, SECRET, Blobs(sealed)) == request_


def test_a_stored_envelope_with_another_digest_is_refused(request_: BuildRequest, sealed: bytes) -> None:
    payload = request_.payload(sealed, StoredEnvelope(blob=BLOB, sha256="0" * 64))
    with pytest.raises(UnreadableRequest, match="not those that the receiver stored"):
        open_request(payload, SECRET, Blobs(sealed))


def test_another_secret__the_message_says_where_to_set_it(payload: Payload) -> None:
    with pytest.raises(UnreadableRequest, match="STUDENT_SECRET"):
        open_request(payload, "another secret", Blobs())


@pytest.mark.parametrize(
    "change",
    [
        {"build_id": "e" * 20},
        {"task_key": "e" * 20},
        {"round": 2},
        {"received_at": "2026-11-20T06:36:22Z"},
    ],
)
def test_public_ids_that_are_not_those_in_the_envelope_are_refused(payload: Payload, change: dict[str, Any]) -> None:
    changed = Payload.model_validate({**payload.model_dump(), **change})
    with pytest.raises(UnreadableRequest, match="another build"):
        open_request(changed, SECRET, Blobs())


def runner_api(slept: list[float]) -> RunnerApi:
    return RunnerApi(
        requests.Session(), api_url="https://api.example/", repository="owner/runner", token="t", sleep=slept.append
    )


def test_a_blob_is_read_raw_and_again_after_1_and_2_seconds(http: responses.RequestsMock) -> None:
    slept: list[float] = []
    headers = {"Accept": "application/vnd.github.raw+json", "Authorization": "Bearer t"}
    match = [matchers.header_matcher(headers)]
    http.get(BLOB_URL, status=404, match=match)
    http.get(BLOB_URL, status=502, match=match)
    http.get(BLOB_URL, body=b"\x00sealed", match=match)
    assert runner_api(slept).blob(BLOB) == b"\x00sealed"
    assert slept == [1, 2]


def test_a_blob_that_is_gone(http: responses.RequestsMock) -> None:
    slept: list[float] = []
    http.get(BLOB_URL, status=404)
    with pytest.raises(UnreadableRequest, match="answered 404"):
        runner_api(slept).blob(BLOB)
    assert slept == [1, 2, 4, 8]


def test_a_missing_permission_is_not_tried_again(http: responses.RequestsMock) -> None:
    slept: list[float] = []
    http.get(BLOB_URL, status=403)
    with pytest.raises(UnreadableRequest, match="contents: read"):
        runner_api(slept).blob(BLOB)
    assert slept == []


def test_private_values_are_masked_as_they_were_sent(request_: BuildRequest) -> None:
    log = StringIO()
    hide(request_, SECRET, Console(log))
    masked = {line.removeprefix("::add-mask::") for line in log.getvalue().splitlines()}
    assert {SECRET, "student@example.org", "nonce-4711-abcd", "https://evaluation.example.org/notify"} <= masked


def test_a_task_file_gives_the_same_build_each_time(tmp_path: Path, request_: BuildRequest) -> None:
    path = tmp_path / "task.json"
    path.write_text(request_.task.model_dump_json(exclude={"echo", "checks"}))
    first = read_task_file(path, secret=SECRET, repository="owner/runner")
    assert first.build_id == read_task_file(path, secret=SECRET, repository="owner/runner").build_id
    assert first.task.brief == request_.task.brief


def test_a_task_file_that_lacks_a_field__it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text('{"email": "student@example.org"}')
    with pytest.raises(UnreadableRequest, match="nonce") as caught:
        read_task_file(path, secret=SECRET, repository="owner/runner")
    assert "student@example.org" not in str(caught.value)
