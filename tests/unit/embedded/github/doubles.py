"""What the tests of the embedded GitHub use in place of people, runs and identity tokens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from tests.github_openapi.conformity import PREFIX, problem

ALL = {
    "actions": "write",
    "administration": "write",
    "contents": "write",
    "issues": "write",
    "pages": "write",
    "secrets": "write",
    "variables": "write",
    "workflows": "write",
}
OTHER_RUN = 99


@dataclass(frozen=True)
class Reply:
    """What came back; `json` is None when it was no JSON."""

    status_code: int
    headers: Headers
    data: bytes
    json: Any

    @property
    def text(self) -> str:
        return self.data.decode()


class Api:
    """Sends requests with a token, and fails on a reply that GitHub would not give."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self._app, self._token = app, token
        self.client: FlaskClient = app.test_client()

    def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> Reply:
        headers = dict(options.pop("headers", {}))
        if self._token:
            headers.setdefault("Authorization", f"Bearer {self._token}")
        path = path if path.startswith("/api/") else PREFIX + path
        with self.client:
            reply = self.client.open(path, method=method, json=json, headers=headers, **options)
            rule = request.url_rule
        body = reply.get_json(silent=True) if reply.is_json else None
        if rule is not None and not any(kind in headers.get("Accept", "") for kind in ("raw", ".sha")):
            wrong = problem(method.replace("HEAD", "GET"), rule.rule, reply.status_code, body)
            assert wrong is None, wrong
        return Reply(reply.status_code, reply.headers, reply.data, body)


class FakeRuns:
    """Remembers what it was asked to do."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int] | tuple[str, int, list[int]]] = []

    def cancel(self, run_id: int) -> None:
        self.asked.append(("cancel", run_id))

    def rerun(self, run_id: int, jobs: Iterable[int] | None = None) -> None:
        self.asked.append(("rerun", run_id) if jobs is None else ("rerun", run_id, list(jobs)))


def verify_oidc(token: str) -> Mapping[str, Any]:
    """Read tokens of the form repository|environment."""
    repository, _, environment = token.partition("|")
    if "/" not in repository:
        raise ValueError("it is made up")
    return {"repository": repository, "environment": environment or None}
