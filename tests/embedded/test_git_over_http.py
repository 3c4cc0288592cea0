"""Real git against a real server: clone, push, fetch by commit, refusals, big pushes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import requests

from action.errors import CannotPush, FilesRefused, RepositoryArchived, SecretFound, UserError
from action.github.clone import PublicRepositories
from action.github.git import Git, Trailers
from api.projects import File, Projects
from embedded.faults.layer import Faulty
from embedded.faults.plan import FaultPlan
from embedded.github.app import create_app
from embedded.github.apps import install_app, register_app
from embedded.github.bare_git import CLEAN_ENVIRONMENT, GIT
from embedded.github.core import GitHub
from embedded.github.events import Event, Events
from embedded.github.renames import rename
from embedded.github.repositories import create_repository
from embedded.github.store import Store
from embedded.github.tokens import ACTIONS_BOT, create_token
from evaluator.server import Server
from receiver.config import Config
from receiver.connection import Connection
from receiver.errors import GitHubRefused
from receiver.github import RunnerRepository
from tests.app_key import key_pair

BIG = 12 * 1024 * 1024


class Hosting:
    """A GitHub with the public repository alice/site, on a port of its own."""

    def __init__(self, data: Path) -> None:
        self.store, self.events, self.emitted = Store(data), Events(), list[Event]()
        self.github = GitHub(self.store, self.events, "", "http://localhost:2", lambda token: {})
        self.github.run_token_patience = 0
        self.faults = FaultPlan()
        self.server = Server(Faulty(create_app(self.github), "github", self.faults))
        self.github.web_url = self.server.url
        self.events.subscribe(self.remember)
        self.store.put("user", "alice", {"login": "alice", "id": 1, "type": "User"})
        self.repo = create_repository(self.github, "alice", {"name": "site", "auto_init": True})

    def remember(self, event: Event) -> list[int]:
        self.emitted.append(event)
        return []

    def token(self, **permissions: str) -> str:
        return create_token(self.store, "alice", permissions)

    def url(self, token: str | None = None, name: str = "site") -> str:
        login = f"x-access-token:{token}@" if token else ""
        return f"http://{login}localhost:{self.server.port}/alice/{name}.git"


@pytest.fixture
def hosting(tmp_path: Path) -> Iterator[Hosting]:
    hosting = Hosting(tmp_path / "data")
    hosting.server.start()
    yield hosting
    hosting.server.stop()
    hosting.store.close()


class Clone:
    """A working copy on the user's side."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        person = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
        person |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
        done = subprocess.run(
            [GIT, *arguments],
            cwd=self.path,
            env={**CLEAN_ENVIRONMENT, **person},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done

    def commit(self, name: str, content: bytes) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", f"Add {name}")
        return self.git("rev-parse", "HEAD").stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, hosting: Hosting) -> Clone:
    path = tmp_path / "clone"
    path.mkdir()
    clone = Clone(path)
    clone.git("clone", "--quiet", hosting.url(), ".")
    return clone


def test_push__arrives_and_is_told_once_for_each_branch(clone: Clone, hosting: Hosting) -> None:
    before = clone.git("rev-parse", "HEAD").stdout.strip()
    sha = clone.commit("index.html", b"<h1>Hi</h1>")
    clone.git("branch", "other")
    clone.git("push", hosting.url(hosting.token(contents="write")), "main", "other")
    told = {event.ref: (event.payload["before"], event.payload["after"]) for event in hosting.emitted}
    assert told == {"refs/heads/main": (before, sha), "refs/heads/other": ("0" * 40, sha)}
    assert hosting.github.git(hosting.repo).resolve("main") == sha


def test_push__without_write_permission_is_refused(clone: Clone, hosting: Hosting) -> None:
    clone.commit("index.html", b"x")
    for token, words in [
        (None, "could not read Username"),
        ("made-up", "Authentication failed"),
        (hosting.token(contents="read"), "error: 403"),
    ]:
        done = clone.git("push", hosting.url(token), "main", check=False)
        assert done.returncode != 0
        assert words in done.stderr
    assert hosting.emitted == []


def test_push__of_a_workflow_needs_the_workflows_permission(clone: Clone, hosting: Hosting) -> None:
    clone.commit(".github/workflows/x.yml", b"on: push")
    clone.commit("later.txt", b"x")
    done = clone.git("push", hosting.url(hosting.token(contents="write")), "main", check=False)
    assert done.returncode != 0
    refusal = "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/x.yml`"
    assert refusal in done.stderr
    assert hosting.emitted == []
    clone.git("push", hosting.url(hosting.token(contents="write", workflows="write")), "main")
    assert len(hosting.emitted) == 1


