"""A small GitHub in a temporary directory. Each reply of its API is compared with GitHub's description of the API."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from embedded.github.app import create_app
from embedded.github.bare_git import BareGit
from embedded.github.core import GitHub
from embedded.github.events import Event, Events
from embedded.github.repositories import create_repository
from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import ALL, OTHER_RUN, Api, FakeRuns, verify_oidc
from tests.unit.embedded.github.world import BUILD, MOMENT, World


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


@pytest.fixture(scope="session")
def site_with_workflows(first_commit: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository with two workflows, and its head."""
    git = BareGit(tmp_path_factory.mktemp("recorded") / "site.git")
    shutil.copytree(first_commit, git.path)
    author = git.commit("main").author
    texts = {"build.yml": BUILD, "push.yml": b"on: push"}
    files = [("100644", f".github/workflows/{name}", git.write_blob(text)) for name, text in texts.items()]
    sha = git.write_commit(git.write_tree("main", files), ["main"], "CI", author, author)
    git.update_ref("refs/heads/main", sha)
    return git.path, sha


@pytest.fixture
def world(
    app: Flask, github: GitHub, api: Api, bob: Api, anonymous: Api, site_with_workflows: tuple[Path, str]
) -> World:
    bare, sha = site_with_workflows
    place(github, "site", bare)
    store = github.store
    of_run = {"repo": "alice/site", "run_id": 7, "run_attempt": 1, "status": "completed", "conclusion": "success"}
    times = {"created_at": MOMENT, "started_at": MOMENT, "completed_at": MOMENT}
    names = {
        "workflow_path": ".github/workflows/build.yml",
        "workflow_name": "Build",
        "run_name": "Build",
        "actor": "alice",
    }
    store.put(
        "run",
        "7",
        {**of_run, **times, **names, "id": 7, "event": "push", "head_sha": sha, "head_branch": "main", "run_number": 1},
    )
    step = {"number": 1, "name": "Set up job", "status": "completed", "conclusion": "success", **times}
    store.put("job", "7", {**of_run, **times, "id": 7, "name": "Write", "steps": [step], "permissions": {}})
    log = store.data / "runs/7/1/7.log"
    log.parent.mkdir(parents=True)
    log.write_text("Hello\n")
    for number in range(1, 42):
        kept = {
            "size": 1,
            "path": str(log),
            "expires_at": "2099-11-20T05:36:22Z",
            "finalized": True,
            "created_at": MOMENT,
        }
        store.put(
            "artifact", str(number), {**kept, "id": number, "run_id": 7, "repo": "alice/site", "name": "build-tar"}
        )
    return World(app, github, api, bob, anonymous, sha)
