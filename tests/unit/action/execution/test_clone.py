"""Cloning a project with real git. The user is an argument: here it is who runs the tests."""

import os
import subprocess
from pathlib import Path

import pytest

from action.errors import CannotExecute, NoSuchProject
from action.execution.clone import Cloner
from action.execution.workplace import Workplace, workplace
from receiver.task.project import BUILD_NOTE

ENVIRON = {"PATH": os.environ["PATH"]}


def git(*arguments: str, cwd: Path) -> str:
    variables = {**ENVIRON, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=x", "-c", "user.email=x@x.invalid", "-c", "init.defaultBranch=trunk"]
    done = subprocess.run(["git", *identity, *arguments], cwd=cwd, env=variables, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def commits(tmp_path: Path) -> list[str]:
    """owner/site with two commits and a tag on the first, and owner/other without a build note."""
    work = tmp_path / "work"
    (work / BUILD_NOTE).parent.mkdir(parents=True)
    (work / BUILD_NOTE).write_text("{}")
    (work / "run.sh").write_text("echo $0\r\n")
    (work / "run.sh").chmod(0o755)
    (work / "link").symlink_to("/etc/passwd")
    git("init", "-q", ".", cwd=work)
    made = []
    for text in ("one", "two"):
        (work / "text").write_text(text)
        git("add", "-A", cwd=work)
        git("commit", "-q", "-m", text, cwd=work)
        made.append(git("rev-parse", "HEAD", cwd=work))
    git("tag", "v1", made[0], cwd=work)
    git("clone", "-q", "--bare", str(work), str(tmp_path / "owner" / "site.git"), cwd=tmp_path)
    git("rm", "-q", "-r", ".pagewright", cwd=work)
    git("commit", "-q", "-m", "no note", cwd=work)
    git("clone", "-q", "--bare", str(work), str(tmp_path / "owner" / "other.git"), cwd=tmp_path)
    return made


def clone(tmp_path: Path, project: str, ref: str | None = None, slept: list[float] | None = None) -> dict[str, str]:
    sleep = (slept if slept is not None else []).append
    with workplace(tmp_path, None) as place:
        commit = Cloner(f"file://{tmp_path}/", ENVIRON, sleep).clone(project, ref, place)
        return {"commit": commit, **contents(place)}


def contents(place: Workplace) -> dict[str, str]:
    files = [path for path in place.project.iterdir() if path.is_file()]
    return {path.name: path.read_bytes().decode() for path in files if not path.is_symlink()}


def test_the_newest_commit_is_checked_out_as_it_is(tmp_path: Path, commits: list[str]) -> None:
    assert clone(tmp_path, "owner/site") == {"commit": commits[1], "text": "two", "run.sh": "echo $0\r\n"}


@pytest.mark.parametrize("which", ["tag", "commit"])
def test_a_ref_is_checked_out(tmp_path: Path, commits: list[str], which: str) -> None:
    found = clone(tmp_path, "owner/site", "v1" if which == "tag" else commits[0])
    assert (found["commit"], found["text"]) == (commits[0], "one")


def test_a_repository_without_a_build_note_is_no_project(tmp_path: Path, commits: list[str]) -> None:
    with pytest.raises(NoSuchProject, match=r"no \.pagewright/build\.json"):
        clone(tmp_path, "owner/other", commits[1])


def test_a_repository_that_is_not_there_is_no_project_and_nobody_waits(tmp_path: Path) -> None:
    slept: list[float] = []
    with pytest.raises(NoSuchProject, match="no public repository"):
        clone(tmp_path, "owner/nothing", slept=slept)
    assert slept == []


def test_a_ref_that_is_not_there_is_told(tmp_path: Path, commits: list[str]) -> None:
    for ref in ("no-such-branch", "0" * 40):
        with pytest.raises(CannotExecute, match="no branch, tag or commit"):
            clone(tmp_path, "owner/site", ref)


def test_a_server_that_fails_is_asked_again_and_then_reported(tmp_path: Path) -> None:
    slept: list[float] = []
    with workplace(tmp_path, None) as place, pytest.raises(CannotExecute, match="could not be cloned"):
        Cloner("unknown://x", ENVIRON, slept.append).clone("owner/site", None, place)
    assert slept == [1.0, 2.0]
