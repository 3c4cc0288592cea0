"""The one address that is open to everybody: POST /notify takes callbacks."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from embedded.evaluator.inbox import Inbox

LARGEST_CALLBACK = 64 * 1024


def create_app(inbox: Inbox) -> Flask:
    """Return the WSGI application. It tells nobody what was sent to whom."""
    app = Flask("callbacks")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_CALLBACK
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.get("/")
    def index() -> ResponseReturnValue:
        return jsonify(what="An evaluation server. Programs of students POST their callbacks to /notify.")

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return jsonify(ok=True)

    @app.post("/notify")
    def notify() -> ResponseReturnValue:
        taken = inbox.take(body_of_request())
        if taken.reasons:
            return jsonify(error="; ".join(taken.reasons), reasons=taken.reasons), 400
        if taken.is_too_many:
            return jsonify(error="Too many different callbacks came for this request; this one is not recorded."), 429
        return jsonify(ok=True, late=taken.is_late)

    return app


def body_of_request() -> object:
    """Return the JSON that came, None when it is none that can be read."""
    try:
        return request.get_json(silent=True)
    except RecursionError:  # brackets in brackets in brackets
        return None
