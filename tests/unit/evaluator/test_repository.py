"""Repositories of strangers, with real git: their files, their history, and everything that may be wrong with them."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from action.github.git import GitFailed
from evaluator.repository import BoundedGit, Repositories, RepositoryProblem, full_name_of, look
from tests.unit.evaluator.doubles import are_gone

ENVIRON = {"PATH": os.environ["PATH"]}
SERVER = "https://github.com"
KEY = "gh" + "p_" + "a1B2c3D4e5" * 4


class Origin:
    """A repository to be fetched from."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=ann", "-c", "user.email=ann@x.example", "-c", "commit.gpgsign=false"]
        environ = {**ENVIRON, "HOME": os.devnull, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.path, env=environ, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, bytes]) -> str:
        for name, body in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_bytes(body)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=work")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path / "ann" / "birds")


@pytest.fixture
def git(tmp_path: Path) -> BoundedGit:
    folder = tmp_path / "clone"
    folder.mkdir()
    return BoundedGit(folder, ENVIRON)


def test_the_files_of_exactly_that_commit_are_read_and_nothing_is_checked_out(origin: Origin, git: BoundedGit) -> None:
    first = origin.commit({"index.html": b"one", "data/a b.bin": bytes(range(256))})
    origin.commit({"index.html": b"two"})
    snapshot = look(git, str(origin.path), first, (), ())
    assert snapshot.files == {"index.html": b"one", "data/a b.bin": bytes(range(256))}
    assert snapshot.full_name == "ann/birds"
    assert list(snapshot.commits) == [first]
    assert not (git.folder / "index.html").exists()


def test_the_history_is_known_with_its_times(origin: Origin, git: BoundedGit) -> None:
    first = origin.commit({"index.html": b"one"})
    second = origin.commit({"index.html": b"two"})
    snapshot = look(git, str(origin.path), second, (), ())
    assert set(snapshot.commits) == {first, second}
    assert snapshot.is_whole
    assert snapshot.first_committed_at == pytest.approx(time.time(), abs=600)


def test_a_secret_that_was_removed_again_is_found_in_the_history__and_never_shown(
    origin: Origin, git: BoundedGit
) -> None:
    origin.commit({".env": f"TOKEN={KEY}\n".encode(), "attached.txt": f"given: {KEY}".encode()})
    origin.git("rm", "--quiet", ".env")
    last = origin.commit({"notes.txt": b"The secret word is swordfish-4711\n"})
    snapshot = look(git, str(origin.path), last, ("swordfish-4711",), (f"given: {KEY}".encode(),))
    places = [finding.partition(" ")[0] for finding in snapshot.findings]
    assert sorted(places) == [".env", "notes.txt"]
    assert KEY not in str(snapshot.findings)
    assert ".env" not in snapshot.files


def test_symlinks_and_submodules_are_no_files(origin: Origin, git: BoundedGit) -> None:
    (origin.path / "passwd").symlink_to("/etc/passwd")
    origin.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    last = origin.commit({"index.html": b"one"})
    assert look(git, str(origin.path), last, (), ()).files == {"index.html": b"one"}


@pytest.fixture
def github(tmp_path: Path) -> Repositories:
    """GitHub is a folder here: a `git` in front of the real one rewrites the addresses."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    real = shutil.which("git", path=ENVIRON["PATH"])
    program.write_text(f'#!/bin/sh\nexec {real} -c url.file://{tmp_path}/.insteadOf={SERVER}/ "$@"\n')
    program.chmod(0o755)
    return Repositories(SERVER, tmp_path / "clones", {"PATH": f"{program.parent}:{ENVIRON['PATH']}"})


def test_a_repository_is_read_and_nothing_of_it_stays(origin: Origin, github: Repositories) -> None:
    commit = origin.commit({"index.html": b"one"})
    origin.path.rename(origin.path.with_suffix(".git"))
    assert github.read(f"{SERVER}/ann/birds", commit).files == {"index.html": b"one"}
    assert list(github.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["birds", "none"])
def test_a_commit_or_repository_that_is_not_there_is_the_student_s_fault(
    origin: Origin, github: Repositories, name: str
) -> None:
    origin.commit({"index.html": b"one"})
    origin.path.rename(origin.path.with_suffix(".git"))
    with pytest.raises(RepositoryProblem) as caught:
        github.read(f"{SERVER}/ann/{name}", "12" * 20)
    assert caught.value.is_certain
    assert list(github.folder.iterdir()) == []


def test_a_network_that_is_down_is_not(tmp_path: Path) -> None:
    dead = Repositories("http://127.0.0.1:9", tmp_path / "clones", ENVIRON)
    with pytest.raises(RepositoryProblem) as caught:
        dead.read("http://127.0.0.1:9/ann/birds", "12" * 20)
    assert not caught.value.is_certain


@pytest.mark.parametrize(
    "url", ["https://github.com/ann/birds", "https://github.com/ann/birds.git", "https://GitHub.com/ann/birds/"]
)
def test_a_repository_is_known_by_its_address(url: str) -> None:
    assert full_name_of(url, SERVER) == "ann/birds"


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.com/ann/birds",
        "http://github.com/ann/birds",
        "https://github.com.evil.example/ann/birds",
        "https://github.com@evil.example/ann/birds",
        "https://evil@github.com/ann/birds",
        "https://github.com/ann",
        "https://github.com/ann/birds/tree/main",
        "https://github.com/ann/..",
        "https://github.com/--upload-pack=x/birds",
        "https://github.com/ann/birds?x=1",
        "ssh://github.com/ann/birds",
        "file:///etc",
    ],
)
def test_any_other_address_is_refused_before_git_sees_it(url: str) -> None:
    with pytest.raises(RepositoryProblem, match="no repository of") as caught:
        full_name_of(url, SERVER)
    assert caught.value.is_certain


def script(tmp_path: Path, text: str) -> BoundedGit:
    """Return a git that is this script."""
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return BoundedGit(tmp_path, {"PATH": f"{tmp_path}:{ENVIRON['PATH']}", "GITHUB_TOKEN": "hidden"}, seconds=2)


def test_git_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    git = script(tmp_path, "sleep 60 & echo $! > child; wait")
    with pytest.raises(GitFailed, match="too long"):
        git.run("fetch")
    assert are_gone([int((tmp_path / "child").read_text())])


def test_git_gets_no_credential_and_no_configuration_of_the_instructor(tmp_path: Path) -> None:
    said = script(tmp_path, "env").run("fetch").decode()
    assert "hidden" not in said
    assert "GIT_CONFIG_GLOBAL=/dev/null" in said
    assert "HOME=" not in said.replace("GIT_CONFIG", "")


def test_a_file_that_grows_without_end_is_cut_off(tmp_path: Path) -> None:
    git = script(tmp_path, "ulimit -f")
    assert int(git.run()) * 512 <= 200_000_000
