"""A small GitHub in a temporary directory. Each reply of its API is compared with GitHub's description of the API."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from embedded.github.app import create_app
from embedded.github.core import GitHub
from embedded.github.events import Event, Events
from embedded.github.repositories import create_repository
from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import ALL, OTHER_RUN, Api, FakeRuns, verify_oidc


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data")
    for number, login in enumerate(("alice", "bob"), start=1):
        store.put("user", login, {"login": login, "id": number, "type": "User"})
    store.put("user", "lab", {"login": "lab", "id": 3, "type": "Organization", "members": ["alice"]})
    yield store
    store.close()


@pytest.fixture
def emitted() -> list[Event]:
    return []


@pytest.fixture
def github(store: Store, emitted: list[Event]) -> GitHub:
    events = Events()

    def remember(event: Event) -> list[int]:
        emitted.append(event)
        return [OTHER_RUN] if event.name == "workflow_dispatch" else []

    events.subscribe(remember)
    github = GitHub(store, events, "http://localhost:1", "http://localhost:2", verify_oidc, FakeRuns())
    github.run_token_patience = 0
    github.deployment_seconds = 0
    return github


@pytest.fixture(scope="session")
def all_routes(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; compiling its routes takes longer than most tests."""
    return create_app(GitHub(Store(tmp_path_factory.mktemp("unused")), Events(), "", "", verify_oidc))


@pytest.fixture
def app(all_routes: Flask, github: GitHub) -> Flask:
    all_routes.extensions["github"] = github
    return all_routes


@pytest.fixture
def api(app: Flask, store: Store) -> Api:
    """Alice with all permissions."""
    return Api(app, create_token(store, "alice", ALL))


@pytest.fixture
def anonymous(app: Flask) -> Api:
    return Api(app, None)


@pytest.fixture
def bob(app: Flask, store: Store) -> Api:
    """Bob with all permissions for what is his."""
    return Api(app, create_token(store, "bob", ALL))


@pytest.fixture(scope="session")
def first_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with the commit that auto_init makes: copying it is faster than asking git each time."""
    store = Store(tmp_path_factory.mktemp("template"))
    store.put("user", "alice", {"login": "alice", "id": 1, "type": "User"})
    github = GitHub(store, Events(), "", "", verify_oidc)
    wanted = {"name": "site", "auto_init": True, "description": "A page"}
    path = github.repository_path(create_repository(github, "alice", wanted))
    store.close()
    return path


@pytest.fixture
def repo(github: GitHub, first_commit: Path) -> Document:
    """alice/site, with one commit."""
    return place(github, "site", first_commit)


def place(github: GitHub, name: str, bare: Path) -> Document:
    """Add alice/`name` as a copy of a bare repository."""
    made = {"created_at": "2026-11-20T05:36:22Z", "pushed_at": "2026-11-20T05:36:22Z", "homepage": None}
    about = {"id": 500, "owner": "alice", "name": name, "description": "A page", "private": False}
    document: Document = {**about, **made, "default_branch": "main"}
    shutil.copytree(bare, github.repository_path(document))
    github.store.put("repo", f"alice/{name}", document)
    return document


@pytest.fixture
def empty_repo(github: GitHub) -> Document:
    """alice/empty, without a commit."""
    return create_repository(github, "alice", {"name": "empty"})
