"""The small evaluation server of the demo: sends a task, takes a callback, keeps both as JSON lines."""

import json
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from evaluator.callback_rules import is_address, is_copy, reasons_to_refuse
from evaluator.server import landing_page
from receiver.task.request import ECHOED

Entry = dict[str, Any]


class Journal:
    """Append-only lists in one folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._changed = threading.Condition()
        self._entries = {name: self._read(name) for name in ("tasks", "callbacks")}

    def add(self, name: str, entry: Entry) -> None:
        """Append `entry` to the list `name` and wake everybody who waits for one."""
        with self._changed:
            with (self._folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._entries[name].append(entry)
            self._changed.notify_all()

    def all(self, name: str) -> list[Entry]:
        """Return the list `name`, oldest first."""
        with self._changed:
            return list(self._entries[name])

    def wait_for_callback(self, nonce: str, timeout_s: float) -> Entry | None:
        """Return the first callback with this nonce, or None when none came in time."""

        def is_wanted(entry: Entry) -> bool:
            return isinstance(entry["body"], dict) and entry["body"].get("nonce") == nonce

        with self._changed:
            self._changed.wait_for(lambda: any(map(is_wanted, self._entries["callbacks"])), timeout_s)
            return next(filter(is_wanted, self._entries["callbacks"]), None)

    def _read(self, name: str) -> list[Entry]:
        path = self._folder / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


RECEIVER_TIMEOUT_S = 30


class Evaluator:
    """Sends tasks to the receiver in the course's format, and judges what is called back."""

    def __init__(self, journal: Journal, *, receiver: str, own_url: str, secret: str) -> None:
        self.journal = journal
        self._receiver = receiver
        self._own_url = own_url
        self._secret = secret

    def send(self, task: dict[str, Any]) -> tuple[dict[str, Any], requests.Response]:
        """Fill in what `task` lacks, remember it and POST it; return the task as sent (without the secret)."""
        defaults = {"email": "student@example.com", "round": 1, "nonce": secrets.token_hex(8), "checks": []}
        full = {**defaults, "evaluation_url": f"{self._own_url}/notify", **task}
        self.remember(full)
        body = {"secret": self._secret, **full}
        return full, requests.post(f"{self._receiver}/ready", json=body, timeout=RECEIVER_TIMEOUT_S)

    def remember(self, task: dict[str, Any]) -> None:
        """Keep what callbacks are compared with."""
        self.journal.add("tasks", {"sent_at": now(), **{name: task.get(name) for name in (*ECHOED, "brief")}})

    def expect(self, task: dict[str, Any]) -> None:
        """Expect a callback for a task too that somebody else sent to the receiver, with our address in it."""
        sent = self.journal.all("tasks")
        if not any(all(is_copy(task.get(name), known[name]) for name in ECHOED) for known in sent):
            self.remember(task)

    def take(self, callback: object) -> list[str]:
        """Record a callback and return the reasons to refuse it."""
        reasons = reasons_to_refuse(callback, self.journal.all("tasks"))
        self.journal.add("callbacks", {"received_at": now(), "reasons": reasons, "body": callback})
        return reasons


def create_app(evaluator: Evaluator) -> Flask:
    """Return the WSGI application."""
    app = Flask("evaluator")
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.get("/")
    def index() -> ResponseReturnValue:
        callbacks, tasks = evaluator.journal.all("callbacks")[::-1], evaluator.journal.all("tasks")[::-1]
        answered = [entry["body"]["nonce"] for entry in callbacks if not entry["reasons"]]
        shown = {"callbacks": callbacks, "tasks": tasks, "answered": answered, "address": request.url_root}
        return landing_page("evaluation", {**shown, "is_address": is_address})

    @app.post("/notify")
    def notify() -> ResponseReturnValue:
        reasons = evaluator.take(request.get_json(silent=True))
        return (jsonify(error="; ".join(reasons), reasons=reasons), 400) if reasons else jsonify(ok=True)

    @app.post("/tasks")
    def send() -> ResponseReturnValue:
        return answer_of(evaluator.send, request.get_json(silent=True))

    app.get("/tasks")(lambda: jsonify(evaluator.journal.all("tasks")))
    app.get("/callbacks", endpoint="callbacks")(lambda: jsonify(evaluator.journal.all("callbacks")))
    return app


def answer_of(
    send: Callable[[dict[str, Any]], tuple[dict[str, Any], requests.Response]], task: object
) -> ResponseReturnValue:
    """Send `task` and pass on what the receiver said."""
    if not isinstance(task, dict):
        return jsonify(error="The body must be a JSON object with at least task and brief."), 400
    try:
        sent, answer = send(task)
    except requests.RequestException as error:
        return jsonify(error=f"The receiver could not be reached ({type(error).__name__}). Is it still running?"), 502
    said = answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text
    again = {name: answer.headers[name] for name in ("Retry-After",) if name in answer.headers}
    return jsonify(sent=sent, status=answer.status_code, answer=said), answer.status_code, again


def now() -> str:
    """Return the time as it stands in every record."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