def pushed_by_the_action(hosting: Hosting, folder: Path, files: dict[str, bytes]) -> None:
    git = Git(folder, hosting.url(), "main", hosting.token(contents="write", workflows="write"), CLEAN_ENVIRONMENT)
    git.fetch()
    git.put("Build", files)


def test_push_protection__each_secret_is_named_by_rule_and_place(hosting: Hosting, tmp_path: Path) -> None:
    google, aws, deep = "AIza" + "x" * 35, "AKIA" + "A" * 16, "sk-" + "0" * 32
    files = {".env": f"\n\nKEY={google}\n".encode(), "my page.html": f"<p>{aws}\n{deep}".encode(), "a.txt": b"fine"}
    with pytest.raises(SecretFound) as caught:
        pushed_by_the_action(hosting, tmp_path / "ours", files)
    for found in (
        "Google API Key in .env:3",
        "Amazon AWS Access Key ID in my page.html:1",
        "DeepSeek API Key in my page.html:2",
    ):
        assert found in caught.value.what
    assert not any(value in str(caught.value) for value in (google, aws, deep))


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"protected_branch": "main"}, CannotPush, "Changes must be made through a pull request"),
        ({"archived": True}, RepositoryArchived, "the repository is archived"),
        ({}, FilesRefused, "File index.html is 0.00 MB; this exceeds GitHub's file size limit"),
    ],
)
def test_push__what_github_refuses_is_told_as_what_it_is(
    hosting: Hosting, tmp_path: Path, change: dict[str, str | bool], kind: type[UserError], words: str
) -> None:
    with hosting.store.change("repo", "alice/site") as document:
        document.update(change)
    hosting.github.largest_file = 100 if change else 4
    with pytest.raises(kind) as caught:
        pushed_by_the_action(hosting, tmp_path / "ours", {"index.html": b"<h1>Hi</h1>"})
    assert words in caught.value.what


def test_a_renamed_repository__its_files_are_read_under_the_old_name(hosting: Hosting, tmp_path: Path) -> None:
    rename(hosting.github, hosting.repo, "page")
    reader = PublicRepositories(hosting.server.url, "alice", tmp_path, CLEAN_ENVIRONMENT, lambda _: None, only="site")
    assert "README.md" in (reader.current_files("task", "c0ffee") or {})


def test_a_build_that_is_published_is_found_without_a_credential(hosting: Hosting, tmp_path: Path) -> None:
    git, (build_id, key) = hosting.github.git(hosting.repo), ("a" * 20, "b" * 20)
    head = git.commit("main")
    message = Trailers(build_id, key, 1).message("Build round 1")
    commit = git.write_commit(git.write_tree(None, []), [head.sha], message, head.author, head.author)
    git.update_ref("refs/heads/main", commit)
    reader = PublicRepositories(hosting.server.url, "alice", tmp_path, CLEAN_ENVIRONMENT, lambda _: None, only="site")
    assert reader.published("task", key, build_id) == commit
    assert reader.published("task", key, "c" * 20) is None
    nobody = PublicRepositories(hosting.server.url, "alice", tmp_path, CLEAN_ENVIRONMENT, lambda _: None)
    assert nobody.published("no such task", key, build_id) is None


def test_a_renamed_repository__the_receiver_goes_on_with_it(hosting: Hosting, caplog: pytest.LogCaptureFixture) -> None:
    git = hosting.github.git(hosting.repo)
    head = git.commit("main")
    tree = git.write_tree(None, [("100644", "a.txt", git.write_blob(b"old"))])
    git.update_ref("refs/heads/old", git.write_commit(tree, [head.sha], "Old", head.author, head.author))
    rename(hosting.github, hosting.repo, "page")
    connection = Connection(hosting.token(contents="write"), f"{hosting.server.url}/api/v3")
    connection.dispatch("alice/site", "build-task", {"a": 1})
    assert [(event.name, event.repo) for event in hosting.emitted] == [("repository_dispatch", "alice/page")]
    read = Projects(connection).read("alice/site", "a.txt", "old")
    assert isinstance(read, File)
    assert read.content == b"old"
    sealed, renamed = b"sealed" * 100_000, hosting.github.repository("alice/page")
    assert renamed is not None
    stored = RunnerRepository("alice/site", connection).store("1" * 20, sealed, lambda _: "kept")
    assert hosting.github.git(renamed).blob(stored.blob) == sealed
    assert "/repos/alice/site/dispatches is now alice/page" in caplog.text


