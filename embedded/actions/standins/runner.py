"""What every stand-in needs from the runner: inputs, outputs, the log, and an HTTP call."""

import json
import os
import sys
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

TIMEOUT = 60


def inputs() -> dict[str, str]:
    """Return the action's inputs as texts."""
    return {
        name: "" if value is None else str(value).strip() for name, value in json.loads(os.environ["INPUTS"]).items()
    }


def is_true(value: str) -> bool:
    """Whether an input says yes."""
    return value.lower() == "true"


def output(name: str, value: object) -> None:
    """Set an output."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def say(text: str) -> None:
    """Write to the log."""
    print(text, flush=True)


def fail(message: str) -> NoReturn:
    """End the step with an annotation."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    say(f"::error::{escaped}")
    sys.exit(1)


def call(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Make one HTTP call; a dict is sent as JSON, an open file as it is."""
    address = urlsplit(url)
    connect = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = connect(address.hostname or "", address.port, timeout=TIMEOUT)
    sent = dict(headers or {})
    if isinstance(body, dict):
        body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    try:
        connection.request(method, f"{address.path}?{address.query}".rstrip("?"), body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def call_json(method: str, url: str, token: str, body: Any = None) -> tuple[int, Any]:
    """Make one call to a JSON interface with a bearer token."""
    status, answer = call(method, url, body, {"Authorization": f"Bearer {token}", "Accept": "application/json"})
    try:
        return status, json.loads(answer) if answer else {}
    except ValueError:
        return status, {"message": answer.decode(errors="replace")[:300]}
