"""The command line: from a CSV to a folder, and what it says when something is missing."""

import stat
from pathlib import Path

import pytest

from embedded.__main__ import parse
from embedded.evaluator.commands import run_step
from embedded.evaluator.folder import Folder
from embedded.evaluator.store import Store
from embedded.evaluator.typed import typed

CSV = "email,endpoint,secret\nann@x.example,https://ann.example/api,ann-secret-value\n"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def students(tmp_path: Path) -> Path:
    path = tmp_path / "students.csv"
    path.write_text(CSV)
    return path


def evaluator(*arguments: object) -> int:
    return run_step(parse(["evaluator", *map(str, arguments)]), {})


def test_init_makes_a_private_folder_and_says_what_comes_next(tmp_path: Path, students: Path, capsys: Capture) -> None:
    assert evaluator("init", tmp_path / "class", students) == 0
    said = capsys.readouterr().out
    assert "1 student: 1 new, 0 changed." in said
    assert "set public_url in" in said
    assert "ann-secret-value" not in said
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "class").iterdir()}
    assert modes == {"evaluator.toml": 0o600, "evaluator.sqlite3": 0o600}
    assert stat.S_IMODE((tmp_path / "class").stat().st_mode) == 0o700


def test_init_again_takes_over_a_corrected_list_and_keeps_the_settings(
    tmp_path: Path, students: Path, capsys: Capture
) -> None:
    folder = tmp_path / "class"
    assert evaluator("init", folder, students, "--public-url", "https://grades.example.edu") == 0
    before = (folder / "evaluator.toml").read_text()
    assert 'public_url = "https://grades.example.edu"' in before
    students.write_text(CSV.replace("/api", "/new") + "bob@x.example,https://bob.example,bob-secret\n")
    assert evaluator("init", folder, students) == 0
    said = capsys.readouterr().out
    assert "2 students: 1 new, 1 changed." in said
    assert f"Next: {typed('run', folder)}" in said
    assert (folder / "evaluator.toml").read_text() == before


def test_init_with_another_address_changes_only_that(tmp_path: Path, students: Path, capsys: Capture) -> None:
    folder = tmp_path / "class"
    evaluator("init", folder, students)
    before = (folder / "evaluator.toml").read_text()
    assert evaluator("init", folder, "--public-url", "https://grades.example.edu/") == 0
    after = (folder / "evaluator.toml").read_text()
    assert after == before.replace("https://evaluation.example.org", "https://grades.example.edu", 1)
    assert evaluator("init", folder, "--public-url", 'grades"\n') == 1
    assert "must be an http or https address" in capsys.readouterr().err
    assert (folder / "evaluator.toml").read_text() == after


def test_a_wrong_list_makes_nothing(tmp_path: Path, students: Path, capsys: Capture) -> None:
    students.write_text("email,secret\nann@x.example,ann-secret-value\n")
    assert evaluator("init", tmp_path / "class", students) == 1
    assert "no column endpoint" in capsys.readouterr().err
    assert not (tmp_path / "class").exists()


def test_an_unknown_task_in_the_list_is_named_with_the_known_ones(
    tmp_path: Path, students: Path, capsys: Capture
) -> None:
    students.write_text("email,endpoint,secret,task\nann@x.example,https://a.example,s,moss-count\n")
    assert evaluator("init", tmp_path / "class", students) == 1
    said = capsys.readouterr().err
    assert "no task template moss-count" in said
    assert "tip-splitter" in said


@pytest.mark.parametrize("step", ["run", "send", "serve", "check", "status", "export"])
def test_a_folder_without_a_class_is_said(tmp_path: Path, capsys: Capture, step: str) -> None:
    assert evaluator(step, tmp_path / "none") == 1
    assert "evaluator init" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["run", "send"])
def test_nothing_is_sent_while_no_callback_could_come(
    tmp_path: Path, students: Path, capsys: Capture, step: str
) -> None:
    evaluator("init", tmp_path / "class", students)
    assert evaluator(step, tmp_path / "class") == 1
    assert "is still https://evaluation.example.org" in capsys.readouterr().err
    store = Store(tmp_path / "class" / "evaluator.sqlite3")
    assert store.number("SELECT count(*) FROM requests") == 0
    store.close()


def test_a_class_without_students_is_said(tmp_path: Path, capsys: Capture) -> None:
    evaluator("init", tmp_path / "class")
    assert f"Next: {typed('init')}" in capsys.readouterr().out
    assert evaluator("run", tmp_path / "class") == 1
    assert "no students yet" in capsys.readouterr().err


def test_two_evaluators_do_not_work_in_one_folder__status_and_export_do(
    tmp_path: Path, students: Path, capsys: Capture
) -> None:
    folder = tmp_path / "class"
    evaluator("init", folder, students)
    with Folder(folder).in_use():
        assert evaluator("check", folder) == 1
        assert "already works in" in capsys.readouterr().err
        assert evaluator("status", folder) == 0
        assert evaluator("export", folder, "--to", tmp_path / "out") == 0
    assert "1 student" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["repos.csv", "results.csv", "summary.csv"]


def test_export_to_where_nothing_can_be_written_is_said(tmp_path: Path, students: Path, capsys: Capture) -> None:
    evaluator("init", tmp_path / "class", students)
    assert evaluator("export", tmp_path / "class", "--to", students) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_mistake_in_the_settings_is_said(tmp_path: Path, students: Path, capsys: Capture) -> None:
    evaluator("init", tmp_path / "class", students)
    settings = tmp_path / "class" / "evaluator.toml"
    settings.write_text(settings.read_text().replace("rounds = 2", "rounds = two"))
    assert evaluator("status", tmp_path / "class") == 1
    assert "cannot be used" in capsys.readouterr().err
