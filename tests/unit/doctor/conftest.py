"""An owner's whole set-up without a socket: the embedded GitHub, the real receiver, and a model that knows its key."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, Response, jsonify, request
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from doctor.__main__ import main
from doctor.runner import WORKFLOWS
from embedded.github.app import create_app as create_github
from embedded.github.bare_git import BareGit, Person
from embedded.github.core import GitHub
from embedded.github.events import Events
from embedded.github.store import Store
from embedded.github.tokens import create_token, token_key
from receiver.app import create_app as create_receiver
from receiver.config import Config
from receiver.task import Keys
from tests.github_openapi.conformity import problem
from tests.unit.embedded.github.doubles import FakeRuns, verify_oidc
from tests.unit.receiver.conftest import ScriptedRunner

RUNNER, SECRET, KEY = "alice/runner", "a-secret-of-sixteen", "AIza-of-the-owner"
OPENAI_KEY = "-".join(("sk", "of", "the", "owner"))
SETUP = {"actions": "write", "administration": "write", "pages": "write", "secrets": "write", "variables": "write"}
DISPATCH = {"contents": "write", "actions": "write"}
PUBLISHING = {"administration": "write", "contents": "write", "pages": "write", "workflows": "write", "actions": "read"}
KEYS = Keys(b"s" * 16, b"k" * 32, b"n" * 32)


def model_server() -> Flask:
    """Describe one model to whoever has the key, and refuse the others in Google's words."""
    app = Flask("model")

    @app.get("/v1beta/models/<name>")
    def describe(name: str) -> tuple[Response, int]:
        if request.headers.get("x-goog-api-key") != KEY:
            detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
            return refusal(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [detail])
        if name == "far-away":
            return refusal(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")
        if name == "busy":
            return refusal(503, "UNAVAILABLE", "The model is overloaded.")
        if not name.startswith("gemini-3"):
            return refusal(404, "NOT_FOUND", f"models/{name} is not found for API version v1beta.")
        return jsonify(name=f"models/{name}"), 200

    @app.get("/v1/models")
    def listed() -> tuple[Response, int]:
        if request.headers.get("authorization") != f"Bearer {OPENAI_KEY}":
            return jsonify(error={"message": "Incorrect API key provided.", "code": "invalid_api_key"}), 401
        return jsonify(
            object="list", data=[{"id": name, "object": "model"} for name in ("gpt-mini", "qwen:latest")]
        ), 200

    return app


def refusal(code: int, status: str, message: str, details: list[Any] | None = None) -> tuple[Response, int]:
    return jsonify(error={"code": code, "status": status, "message": message, "details": details or []}), code


class Hosts(BaseAdapter):
    """Answers from WSGI applications, by the name of the host. What GitHub answers is held to its own description."""

    def __init__(self, apps: dict[str, Flask]) -> None:
        super().__init__()
        self.apps = apps
        self.asked: list[str] = []
        self.is_renamed = False  # the runner repository
        self.skew = timedelta()  # by which the clocks of all hosts are wrong

    def send(self, prepared: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        url = urlsplit(str(prepared.url))
        app = self.apps.get(url.hostname or "")
        if app is None:
            raise requests.ConnectionError("nobody is there")
        sent: list[tuple[str, Any]] = list(prepared.headers.items())  # some are bytes, whatever its type says
        headers = [(name, value.decode("latin-1") if isinstance(value, bytes) else value) for name, value in sent]
        path = f"{url.path}?{url.query}"
        if self.is_renamed and url.path.startswith(f"/api/v3/repos/{RUNNER}"):
            return moved(prepared)
        with app.test_client() as client:
            reply = client.open(path, method=prepared.method, headers=headers, data=prepared.body)
            rule = request.url_rule
        if url.hostname == "github" and rule is not None:
            self.asked.append(f"{prepared.method} {url.path}")
            wrong = problem(str(prepared.method), rule.rule, reply.status_code, reply.get_json(silent=True))
            assert wrong is None, wrong
        answer = requests.Response()
        answer.status_code, answer.raw = reply.status_code, BytesIO(reply.data)
        date = f"{datetime.now(UTC) + self.skew:%a, %d %b %Y %H:%M:%S GMT}"
        answer.headers = CaseInsensitiveDict({**reply.headers, "Date": date})
        answer.request, answer.url = prepared, str(prepared.url)
        return answer

    def close(self) -> None:
        pass


def moved(prepared: requests.PreparedRequest) -> requests.Response:
    """Answer as GitHub does for a repository that has another name now: 301 to read, 307 to write."""
    answer = requests.Response()
    answer.status_code = 301 if prepared.method == "GET" else 307
    answer.raw = BytesIO(b'{"message": "Moved Permanently", "url": "http://github/api/v3/repositories/7"}')
    answer.headers["Location"] = "http://github/api/v3/repositories/7"
    answer.request, answer.url = prepared, str(prepared.url)
    return answer


@dataclass
class Own:
    """A healthy set-up, in which a test breaks something."""

    github: GitHub
    hosts: Hosts
    runner: ScriptedRunner
    environ: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.github.store

    def make_token(self, name: str, permissions: dict[str, str], **options: Any) -> None:
        """Give the owner another token under the name of its variable."""
        self.environ[name] = create_token(self.store, options.pop("login", "alice"), permissions, **options)

    def change_token(self, name: str, **fields: Any) -> None:
        key = token_key(self.environ[name])
        self.store.put("token", key, {**(self.store.get("token", key) or {}), **fields})

    def change_repository(self, **fields: Any) -> None:
        with self.store.change("repo", RUNNER) as repo:
            repo.update(fields)

    def change(self, kind: str, **fields: str | None) -> None:
        """Change the secrets or variables of the repository."""
        kept = {**(self.store.get(kind, RUNNER) or {}), **fields}
        self.store.put(kind, RUNNER, {name: value for name, value in kept.items() if value is not None})

    def set_state(self, file: str, state: str) -> None:
        path = f".github/workflows/{file}"
        self.store.put("workflow_state", f"{RUNNER} {path}", {"repo": RUNNER, "path": path, "state": state})

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code and what was said."""
        said: list[str] = []
        code = main(
            arguments, self.environ, lambda name: self.typed.get(name, ""), said.append, self.hosts, lambda _: None
        )
        return code, "\n".join(said)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the workflows."""
    git = BareGit(tmp_path_factory.mktemp("bare") / "runner.git")
    git.create("main")
    body = b"on: workflow_dispatch\n"
    files = [("100644", f".github/workflows/{name}", git.write_blob(body)) for name in WORKFLOWS]
    person = Person("alice", "alice@example.org", "2026-11-20T05:36:22Z")
    git.update_ref("refs/heads/main", git.write_commit(git.write_tree(None, files), [], "First", person, person))
    return git.path


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """GitHub's routes, compiled once."""
    return create_github(GitHub(Store(tmp_path_factory.mktemp("unused")), Events(), "", "", verify_oidc))


@pytest.fixture
def own(tmp_path: Path, bare: Path, routes: Flask) -> Iterator[Own]:
    store = Store(tmp_path / "data")
    for number, (login, kind) in enumerate((("alice", "User"), ("bob", "User"), ("lab", "Organization")), 1):
        store.put("user", login, {"login": login, "id": number, "type": kind, "members": ["alice"]})
    github = GitHub(store, Events(), "http://github", "http://pages", verify_oidc, FakeRuns())
    routes.extensions["github"] = github
    about = {"id": 7, "owner": "alice", "name": "runner", "description": None, "private": False, "homepage": None}
    made = {"created_at": "2026-11-20T05:36:22Z", "pushed_at": "2026-11-20T05:36:22Z", "default_branch": "main"}
    store.put("repo", RUNNER, {**about, **made})
    shutil.copytree(bare, github.repository_path({**about}))
    store.put("pages", RUNNER, {"build_type": "workflow", "enabled_at": made["created_at"], "live_sha": None})
    runner = ScriptedRunner()
    receiver = create_receiver(Config(SECRET, "token", RUNNER), runner, KEYS)
    hosts = Hosts({"github": routes, "model": model_server(), "receiver": receiver})
    own = Own(github, hosts, runner)
    end = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}"
    own.make_token("SETUP_TOKEN", SETUP, repositories=[RUNNER], expires_at=end)
    own.make_token("GITHUB_TOKEN", DISPATCH, repositories=[RUNNER], expires_at=end)
    own.make_token("TARGET_TOKEN", PUBLISHING, expires_at=end)
    own.environ |= {
        "RUNNER_REPOSITORY": RUNNER,
        "STUDENT_SECRET": SECRET,
        "GEMINI_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": "http://model",
        "RECEIVER_URL": "http://receiver",
        "GITHUB_API_URL": "http://github/api/v3",
        "GITHUB_SERVER_URL": "http://github",
    }
    own.change("secret", **dict.fromkeys(("STUDENT_SECRET", "GEMINI_API_KEY", "TARGET_TOKEN"), "sealed"))
    yield own
    assert github.unknown_routes == []
    store.close()


Plant = Callable[[Own], object]
