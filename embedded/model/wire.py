"""The Gemini API's wire format: the routes that a client library calls, and Google's shape of errors."""

import json
import secrets
from collections.abc import Iterator
from itertools import chain
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from embedded.model.writer import CannotWrite, Piece, Turn, Writer, joined
from evaluator.server import landing_page

Json = dict[str, Any]
CHARACTERS_PER_TOKEN = 4
SHORTEST_DEADLINE = 10  # seconds
NO_KEY = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form"
    " of API consumer identity to call this API."
)


def create_app(writer: Writer, name: str = "any", description: str = "") -> Flask:
    """Return the WSGI application; `writer` is the model, the rest is what its page says of it."""
    app = Flask("model")

    @app.get("/")
    def index() -> ResponseReturnValue:
        return landing_page("model", {"model": name, "description": description, "address": request.url_root})

    @app.get("/<any(v1, v1beta):version>/models/<model>")
    def describe(version: str, model: str) -> ResponseReturnValue:
        if not request.headers.get("x-goog-api-key"):
            return error(403, "PERMISSION_DENIED", "No API key: send one in the header x-goog-api-key.")
        methods = ["generateContent", "countTokens"]
        return jsonify(name=f"models/{model}", displayName=model, supportedGenerationMethods=methods)

    @app.post("/<any(v1, v1beta):version>/models/<model>:<method>")
    def call(version: str, model: str, method: str) -> ResponseReturnValue:
        if not request.headers.get("x-goog-api-key") and not request.args.get("key"):
            return error(403, "PERMISSION_DENIED", NO_KEY)
        if (seconds := request.headers.get("x-server-timeout", SHORTEST_DEADLINE, type=int)) < SHORTEST_DEADLINE:
            words = f"Manually set deadline {seconds}s is too short. Minimum allowed deadline is {SHORTEST_DEADLINE}s."
            return error(400, "INVALID_ARGUMENT", words)
        body = request.get_json(silent=True)
        turns = turns_of(body) if isinstance(body, dict) else []
        if not joined(turns).strip():
            return error(400, "INVALID_ARGUMENT", "The body must be JSON with text in contents[].parts[].")
        return answer(method, model, turns, writer)

    @app.errorhandler(CannotWrite)
    def no_answer(problem: CannotWrite) -> ResponseReturnValue:
        return error(problem.code, problem.status, str(problem))

    @app.errorhandler(404)
    @app.errorhandler(405)
    def no_such_route(_: Exception) -> ResponseReturnValue:
        return error(404, "NOT_FOUND", f"{request.method} {request.path} is not a route of this model server.")

    return app


def answer(method: str, model: str, turns: list[Turn], writer: Writer) -> ResponseReturnValue:
    """Answer one call of one of the three methods that exist."""
    if method == "countTokens":
        return jsonify(totalTokens=tokens(joined(turns)))
    if method == "generateContent":
        pieces = list(writer.write(turns))
        return jsonify(message("".join(piece.text for piece in pieces), pieces[-1], turns, model))
    if method == "streamGenerateContent":
        pieces_to_come = writer.write(turns)
        first = next(pieces_to_come)  # what goes wrong before it is still an error with a status
        return Response(stream(chain([first], pieces_to_come), turns, model), mimetype="text/event-stream")
    return error(404, "NOT_FOUND", f"Models here have no method {method}.")


def turns_of(body: Json) -> list[Turn]:
    """Return the text of a request: the system instruction first, then the turns. Both spellings are in use."""
    system = body.get("systemInstruction") or body.get("system_instruction") or {}
    turns = [("system", system), *((turn.get("role") or "user", turn) for turn in as_list(body.get("contents")))]
    return [Turn(role, text) for role, turn in turns if (text := text_of(turn))]


def as_list(value: Any) -> list[Json]:
    """Return the objects of a list; one object is accepted for a list of one."""
    values = value if isinstance(value, list) else [value]
    return [entry for entry in values if isinstance(entry, dict)]


def text_of(turn: Json) -> str:
    """Return the text parts of a turn; pictures and the like are passed over."""
    parts = as_list(turn.get("parts"))
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def stream(pieces: Iterator[Piece], turns: list[Turn], model: str) -> Iterator[str]:
    """Yield the reply as server-sent events; only the last one says why it ends."""
    response_id, written = secrets.token_hex(8), ""
    for piece in pieces:
        written += piece.text
        chunk = message(piece.text, piece, turns, model, written=written)
        yield f"data: {json.dumps({**chunk, 'responseId': response_id})}\r\n\r\n"


def message(text: str, piece: Piece, turns: list[Turn], model: str, *, written: str | None = None) -> Json:
    """Return one GenerateContentResponse. Tokens are estimated where the model does not count them."""
    candidate: Json = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    asked = piece.input_tokens or tokens(joined(turns))
    answered = piece.output_tokens or tokens(text if written is None else written)
    return {
        "candidates": [{**candidate, "finishReason": piece.finish} if piece.finish else candidate],
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
