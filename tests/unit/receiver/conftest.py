"""A receiver with a scripted door instead of GitHub, and a client that holds every reply against /openapi.json."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.routing import Map
from werkzeug.test import Client, TestResponse

from receiver.app import create_app
from receiver.config import Config
from receiver.github import RunnerRepository
from receiver.models import Build, JobLog
from receiver.routes.description import describe
from receiver.task import Keys, Payload, StoredEnvelope
from receiver.task.payload import digest

SECRET = secrets.token_hex(8) + "-ä"  # made up anew for each run, and not ASCII
BLOB = "b" * 40


class ScriptedRunner(RunnerRepository):
    """Remembers what it was asked; raises `refusal` when there is one."""

    def __init__(self) -> None:
        self.dispatched: list[Payload] = []
        self.stored: dict[str, bytes] = {}
        self.builds: list[Build] = []
        self.job_logs: list[JobLog] = []
        self.asked_for_lines: list[int] = []
        self.fetches = 0
        self.refusal: Exception | None = None
        self.woken = 0
        self.problem = ""

    def dispatch(self, payload: Payload) -> None:
        self._refuse()
        self.dispatched.append(payload)

    def store(self, some_id: str, sealed: bytes, told: Callable[[StoredEnvelope], str]) -> StoredEnvelope:
        self._refuse()
        self.stored[some_id] = sealed
        return StoredEnvelope(blob=BLOB, sha256=digest(sealed))

    def recent_builds(self) -> list[Build]:
        self.fetches += 1
        self._refuse()
        return self.builds

    def wake_schedules(self, now: datetime | None = None) -> list[str]:
        self._refuse()
        self.woken += 1
        return ["reconcile.yml is on again"]

    def why_not_started(self, build: Build) -> str:
        return self.problem

    def logs(self, run_id: int, lines: int) -> list[JobLog]:
        self._refuse()
        self.asked_for_lines.append(lines)
        return self.job_logs

    def _refuse(self) -> None:
        if self.refusal:
            raise self.refusal


DESCRIPTIONS: dict[frozenset[str], dict[str, Any]] = {}


def description_of(app: Flask) -> dict[str, Any]:
    """Return the description of an application, made once for all that have the same routes."""
    routes = frozenset(app.view_functions)
    if routes not in DESCRIPTIONS:
        DESCRIPTIONS[routes] = describe(app)
    return DESCRIPTIONS[routes]


def routes_of(app: Flask) -> set[tuple[str, str]]:
    """Return the routes of an application as the description writes them, each with its method."""
    return {
        (as_described(rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def described_routes(client: Client) -> set[tuple[str, str]]:
    """Return the routes of /openapi.json, each with its method."""
    document = client.get("/openapi.json").json
    assert document
    return {(path, method.upper()) for path, item in document["paths"].items() for method in item}


class DescribedClient(Client):
    """A test client that fails when a reply is not what the description of the route says."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        assert isinstance(self.application, Flask)
        check_against_description(response, description_of(self.application), self.application.url_map)
        return response


def check_against_description(response: TestResponse, description: dict[str, Any], urls: Map) -> None:
    """Hold a reply against the schema that the description has for its route, status and content type."""
    rule = described_path(response.request.path, urls, response.request.method)
    operation = description["paths"].get(rule, {}).get(response.request.method.lower())
    content_type = response.mimetype
    if operation is None:  # 404 and 405 are for what is not described
        assert response.status_code in {404, 405}
        schema = {"$ref": "#/components/schemas/ProblemReply"}
    else:
        responses = operation["responses"]
        schema = responses.get(str(response.status_code), responses["default"])["content"][content_type]["schema"]
    value = response.get_json() if content_type == "application/json" else response.data.decode(errors="replace")
    Draft202012Validator({**schema, "components": description["components"]}).validate(value)


def described_path(path: str, urls: Map, method: str) -> str:
    """Return the path as the description writes it; as it is when there is no such route."""
    adapter = urls.bind("localhost")
    allowed = list(adapter.allowed_methods(path))
    for each in [method] if method in allowed else allowed:
        rule, _ = adapter.match(path, each, return_rule=True)
        return as_described(rule.rule)
    return path


def as_described(rule: str) -> str:
    """Return a rule of Flask's as the description writes it."""
    return re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.for_repository(SECRET, "owner/runner")


@pytest.fixture
def config() -> Config:
    return Config(secret=SECRET, token="token", repository="owner/runner", max_request_mb=1)


@pytest.fixture
def runner() -> ScriptedRunner:
    return ScriptedRunner()


@pytest.fixture
def app(config: Config, runner: ScriptedRunner, keys: Keys) -> Flask:
    return create_app(config, runner, keys)


@pytest.fixture
def client(app: Flask) -> DescribedClient:
    return DescribedClient(app, app.response_class)


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def task() -> dict[str, Any]:
    """The task of a well-behaved sender."""
    return {
        "email": "student@example.com",
        "secret": SECRET,
        "task": "captcha-solver-1",
        "round": 1,
        "nonce": "nonce-1",
        "brief": "A page that shows the captcha.",
        "checks": ["Repo has an MIT license", "js: document.title.length > 0"],
        "evaluation_url": "https://example.com/notify",
        "attachments": [{"name": "a.txt", "url": "data:text/plain;base64,aGVsbG8="}],
    }


@pytest.fixture
def owner(secret: str) -> dict[str, str]:
    """The header of a caller who knows the secret, as its bytes arrive over WSGI."""
    return {"X-API-KEY": secret.encode().decode("latin-1")}


def build(build_id: str, run_id: int = 1, status: str = "completed", conclusion: str | None = "success") -> Build:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return Build(
        build_id=build_id,
        run_id=run_id,
        attempt=1,
        status=status,
        conclusion=conclusion if status == "completed" else None,
        run_url=f"https://github.example/runs/{run_id}",
        created_at=moment,
        updated_at=moment,
    )


@pytest.fixture
def make_build() -> Any:
    return build
