"""POST /notify, the one address that is open to everybody: judged, recorded once, and which callback counts."""

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from evaluator.callback_rules import ADDRESSES, reasons_to_refuse
from evaluator.db import Store
from receiver.task.request import ECHOED

LONGEST_BODY = 4_000
ADDRESS = re.compile(r"[!-~]{1,1000}")  # addresses are ASCII; everything else in them is percent-encoded
MOST_FOR_A_REQUEST = 10  # different ones; the same one again is counted, not stored
MOST_UNKNOWN = 1_000  # callbacks for nothing that was ever sent: enough to see what somebody does wrong
SENT = """
    SELECT r.id, s.email, r.task, r.round, r.nonce, r.callback, r.sent_at,
      coalesce(s.deadline, class_deadline()) AS deadline
    FROM requests r JOIN students s ON s.id = r.student WHERE r.sent_at IS NOT NULL AND """
# A callback that is here already changes nothing else, however often it comes.
COUNT_AGAIN = "UPDATE callbacks SET copies = copies + 1 WHERE request IS ? AND body = ?"
BY_NONCE, BY_EMAIL = SENT + "r.nonce = ?", SENT + "s.email = ?"
NOTHING_ALIKE = dict.fromkeys(ECHOED)


@dataclass(frozen=True)
class Taken:
    """What is answered."""

    reasons: tuple[str, ...] = ()
    is_late: bool = False
    is_too_many: bool = False


@dataclass(frozen=True)
class Inbox:
    """`seconds_in_time` go from the last attempt to send the request until its callback is late.

    After the deadline (of the student, otherwise of the class) every callback is late.
    """

    store: Store
    seconds_in_time: float
    now: Callable[[], float]

    def take(self, callback: object) -> Taken:
        """Record a callback. The nonce decides which request it is for; the rest must then agree."""
        sent = callback if isinstance(callback, dict) else {}
        candidates = self._candidates(sent)
        reasons = reasons_to_refuse(callback, candidates or [NOTHING_ALIKE])
        reasons += [f"{name} has characters that no address has" for name in ADDRESSES if not is_plain(sent.get(name))]
        request = next((each for each in candidates if each["nonce"] == sent.get("nonce")), None)
        is_late = request is not None and self._is_late(request, self.now())
        return self._record(request, callback, tuple(reasons), is_late)

    def judge_again(self, email: str = "") -> int:
        """Say anew which callbacks (of one student) are late, since a deadline is another one; return how many changed.

        The one that counts stays the one that counts.
        """
        rows = self.store.rows(
            "SELECT c.id, c.is_late, c.received_at, r.sent_at, coalesce(s.deadline, class_deadline()) AS deadline"
            " FROM callbacks c JOIN requests r ON r.id = c.request JOIN students s ON s.id = r.student"
            " WHERE ? IN ('', s.email)",
            email.lower(),
        )
        changed = [(row["id"],) for row in rows if bool(row["is_late"]) != self._is_late(row, row["received_at"])]
        with self.store.change() as connection:
            connection.executemany("UPDATE callbacks SET is_late = NOT is_late WHERE id = ?", changed)
        return len(changed)

    def _is_late(self, request: sqlite3.Row | dict[str, Any], received_at: float) -> bool:
        return bool(received_at > min(request["sent_at"] + self.seconds_in_time, request["deadline"]))

    def _candidates(self, callback: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the requests that a callback may be for: the one with its nonce, otherwise those of its email."""
        for query, name in ((BY_NONCE, "nonce"), (BY_EMAIL, "email")):
            value = callback.get(name)
            if isinstance(value, str) and value.isprintable() and (found := self.store.rows(query, value)):
                return [dict(row) for row in found]
        return []

    def _record(
        self, request: dict[str, Any] | None, callback: object, reasons: tuple[str, ...], is_late: bool
    ) -> Taken:
        """Record a callback once. Of several, the last one in time counts; without one in time, the first late one."""
        body = json.dumps(callback, sort_keys=True)[:LONGEST_BODY]
        request_id = request["id"] if request else None
        with self.store.change() as connection:
            if connection.execute(COUNT_AGAIN, (request_id, body)).rowcount:
                return Taken(reasons, is_late)
            stored = self.store.number("SELECT count(*) FROM callbacks WHERE request IS ?", request_id)
            if stored >= (MOST_UNKNOWN if request is None else MOST_FOR_A_REQUEST):
                return Taken(reasons, is_late, is_too_many=True)
            is_good = isinstance(callback, dict) and not reasons
            values = [callback[name] if is_good else None for name in ("repo_url", "commit_sha", "pages_url")]  # type: ignore[index]
            new = connection.execute(
                "INSERT INTO callbacks (request, received_at, is_late, reasons, body, repo_url, commit_sha, pages_url)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (request_id, self.now(), is_late, "; ".join(reasons), body, *values),
            ).lastrowid
            if is_good and request and (request["callback"] is None or not is_late):
                connection.execute(
                    "UPDATE requests SET callback = ?, check_at = ?, checked_at = NULL WHERE id = ?",
                    (new, self.now(), request_id),
                )
        return Taken(reasons, is_late)


def is_plain(address: object) -> bool:
    """Whether an address has nothing in it that only looks like one. What is no text is refused elsewhere."""
    return not isinstance(address, str) or ADDRESS.fullmatch(address) is not None


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
