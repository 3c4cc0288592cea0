"""The Gemini API's wire format: the routes that a client library calls, and Google's shape of errors."""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

Json = dict[str, Any]
Writer = Callable[[str], str]
"""Takes everything that the prompt says as one text, and returns the reply."""

CHUNK_CHARACTERS = 2_000
CHARACTERS_PER_TOKEN = 4


def create_app(write: Writer) -> Flask:
    """Return the WSGI application; `write` is the model."""
    app = Flask("model")

    @app.post("/<any(v1, v1beta):version>/models/<model>:<method>")
    def call(version: str, model: str, method: str) -> ResponseReturnValue:
        if not request.headers.get("x-goog-api-key") and not request.args.get("key"):
            return error(403, "PERMISSION_DENIED", "No API key: send one in the header x-goog-api-key.")
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not prompt_text(body):
            return error(400, "INVALID_ARGUMENT", "The body must be JSON with text in contents[].parts[].")
        return answer(method, model, prompt_text(body), write)

    @app.errorhandler(404)
    @app.errorhandler(405)
    def no_such_route(_: Exception) -> ResponseReturnValue:
        return error(404, "NOT_FOUND", f"{request.method} {request.path} is not a route of this model server.")

    return app


def answer(method: str, model: str, prompt: str, write: Writer) -> ResponseReturnValue:
    """Answer one call of one of the three methods that exist."""
    if method == "countTokens":
        return jsonify(totalTokens=tokens(prompt))
    if method == "generateContent":
        return jsonify(message(write(prompt), prompt, model, finish="STOP"))
    if method == "streamGenerateContent":
        return Response(stream(write(prompt), prompt, model), mimetype="text/event-stream")
    return error(404, "NOT_FOUND", f"Models here have no method {method}.")


def prompt_text(body: Json) -> str:
    """Return all the text of a request: the system instruction first, then the turns. Both spellings are in use."""
    system = body.get("systemInstruction") or body.get("system_instruction") or {}
    turns = [system, *body.get("contents", [])]
    parts = [part for turn in turns if isinstance(turn, dict) for part in turn.get("parts", [])]
    return "\n".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))


def stream(reply: str, prompt: str, model: str) -> Iterator[str]:
    """Yield the reply as server-sent events; only the last one says why it ends."""
    response_id = secrets.token_hex(8)
    pieces = [reply[start : start + CHUNK_CHARACTERS] for start in range(0, len(reply), CHUNK_CHARACTERS)] or [""]
    for number, piece in enumerate(pieces, 1):
        finish = "STOP" if number == len(pieces) else None
        chunk = message(piece, prompt, model, finish=finish, written="".join(pieces[:number]))
        yield f"data: {json.dumps({**chunk, 'responseId': response_id})}\r\n\r\n"


def message(text: str, prompt: str, model: str, *, finish: str | None, written: str | None = None) -> Json:
    """Return one GenerateContentResponse."""
    candidate: Json = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    asked, answered = tokens(prompt), tokens(text if written is None else written)
    return {
        "candidates": [{**candidate, "finishReason": finish} if finish else candidate],
        "usageMetadata": {
            "promptTokenCount": asked,
            "candidatesTokenCount": answered,
            "totalTokenCount": asked + answered,
        },
        "modelVersion": model,
    }


def tokens(text: str) -> int:
    """Estimate the number of tokens of a text."""
    return len(text) // CHARACTERS_PER_TOKEN + 1


def error(code: int, status: str, text: str) -> tuple[Response, int]:
    """Return an error in Google's shape."""
    return jsonify(error={"code": code, "message": text, "status": status}), code
