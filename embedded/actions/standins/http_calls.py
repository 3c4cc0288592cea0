"""HTTP calls of the stand-ins; apart from the rest, because the modules take time to load."""

import json
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 60
FOUND = 302


def call(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Make one HTTP call; a dict is sent as JSON, an open file as it is. Redirects are followed without the headers."""
    address = urlsplit(url)
    connect = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = connect(address.hostname or "", address.port, timeout=TIMEOUT)
    sent = {"User-Agent": "stand-in", **(headers or {})}
    if isinstance(body, dict):
        body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    try:
        connection.request(method, f"{address.path}?{address.query}".rstrip("?"), body, sent)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status == FOUND:
        return call("GET", answer.headers["Location"])
    return answer.status, content


def call_json(method: str, url: str, token: str, body: Any = None) -> tuple[int, Any]:
    """Make one call to a JSON interface with a bearer token."""
    status, answer = call(method, url, body, {"Authorization": f"Bearer {token}", "Accept": "application/json"})
    try:
        return status, json.loads(answer) if answer else {}
    except ValueError:
        return status, {"message": answer.decode(errors="replace")[:300]}
