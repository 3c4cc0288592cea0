"""The branch dashboard-data: one commit without history, only JSON that is known, never more than it should be."""

import io
import json
import os
import subprocess
from pathlib import Path

import pytest

from action.console import Console
from action.errors import DataNotWritten
from action.steps import write_data
from action.steps.write_data import BRANCH, known_files

KEY = "0123456789abcdef0123"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "tasks").mkdir(parents=True)
    (folder / "tasks.json").write_text('{"tasks": []}')
    (folder / "stats.json").write_text("{}")
    (folder / "tasks" / f"{KEY}.json").write_text(json.dumps({"key": KEY}))
    return folder


def git(remote: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", remote, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_the_branch_is_replaced_by_one_commit_without_history__and_others_are_left(
    folder: Path, tmp_path: Path
) -> None:
    remote = tmp_path / "owner" / "runner.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    for turn in ("1", "2"):
        (folder / "stats.json").write_text(json.dumps({"tasks": int(turn)}))
        (folder / "tasks" / f"{KEY}.json").rename(folder / "tasks" / f"{turn * 20}.json")
        home = tmp_path / turn
        home.mkdir()
        environ = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(home),
            "GITHUB_EVENT_PATH": str(home / "event.json"),
            "GITHUB_REPOSITORY": "owner/runner",
            "GITHUB_SERVER_URL": tmp_path.as_uri(),
            "GITHUB_TOKEN": "made-up",
            "DASHBOARD_DATA": str(folder),
            "DASHBOARD_COMMIT": "a" * 40,
        }
        write_data.run(environ, Console(io.StringIO()))
        (folder / "tasks" / f"{turn * 20}.json").rename(folder / "tasks" / f"{KEY}.json")
    assert git(remote, "rev-list", "--count", BRANCH) == "1"
    assert git(remote, "show", f"{BRANCH}:api/stats.json") == '{"tasks": 2}'
    files = git(remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    assert files == ["README.md", "api/stats.json", "api/tasks.json", f"api/tasks/{'2' * 20}.json"]
    assert git(remote, "log", "-1", "--format=%s", BRANCH) == f"Show the ledger at {'a' * 40}"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("index.html", b"<script>"),
        ("tasks/index.html", b"<script>"),
        ("tasks/0123.json", b"{}"),
        ("tasks/deeper/0123456789abcdef0124.json", b"{}"),
        (".github/workflows/own.yml", b"on: push"),
        ("tasks/0123456789abcdef0124.json", b"[]"),
        ("tasks/0123456789abcdef0125.json", b"{"),
        ("tasks/0123456789abcdef0126.json", b"[" * 100_000),
        ("tasks/0123456789abcdef0127.json", b'{"a":"' + b"x" * 8_000_000 + b'"}'),
    ],
)
def test_what_is_not_known_is_left_out_and_named(folder: Path, name: str, body: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(body)
    data = known_files(folder)
    assert sorted(data.files) == ["api/stats.json", "api/tasks.json", f"api/tasks/{KEY}.json"]
    assert len(data.left_out) == 1
    assert name in data.left_out[0]


def test_links_and_pipes_are_not_read(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"secret": 1}')
    (folder / "tasks" / f"{'1' * 20}.json").symlink_to(secret)
    os.mkfifo(folder / "tasks" / f"{'2' * 20}.json")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{'3' * 20}.json").write_text("{}")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    assert len(known_files(folder).files) == 3


def test_too_much__or_no_list__is_an_error_with_a_next_step(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_data, "LARGEST_TOGETHER", 20)
    with pytest.raises(DataNotWritten, match="more than"):
        known_files(folder)
    monkeypatch.undo()
    (folder / "tasks.json").unlink()
    with pytest.raises(DataNotWritten, match=r"tasks\.json is missing"):
        known_files(folder)
