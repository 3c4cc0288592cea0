"""POST /ready and its aliases."""

import base64
import json
import logging
import re
import zlib
from io import BytesIO
from typing import Any

import pytest
from nacl.secret import SecretBox
from werkzeug.test import Client

from receiver.errors import ErrorKind, GitHubRefused
from receiver.task import BuildRequest, Keys, Payload
from receiver.task.envelope import SALT_BYTES

JSON = "application/json"
ECHOED = {"email", "task", "round", "nonce"}


def opened(payload: Payload, keys: Keys) -> Any:
    """Open an inline envelope with the key at hand: deriving it takes half a second."""
    box = base64.b64decode(payload.envelope or "")[3 + SALT_BYTES :]
    return json.loads(zlib.decompress(SecretBox(keys.sealing).decrypt(box)[4:]))


@pytest.mark.parametrize("path", ["/ready", "/", "/task", "/api-endpoint", "/ready/", "/task/"])
def test_every_path_that_senders_use_accepts_a_task(client: Client, runner: Any, task: Any, path: str) -> None:
    response = client.post(path, json=task)
    assert response.status_code == 200
    assert response.json == {
        "status": "accepted",
        "build_id": runner.dispatched[0].build_id,
        "task_key": runner.dispatched[0].task_key,
        "round": 1,
        "project": None,
        "dashboard_url": f"https://owner.github.io/runner/task.html?key={runner.dispatched[0].task_key}",
        "status_url": f"http://localhost/status/{runner.dispatched[0].build_id}",
        "task": "captcha-solver-1",
        "message": "The task was received, GitHub has accepted it and is processing it; the callback follows.",
        "notes": [],
    }


def test_the_envelope_holds_the_whole_task_and_only_who_has_the_secret_reads_it(
    client: Client, runner: Any, task: Any, secret: str
) -> None:
    client.post("/ready", json=task)
    (payload,) = runner.dispatched
    public = payload.model_dump_json()
    assert not [value for value in (task["email"], task["nonce"], task["brief"], secret) if value in public]
    build = BuildRequest.unseal(base64.b64decode(payload.envelope), secret)
    assert build.task.echo == {name: task[name] for name in ECHOED}
    assert build.task.attachments[0].inline_bytes() == b"hello"
    assert build.received_at == payload.received_at
    assert secret not in build.model_dump_json()


def test_a_task_that_is_sent_again_has_the_same_build_id(client: Client, runner: Any, task: Any) -> None:
    first = client.post("/ready", json=task).json
    second = client.post("/ready", json=task).json
    other = client.post("/ready", json={**task, "nonce": "another"}).json
    assert first
    assert second
    assert other
    assert first["build_id"] == second["build_id"] != other["build_id"]
    assert len(runner.dispatched) == 3  # the sender wants its callback again
    assert len({payload.task_key for payload in runner.dispatched}) == 1


def test_a_large_envelope_is_stored_before_the_dispatch_points_at_it(
    client: Client, runner: Any, task: Any, secret: str
) -> None:
    content = bytes(range(256)) * 1200
    task["attachments"] = [{"name": "a.bin", "url": f"data:;base64,{base64.b64encode(content).decode()}"}]
    # What compresses well stays small: the first bytes of each block make this one large.
    noise = "".join(f"{number:x}" for number in range(40_000))
    assert client.post("/ready", json={**task, "brief": noise}).status_code == 200
    (payload,) = runner.dispatched
    sealed = runner.stored[payload.build_id]
    assert payload.envelope is None
    assert payload.stored.blob == "b" * 40
    assert BuildRequest.unseal(sealed, secret).task.attachments[0].inline_bytes() == content


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("round", "1"),
        ("round", 2.0),
        ("nonce", 12345),
        ("checks", "just one sentence"),
        ("checks", [{"js": "1 === 1"}, "js: true", "English", {"what": "else"}]),
        ("checks", {"js": "true"}),
        ("checks", None),
        ("attachments", None),
        ("attachments", {"name": "a.txt", "url": "data:,hello"}),
        ("attachments", [{"name": "a.zip", "url": "data:@file/zip;base64,aGVsbG8"}]),
        ("attachments", [{"name": "a.txt", "url": "https://example.com/a.txt"}]),
        ("something_else", {"deep": [1, 2]}),
        ("echo", {"nonce": "forged"}),
        ("echo", "forged"),
    ],
)
def test_what_senders_really_send_is_accepted(
    client: Client, runner: Any, task: Any, keys: Keys, change: str, value: Any
) -> None:
    task[change] = value
    assert client.post("/ready", json=task).status_code == 200
    assert opened(runner.dispatched[0], keys)["task"]["echo"] == {name: task[name] for name in ECHOED}


