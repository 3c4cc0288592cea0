"""Reading the current files of a target repository, with real git and no checkout."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from action.errors import RepositoryUnreadable
from action.github.clone import PublicRepositories, belongs_to

KEY = "abcdef0123456789abcd"


def git(*arguments: str, cwd: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=x", "-c", "user.email=x@x.invalid", "-c", "init.defaultBranch=trunk"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, env=variables, check=True, capture_output=True, timeout=30)


def publish(server: Path, name: str, marker: str, note: str = "") -> None:
    work = server / "work" / name
    (work / "sub").mkdir(parents=True)
    (work / "index.html").write_text(marker)
    (work / "sub" / "ünï code.bin").write_bytes(b"\0\r\n\xff")
    (work / "empty").write_bytes(b"")
    if note:
        (work / ".pagewright").mkdir()
        (work / ".pagewright" / "build.json").write_text(note)
    (work / "link").symlink_to("/etc/passwd")
    git("init", "-q", ".", cwd=work)
    git("add", "-A", cwd=work)
    git("commit", "-q", "-m", "x", cwd=work)
    git("clone", "-q", "--bare", str(work), str(server / "owner" / f"{name}.git"), cwd=server)


def repositories(server: Path, slept: list[float] | None = None, scheme: str = "file") -> PublicRepositories:
    sleep = (slept if slept is not None else []).append
    return PublicRepositories(f"{scheme}://{server}", "owner", server / "clones", {"PATH": os.environ["PATH"]}, sleep)


def test_the_newest_repository_is_read_byte_for_byte_without_links(tmp_path: Path) -> None:
    (tmp_path / "owner").mkdir()
    publish(tmp_path, "my-task-abcdef0123", "first")
    publish(tmp_path, "my-task-abcdef0123-3", "third")  # the second was deleted
    assert repositories(tmp_path).current_files("My task!", KEY) == {
        "empty": b"",
        "index.html": b"third",
        "sub/ünï code.bin": b"\0\r\n\xff",
    }


def test_a_repository_where_another_task_built_last_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "owner").mkdir()
    publish(tmp_path, "my-task-abcdef0123", "ours", f'{{"task_key": "{KEY}"}}')
    publish(tmp_path, "my-task-abcdef0123-2", "theirs", '{"task_key": "00000000000000000000"}')
    files = repositories(tmp_path).current_files("My task!", KEY)
    assert files is not None
    assert files["index.html"] == b"ours"


@pytest.mark.parametrize("note", [None, b"{", b"[]", b"{}"])
def test_a_repository_that_says_nothing_about_its_task_belongs_to_it(note: bytes | None) -> None:
    assert belongs_to(note, KEY)


def test_a_certain_project_is_read_whatever_the_task_is_called(tmp_path: Path) -> None:
    (tmp_path / "owner").mkdir()
    publish(tmp_path, "my-task-abcdef0123", "first")
    publish(tmp_path, "my-task-abcdef0123-2", "second")
    certain = replace(repositories(tmp_path), only="my-task-abcdef0123")
    files = certain.current_files("another name", KEY)
    assert files is not None
    assert files["index.html"] == b"first"
    assert replace(certain, only="gone").current_files("my-task", KEY) is None


def test_there_may_be_no_repository_and_nobody_waits_for_it(tmp_path: Path) -> None:
    slept: list[float] = []
    assert repositories(tmp_path, slept).current_files("My task!", KEY) is None
    assert slept == []


def test_a_server_that_fails_is_asked_again_and_then_reported(tmp_path: Path) -> None:
    slept: list[float] = []
    with pytest.raises(RepositoryUnreadable):
        repositories(tmp_path, slept, "unknown").current_files("My task!", KEY)
    assert slept == [1.0, 2.0, 4.0]
