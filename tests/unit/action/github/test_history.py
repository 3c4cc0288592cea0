"""The versions of a project: what belongs to its history, what their files were, and how revisions are counted."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from action.errors import CannotRestore, RepositoryMissing, TooManyRevisions
from action.github.clone import PublicHistory, PublicRepositories, files_to_restore, require_room
from action.github.git import Trailers

NAME, KEY = "my-task-0123456789", "0123456789" * 2


def git(*arguments: str, cwd: Path) -> str:
    variables = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=x", "-c", "user.email=x@x.invalid", "-c", "init.defaultBranch=trunk"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=cwd, env=variables, check=True, capture_output=True, timeout=30, text=True
    )
    return done.stdout.strip()


class Server:
    """A folder that serves one project, and the clone that pushes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "owner" / f"{NAME}.git"
        self.bare.mkdir(parents=True)
        git("init", "-q", "--bare", ".", cwd=self.bare)
        self.work = folder / "work"
        git("clone", "-q", str(self.bare), str(self.work), cwd=folder)

    def commit(self, message: str, **files: str) -> str:
        for name, text in files.items():
            (self.work / f"{name}.html").write_text(text)
        git("add", "-A", cwd=self.work)
        git("commit", "-q", "--allow-empty", "-m", message, cwd=self.work)
        git("push", "-q", "origin", "HEAD", cwd=self.work)
        return git("rev-parse", "HEAD", cwd=self.work)

    def open(self, name: str = NAME) -> PublicHistory:
        environ = {"PATH": os.environ["PATH"]}
        return PublicHistory.open(
            PublicRepositories(f"file://{self.folder}", "owner", self.folder / "clones", environ, print), name
        )


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def revision(number: int, round_number: int = 1) -> str:
    return Trailers("b" * 20, KEY, round_number, revision=f"{number:020x}").message("Revise round 1")


def test_each_version_has_the_files_that_it_had(server: Server) -> None:
    first = server.commit("one", index="first", gone="here")
    (server.work / "gone.html").unlink()
    second = server.commit("two", index="second")
    history = server.open()
    assert history.tip() == second
    assert files_to_restore(history, first) == {"index.html": b"first", "gone.html": b"here"}
    assert files_to_restore(history, second) == {"index.html": b"second"}


def test_only_commits_of_the_default_branch_are_versions(server: Server) -> None:
    server.commit("one", index="first")
    git("checkout", "-q", "-b", "elsewhere", cwd=server.work)
    elsewhere = server.commit("two", index="second")
    history = server.open()
    for commit in (elsewhere, "0" * 40, "HEAD", "", "--output=x", elsewhere[:10]):
        assert not history.holds(commit)
        with pytest.raises(CannotRestore, match="is no version of this project"):
            files_to_restore(history, commit)


def test_revisions_are_counted_by_round_and_each_message_once(server: Server) -> None:
    server.commit(Trailers("b" * 20, KEY, 1).message("Build round 1"), index="1")
    server.commit(revision(1), index="2")
    server.commit(revision(1), index="3")  # its deployment was stuck, so there is a second commit
    server.commit(Trailers("b" * 20, KEY, 1, restored="f" * 40).message("Restore"), index="1")
    server.commit(revision(2, round_number=2), index="4")
    history = server.open()
    assert history.revisions(1) == {f"{1:020x}"}
    assert history.revisions(2) == {f"{2:020x}"}


def test_a_round_has_room_until_the_limit__and_always_for_the_same_message(server: Server) -> None:
    server.commit(revision(1), index="1")
    server.commit(revision(2), index="2")
    history = server.open()
    require_room(history, 1, "another", 3)
    require_room(history, 1, f"{2:020x}", 2)
    require_room(history, 2, "another", 1)
    with pytest.raises(TooManyRevisions, match="has 2 revisions, and 2 are allowed"):
        require_room(history, 1, "another", 2)


def test_the_note_of_the_last_build_is_read(server: Server) -> None:
    server.commit("one", index="1")
    assert server.open().note() == {}
    (server.work / ".pagewright").mkdir()
    (server.work / ".pagewright" / "build.json").write_text(f'{{"task_key": "{KEY}", "round": 2}}')
    server.commit("two")
    assert server.open().note() == {"task_key": KEY, "round": 2}


def test_a_project_that_is_not_there(server: Server) -> None:
    with pytest.raises(RepositoryMissing, match="no project another-task"):
        server.open("another-task")


def test_files_that_are_too_large_together_do_not_come_back(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = server.commit("one", index="a page")
    monkeypatch.setattr("action.github.clone.LARGEST_TOTAL", 5)
    with pytest.raises(CannotRestore, match="too large"):
        files_to_restore(server.open(), commit)


def published(server: Server, build_id: str) -> str | None:
    repositories = PublicRepositories(
        f"file://{server.folder}", "owner", server.folder / "clones", {"PATH": os.environ["PATH"]}, print
    )
    return repositories.published("my task", KEY, build_id)


def note(server: Server, *, degraded: bool) -> None:
    (server.work / ".pagewright").mkdir(exist_ok=True)
    (server.work / ".pagewright" / "build.json").write_text(json.dumps({"degraded": degraded}))


def test_a_build_that_is_published_is_found_by_its_commit__also_below_later_ones(server: Server) -> None:  # R13, R15
    assert published(server, "a" * 20) is None  # the repository is empty
    first = server.commit(Trailers("a" * 20, KEY, 1).message("Build round 1"), index="1")
    assert published(server, "a" * 20) == first
    server.commit(Trailers("b" * 20, KEY, 2).message("Build round 2"), index="2")
    assert published(server, "a" * 20) == first
    assert published(server, "c" * 20) is None


def test_a_plain_page_at_the_tip_is_still_to_be_written__one_below_a_later_round_is_not(server: Server) -> None:
    note(server, degraded=True)
    plain = server.commit(Trailers("a" * 20, KEY, 1).message("Build round 1"), index="1")
    assert published(server, "a" * 20) is None
    note(server, degraded=False)
    server.commit(Trailers("b" * 20, KEY, 2).message("Build round 2"), index="2")
    assert published(server, "a" * 20) == plain


def test_a_build_in_a_repository_that_another_task_built_in_last_is_not_ours(server: Server) -> None:
    server.commit(Trailers("a" * 20, KEY, 1).message("Build round 1"), index="1")
    server.commit(Trailers("b" * 20, "f" * 20, 1).message("Build round 1"), index="2")
    assert published(server, "a" * 20) is None