@pytest.mark.parametrize(
    "content_type", [JSON, "application/json; charset=UTF-8", "Application/JSON;charset=latin9", "application/ld+json"]
)
def test_json_by_any_name_is_read(client: Client, task: Any, content_type: str) -> None:
    assert client.post("/ready", data=json.dumps(task), content_type=content_type).status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_every_encoding_of_json_is_read(client: Client, task: Any, encoding: str) -> None:
    body = json.dumps(task, ensure_ascii=False).encode(encoding)
    assert client.post("/ready", data=body, content_type=JSON).status_code == 200


ODD_TYPES = ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data", "application/octet-stream"]


@pytest.mark.parametrize("content_type", ODD_TYPES)
@pytest.mark.parametrize("path", ["/ready", "/"])
def test_json_is_taken_whatever_content_type_it_has(client: Client, task: Any, path: str, content_type: str) -> None:
    assert client.post(path, data=json.dumps(task), content_type=content_type).status_code == 200


def test_a_form_is_415_and_an_empty_body_400__both_say_what_to_send(client: Client) -> None:
    for body, status in ((b"secret=x&task=y", 415), (b"just words", 415), (b"", 400), (b" \n", 400)):
        reply: Any = client.post("/ready", data=body, content_type="application/x-www-form-urlencoded")
        assert reply.status_code == status
        assert "Send one JSON object" in reply.json["next_step"]