def by_app(hosting: Hosting, number: int = 1, which_key: int = 0) -> Connection:
    """Return what a receiver with an App has in place of a token."""
    environ = {"STUDENT_SECRET": "made-up-secret", "RUNNER_REPOSITORY": "alice/site", "GITHUB_APP_ID": str(number)}
    environ |= {"GITHUB_APP_PRIVATE_KEY": key_pair(which_key)[0], "GITHUB_API_URL": f"{hosting.server.url}/api/v3"}
    return Connection.of(Config.from_environ(environ))


def test_an_app__the_receiver_acts_with_a_token_for_its_repository_only(hosting: Hosting) -> None:
    permissions = {"contents": "write", "actions": "write", "administration": "write"}
    install_app(hosting.store, register_app(hosting.store, "alice", "door", permissions, key_pair()[1]), "alice")
    create_repository(hosting.github, "alice", {"name": "other", "auto_init": True})
    connection = by_app(hosting)
    for _ in range(2):
        connection.dispatch("alice/site", "build-task", {"a": 1})
    assert [(event.name, event.actor) for event in hosting.emitted] == [("repository_dispatch", "door[bot]")] * 2
    assert RunnerRepository("alice/site", connection).store("1" * 20, b"sealed", lambda _: "kept").blob
    assert isinstance(Projects(connection).read("alice/other", "README.md", "main"), File), "what is public is read"
    with pytest.raises(GitHubRefused) as raised:
        connection.dispatch("alice/other", "build-task", {"a": 1})
    assert "may not do this" in raised.value.reply.cause
    (token,) = hosting.store.find("token")
    assert token["permissions"] == {"contents": "write", "actions": "write", "metadata": "read"}
    assert connection.app is not None
    revoked = {"Authorization": f"Bearer {connection.app.current(no_session)}"}
    requests.delete(f"{hosting.server.url}/api/v3/installation/token", headers=revoked, timeout=5)
    with pytest.raises(GitHubRefused, match="answered 401"):
        connection.dispatch("alice/site", "build-task", {"a": 1})
    connection.dispatch("alice/site", "build-task", {"a": 1})


def no_session(auth: object) -> NoReturn:
    raise AssertionError("there is a token that is good for a while")


def test_an_app__what_is_wrong_with_it_is_told_as_that(hosting: Hosting) -> None:
    poor = register_app(hosting.store, "alice", "poor", {"contents": "write"}, key_pair()[1])
    cases = [
        (by_app(hosting, 99), "no App with this"),
        (by_app(hosting, which_key=1), "clock"),
        (by_app(hosting), "not installed"),
    ]
    for connection, words in cases:
        with pytest.raises(GitHubRefused) as raised:
            connection.dispatch("alice/site", "build-task", {"a": 1})
        assert words in raised.value.reply.cause
    install_app(hosting.store, poor, "alice")
    with pytest.raises(GitHubRefused) as raised:
        by_app(hosting).dispatch("alice/site", "build-task", {"a": 1})
    assert "lacks Contents: write or Actions: write" in raised.value.reply.cause
    rename(hosting.github, hosting.repo, "page")
    with pytest.raises(GitHubRefused) as raised:
        by_app(hosting).dispatch("alice/site", "build-task", {"a": 1})
    assert "RUNNER_REPOSITORY has another name now" in raised.value.reply.cause


def test_push__with_the_token_of_a_run_starts_nothing(clone: Clone, hosting: Hosting) -> None:
    hosting.store.put("run", "5", {"id": 5, "repo": "alice/site", "status": "in_progress"})
    job = {"id": 6, "run_id": 5, "status": "in_progress", "permissions": {"contents": "write"}}
    hosting.store.put("job", "6", job)
    sha = clone.commit("index.html", b"x")
    clone.git("push", hosting.url(create_token(hosting.store, ACTIONS_BOT, {}, run_id=5)), "main")
    assert hosting.github.git(hosting.repo).resolve("main") == sha
    assert hosting.emitted == []


def test_push__into_an_empty_repository_sets_the_default_branch(clone: Clone, hosting: Hosting, tmp_path: Path) -> None:
    create_repository(hosting.github, "alice", {"name": "fresh"})
    clone.git("push", hosting.url(hosting.token(contents="write"), "fresh"), "main:trunk")
    assert (hosting.github.repository("alice/fresh") or {})["default_branch"] == "trunk"
    clone.git("clone", "--quiet", hosting.url(name="fresh"), str(tmp_path / "fresh"))
    assert (tmp_path / "fresh" / "README.md").exists()


