import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from embedded.model.wire import create_app
from embedded.model.writer import Piece, Turn, joined

KEY = {"x-goog-api-key": "any"}
BODY = {
    "systemInstruction": {"parts": [{"text": "Rules."}]},
    "contents": [{"role": "user", "parts": [{"text": "Hi."}]}],
}


class Echo:
    """Answers with the prompt and some more, in three pieces."""

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        yield Piece(joined(turns))
        yield Piece("x" * 2000)
        yield Piece("x" * 3000, "STOP")


@pytest.fixture
def client() -> FlaskClient:
    return create_app(Echo()).test_client()


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_an_answer_has_text_a_reason_and_counted_tokens(client: FlaskClient, version: str) -> None:
    answer = client.post(f"/{version}/models/m:generateContent", json=BODY, headers=KEY).get_json()
    (candidate,) = answer["candidates"]
    assert candidate["finishReason"] == "STOP"
    assert candidate["content"]["parts"][0]["text"].startswith("Rules.\nHi.xxx")
    usage = answer["usageMetadata"]
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["candidatesTokenCount"]


def test_a_stream_has_several_chunks_and_only_the_last_says_why_it_ends(client: FlaskClient) -> None:
    answer = client.post("/v1/models/m:streamGenerateContent?alt=sse", json=BODY, headers=KEY)
    assert answer.mimetype == "text/event-stream"
    chunks: list[dict[str, Any]] = [
        json.loads(line[6:]) for line in answer.get_data(as_text=True).split("\r\n\r\n") if line
    ]
    assert [chunk["candidates"][0].get("finishReason") for chunk in chunks] == [None, None, "STOP"]
    assert sum(len(chunk["candidates"][0]["content"]["parts"][0]["text"]) for chunk in chunks) == 5010


@pytest.mark.parametrize(
    ("path", "headers", "body", "code", "status"),
    [
        ("/v1/models/m:generateContent", {}, BODY, 403, "PERMISSION_DENIED"),
        ("/v1/models/m:generateContent", KEY, {}, 400, "INVALID_ARGUMENT"),
        ("/v1/models/m:generateContent", {**KEY, "x-server-timeout": "9"}, BODY, 400, "INVALID_ARGUMENT"),
        ("/v1/models/m:embedContent", KEY, BODY, 404, "NOT_FOUND"),
        ("/v2/models/m:generateContent", KEY, BODY, 404, "NOT_FOUND"),
    ],
)
def test_errors_have_google_s_shape(
    client: FlaskClient, path: str, headers: dict[str, str], body: object, code: int, status: str
) -> None:
    answer = client.post(path, json=body, headers=headers)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)


def test_a_model_is_described_to_whoever_has_a_key(client: FlaskClient) -> None:
    assert client.get("/v1beta/models/m", headers=KEY).get_json()["name"] == "models/m"
    assert client.get("/v1beta/models/m").status_code == 403