def test_json_with_a_mistake_and_an_odd_content_type__is_told_where_the_mistake_is(client: Client) -> None:
    response = client.post("/ready", data=b'{"secret": }', content_type="text/plain")
    assert response.status_code == 400
    assert "line 1, column 12" in response.text


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "The body is empty"),
        (b'{\n"secret": }', "line 2, column 11"),
        (b"[]", "not an object"),
        (b'"text"', "encoded twice"),
        (b"[1]", "not an object"),
        (b'{"secret": "\xff"}', "byte 12"),
        (b'{"secret": NaN}', "NaN is not JSON"),
        (b'{"secret": -Infinity}', "Infinity is not JSON"),
        (b'{"round": 1e999}', "too large"),
        (b'{"round": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"secret": "a", "secret": "b"}', "occurs twice"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_one_json_object_is_400_and_says_where(client: Client, body: bytes, where: str) -> None:
    response = client.post("/ready", data=body, content_type=JSON)
    assert response.status_code == 400
    assert where in response.text


def test_deep_nesting_inside_a_valid_task_is_never_a_bug(client: Client, task: Any) -> None:
    for depth in (50, 300, 600, 900, 990):
        body = json.dumps({**task, "checks": "HERE"}).replace('"HERE"', "[" * depth + "]" * depth)
        assert client.post("/ready", data=body, content_type=JSON).status_code in {200, 400, 422}


@pytest.mark.parametrize("wrong", ["", "wrong", "ä", "\ud800", None, 1, True, [], {}, ["a"]])
def test_a_wrong_secret_is_401(client: Client, runner: Any, task: Any, wrong: object) -> None:
    task["secret"] = wrong
    response = client.post("/ready", json=task)
    assert response.status_code == 401
    assert not runner.dispatched


def test_the_secret_is_checked_before_the_rest_of_the_body_is_judged(client: Client, secret: str) -> None:
    assert client.post("/ready", json={"round": "x"}).status_code == 401
    assert client.post("/ready", json={"round": "x", "secret": "wrong"}).status_code == 401
    assert client.post("/ready", json={"round": "x", "secret": secret}).status_code == 422


@pytest.mark.parametrize(
    ("change", "value", "field"),
    [
        ("email", "", "email"),
        ("email", ["a"], "email"),
        ("task", None, "task"),
        ("round", 0, "round"),
        ("round", "one", "round"),
        ("round", True, "round"),
        ("nonce", "\ud800", "nonce"),
        ("checks", ["js: '\ud800'"], "checks.0.js"),
        ("checks", [{"a": "\ud800"}], "checks.0.text"),
        ("evaluation_url", "https://example.com/\ud800", "evaluation_url"),
        ("attachments", [{"name": "a.csv", "url": "https://example.com/\ud800"}], "attachments.0.url"),
        ("brief", "", "brief"),
        ("evaluation_url", "ftp://example.com", "evaluation_url"),
        ("evaluation_url", "https://user:word@example.com", "evaluation_url"),
        ("attachments", [{"name": "../a", "url": "data:,a"}], "attachments.0.name"),
        ("attachments", [{"name": "a", "url": "file:///etc/passwd"}], "attachments.0.url"),
        ("attachments", [{"name": "a", "url": "data:,1"}, {"name": "a", "url": "data:,2"}], "attachments"),
    ],
)
def test_what_cannot_be_built_is_422_with_field_and_reason(
    client: Client, runner: Any, task: Any, secret: str, change: str, value: Any, field: str
) -> None:
    task[change] = value
    response = client.post("/ready", json=task)
    assert response.status_code == 422
    assert response.json
    assert [detail["field"] for detail in response.json["details"]] == [field]
    assert response.json["details"][0]["reason"]
    assert secret not in response.text
    assert not runner.dispatched


def test_422_never_repeats_the_request_at_length(client: Client, task: Any) -> None:
    task |= {"round": "x" * 5000, "attachments": [{"name": "n" * 5000, "url": "u" * 5000}] * 50}
    response = client.post("/ready", json=task)
    assert response.status_code == 422
    assert "xxx" not in response.text
    assert "uuu" not in response.text
    assert len(response.data) < 8000


def test_what_is_too_large_is_413_before_anything_else(client: Client, runner: Any) -> None:
    body = b"x" * (1024 * 1024 + 64 * 1024 + 1)
    assert client.post("/ready", data=body, content_type="text/plain").status_code == 413
    assert client.post("/ready", environ_overrides={"CONTENT_LENGTH": "999999999"}).status_code == 413
    assert not runner.dispatched


def test_a_chunked_body_that_is_too_large_is_413(client: Client) -> None:
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    for size, status in ((0, 400), (1, 413), (100_000, 413)):
        body = BytesIO(b"x" * (1024 * 1024 + 64 * 1024 + size))
        response = client.post("/ready", input_stream=body, environ_overrides=environ, content_type=JSON)
        assert response.status_code == status


def test_a_body_of_exactly_the_limit_is_read(client: Client, task: Any) -> None:
    limit = 1024 * 1024 + 64 * 1024
    body = json.dumps({**task, "padding": ""}).encode()
    body = body.replace(b'"padding": ""', b'"padding": "' + b"x" * (limit - len(body)) + b'"')
    assert len(body) == limit
    assert client.post("/ready", data=body, content_type=JSON).status_code == 200


def test_a_body_that_is_shorter_than_announced_is_400(client: Client) -> None:
    response = client.post("/ready", data=b"{", environ_overrides={"CONTENT_LENGTH": "50"}, content_type=JSON)
    assert response.status_code == 400


def test_github_refusing_is_503_with_retry_after(client: Client, runner: Any, task: Any) -> None:
    kind = ErrorKind(503, "github-rate-limit", "GitHub did not.", "Too many.", "Send again.")
    runner.refusal = GitHubRefused(kind, retry_after_s=77)
    response = client.post("/ready", json=task)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "77"
    assert response.json == {
        "error": "github-rate-limit",
        "message": "GitHub did not.",
        "detail": "GitHub did not.",
        "cause": "Too many.",
        "next_step": "Send again.",
        "retry_after_seconds": 77,
    }


def test_a_bug_is_500_and_the_log_says_where_without_what_was_sent(
    client: Client, runner: Any, task: Any, caplog: pytest.LogCaptureFixture
) -> None:
    runner.refusal = ZeroDivisionError(f"about {task['nonce']}")
    with caplog.at_level(logging.DEBUG):
        response = client.post("/ready", json=task)
    assert response.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert "accept_task.py" in caplog.text
    assert task["nonce"] not in caplog.text + response.text


def test_the_log_names_ids_status_time_and_why_and_nothing_of_the_task(
    client: Client, runner: Any, task: Any, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/ready", json=task)
        client.post("/ready", json={**task, "round": "bad"})
        client.post("/ready", json={**task, "secret": "wrong-one"})
    (payload,) = runner.dispatched
    ids = f"build_id={payload.build_id} task_key={payload.task_key}"
    assert re.search(rf"POST /ready 200 \d+ ms {ids}\n", caplog.text)
    assert re.search(r"POST /ready 422 \d+ ms error=invalid-task\n", caplog.text)
    assert re.search(r"POST /ready 401 \d+ ms error=wrong-secret\n", caplog.text)
    for private in (task["email"], task["nonce"], task["brief"], task["task"], secret, "wrong-one"):
        assert private not in caplog.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_405_and_says_which_there_are(client: Client, method: str) -> None:
    response = client.open("/ready", method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "OPTIONS, POST"


def test_an_address_that_means_nothing_is_404_in_the_same_form(client: Client) -> None:
    response = client.post("/nothing-here", json={})
    assert response.status_code == 404
    assert response.json
    assert response.json["error"] == "not-found"
