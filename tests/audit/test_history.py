"""The scan of the history sees what was removed again, and only what was looked at by a person is passed over."""

import secrets
import subprocess
from pathlib import Path

import pytest

from tests.audit.history import KNOWN_ALARMS, HistoryIsNotHere, alarms_in, known_alarms, new_alarms

TOKEN = "ghp_" + secrets.token_hex(18)  # made up, as everything in tests


def git(*arguments: str, cwd: Path) -> None:
    author = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
    subprocess.run(["git", *author, *arguments], cwd=cwd, check=True, capture_output=True)


def commit(repository: Path, message: str, **files: str) -> None:
    for name, text in files.items():
        (repository / name).write_text(text)
    git("add", "--all", cwd=repository)
    git("commit", "--quiet", "--allow-empty", "-m", message, cwd=repository)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git("init", "--quiet", cwd=folder)
    commit(folder, "First", page="<h1>A page</h1>\n")
    return folder


def test_a_clean_history_raises_no_alarm(repository: Path) -> None:
    assert new_alarms(repository, "") == []


def test_a_secret_that_was_removed_again_is_found__without_being_told(repository: Path) -> None:
    commit(repository, "Second", config=f"a\nkey: {TOKEN}\n")
    commit(repository, "Third", config="a\n")
    (alarm,) = alarms_in(repository)
    assert (alarm.rule, alarm.place.split()[0]) == ("github-token", "config:2")
    assert TOKEN not in str(alarm)


def test_a_secret_on_another_branch_or_in_a_message_is_found(repository: Path) -> None:
    git("checkout", "--quiet", "-b", "other", cwd=repository)
    commit(repository, f"Use {TOKEN}", other=f"{TOKEN}\n")
    git("checkout", "--quiet", "-", cwd=repository)
    assert sorted(alarm.place.split(":")[0] for alarm in alarms_in(repository)) == ["commit", "other"]


def test_a_known_alarm_is_passed_over_in_every_version_of_its_file__and_no_other_line(repository: Path) -> None:
    commit(repository, "Second", config=f"key: {TOKEN}\n")
    commit(repository, "Third", config=f"moved\n  key: {TOKEN}\n")
    first, second = alarms_in(repository)
    assert first.line_id == second.line_id
    listed = f"# a comment\n{first.line_id} {first.rule} made up\n"
    assert new_alarms(repository, listed) == []
    commit(repository, "Fourth", config=f"another: {TOKEN}\n")
    assert len(new_alarms(repository, listed)) == 1


def test_an_object_that_is_too_large_is_an_alarm(repository: Path) -> None:
    commit(repository, "Second", large="x" * 2_000, small=TOKEN)
    assert sorted(alarm.rule for alarm in alarms_in(repository, largest=1_000)) == ["github-token", "too-large-to-scan"]


def test_a_shallow_clone_is_not_taken_for_clean(repository: Path, tmp_path: Path) -> None:
    commit(repository, "Second", config="a\n")
    git("clone", "--quiet", "--depth=1", f"file://{repository}", "shallow", cwd=tmp_path)
    with pytest.raises(HistoryIsNotHere, match="--unshallow"):
        list(alarms_in(tmp_path / "shallow"))


def test_no_repository_is_not_taken_for_clean(tmp_path: Path) -> None:
    with pytest.raises(HistoryIsNotHere):
        list(alarms_in(tmp_path))


def test_every_known_alarm_has_its_reason() -> None:
    assert all(len(reason) > 20 for reason in known_alarms(KNOWN_ALARMS.read_text()).values())
    with pytest.raises(ValueError, match="unpack"):
        known_alarms("0123456789abcdef github-token")