def test_push__of_a_big_file_comes_back_byte_for_byte(clone: Clone, hosting: Hosting, tmp_path: Path) -> None:
    content = bytes((index * index) % 251 for index in range(4096)) * (BIG // 4096)
    clone.git("config", "core.compression", "0")  # so that it is big on the way, too: git sends it in chunks
    clone.commit("big.bin", content)
    clone.git("push", hosting.url(hosting.token(contents="write")), "main")
    clone.git("clone", "--quiet", "--depth=1", hosting.url(), str(tmp_path / "again"))
    assert (tmp_path / "again" / "big.bin").read_bytes() == content


def test_fetch__takes_a_commit_by_its_sha(clone: Clone, hosting: Hosting, tmp_path: Path) -> None:
    old = clone.git("rev-parse", "HEAD").stdout.strip()
    clone.commit("index.html", b"x")
    clone.git("push", hosting.url(hosting.token(contents="write")), "main")
    other = Clone(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "--quiet")
    other.git("fetch", "--quiet", "--depth=1", hosting.url(), old)
    assert other.git("rev-parse", "FETCH_HEAD").stdout.strip() == old


def test_fetch__of_many_refs_sends_a_compressed_request(clone: Clone, hosting: Hosting, tmp_path: Path) -> None:
    git = hosting.github.git(hosting.repo)
    head = git.commit("main")
    for number in range(40):
        sha = git.write_commit(head.tree, [head.sha], f"Commit {number}", head.author, head.author)
        git.update_ref(f"refs/heads/b{number}", sha)
    clone.git("-c", "protocol.version=0", "fetch", "--quiet", "origin")
    assert len(clone.git("branch", "--remotes").stdout.splitlines()) == 42


def test_private_repository__is_invisible_without_a_token(clone: Clone, hosting: Hosting, tmp_path: Path) -> None:
    create_repository(hosting.github, "alice", {"name": "hidden", "private": True, "auto_init": True})
    done = clone.git("clone", hosting.url(name="hidden"), str(tmp_path / "no"), check=False)
    assert "could not read Username" in done.stderr
    clone.git("clone", "--quiet", hosting.url(hosting.token(contents="read"), "hidden"), str(tmp_path / "yes"))


def test_default_branch__cannot_be_deleted(clone: Clone, hosting: Hosting) -> None:
    done = clone.git("push", hosting.url(hosting.token(contents="write")), ":main", check=False)
    assert "refusing to delete the current branch" in done.stderr


def test_dumb_protocol_and_paths_outside__are_refused(clone: Clone, hosting: Hosting) -> None:
    client = create_app(hosting.github).test_client()
    assert client.get("/alice/site.git/info/refs").status_code == 403
    assert client.get("/alice/site.git/HEAD").status_code == 404
    assert client.get("/alice/..%2f..%2fgithub.sqlite/info/refs?service=git-upload-pack").status_code in {401, 404}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("push-protection", "! [remote rejected] main -> main (push declined due to repository rule violations)"),
        ("push-protection", "remote: - GITHUB PUSH PROTECTION"),
        ("push-internal-error", "! [remote rejected] main -> main (Internal Server Error)"),
        ("push-no-report", "(remote failed to report status)"),
        ("push-500", "The requested URL returned error: 500"),
        ("push-denied", "remote: Permission to OWNER/REPO.git denied to LOGIN."),
        ("push-too-large", "remote: error: GH001: Large files detected."),
        ("push-protected-branch", "(protected branch hook declined)"),
        ("push-without-workflows", "without `workflow` scope)"),
        ("push-behind", "(fetch first)"),
    ],
)
def test_push__refused_as_planned(hosting: Hosting, clone: Clone, fault: str, said: str) -> None:
    url = hosting.url(hosting.token(contents="write"))
    before = hosting.github.git(hosting.repo).refs()
    clone.commit("a.txt", b"a")
    hosting.faults.add(fault)
    refused = clone.git("push", url, "main", check=False)
    assert refused.returncode != 0
    assert said in refused.stderr
    assert hosting.github.git(hosting.repo).refs() == before
    clone.git("push", url, "main")


def test_push__received_without_an_answer(hosting: Hosting, clone: Clone) -> None:
    url = hosting.url(hosting.token(contents="write"))
    commit = clone.commit("a.txt", b"a")
    hosting.faults.add("push-answer-lost")
    assert clone.git("push", url, "main", check=False).returncode != 0
    assert hosting.github.git(hosting.repo).refs()["refs/heads/main"] == commit
