"""The command line: from a CSV to a folder, and what it says when something is missing."""

import socket
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from embedded.__main__ import parse
from evaluator.arguments import to_go_on, typed
from evaluator.commands import run_step
from evaluator.db import Folder, Store
from evaluator.showing import show_rows

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
    assert f"Next: {typed('check-endpoints', folder)}, which finds wrong addresses early" in said
    assert typed("run", folder) in said
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


@pytest.mark.parametrize("step", ["run", "send", "serve", "check", "check-endpoints", "status", "export", "report"])
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
    assert f"Next: {typed('init', tmp_path / 'class', 'students.csv')}" in capsys.readouterr().out
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


@pytest.mark.parametrize("step", ["export", "report"])
def test_a_place_where_nothing_can_be_written_is_said(
    tmp_path: Path, students: Path, capsys: Capture, step: str
) -> None:
    evaluator("init", tmp_path / "class", students)
    assert evaluator(step, tmp_path / "class", "--to", students / "below-a-file") == 1
    assert "Nothing can be written to" in capsys.readouterr().err


def test_a_file_of_the_class_that_cannot_be_written_is_one_sentence_with_what_to_type(
    tmp_path: Path, students: Path, capsys: Capture
) -> None:
    folder = tmp_path / "class"
    evaluator("init", folder, students)
    (folder / "working.lock").mkdir()
    assert evaluator("check", folder) == 1
    said = capsys.readouterr().err
    assert "cannot be read or written" in said
    assert said.endswith(f"then type: {typed('check', folder)}\n")
    with closing(sqlite3.connect(folder / "evaluator.sqlite3")) as connection:
        connection.execute("DROP TABLE attempts")
    assert evaluator("status", folder, "--failed") == 1
    assert "cannot be read or written (no such table" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said(students: Path, capsys: Capture) -> None:
    assert evaluator("init", students / "class", students) == 1
    assert "cannot be made (Not a directory)" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["run", "serve"])
def test_a_port_in_use_is_said_with_the_way_out(
    tmp_path: Path, students: Path, capfd: pytest.CaptureFixture[str], step: str
) -> None:
    evaluator("init", tmp_path / "class", students, "--public-url", "https://grades.example.edu")
    capfd.readouterr()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert evaluator(step, tmp_path / "class", "--port", port) == 1
    out, said = capfd.readouterr()
    assert (typed("check-endpoints", tmp_path / "class") in out) == (step == "run")
    assert said.startswith(f"Nothing can listen on 127.0.0.1:{port} ([Errno 98] Address already in use")
    assert said.endswith("say another port with --port (and tell the proxy).\n")
    assert said.count("\n") == 1
    assert evaluator(step, tmp_path / "class", "--port", 70_000) == 1
    assert "Nothing can listen on 127.0.0.1:70000" in capfd.readouterr().err


def test_status_says_what_to_type_next__and_who_failed_why(tmp_path: Path, students: Path, capsys: Capture) -> None:
    folder = tmp_path / "class"
    students.write_text(f"{CSV}bob@x.example,https://bob.example,bob-secret\n")
    evaluator("init", folder, students, "--public-url", "https://grades.example.edu")
    capsys.readouterr()
    assert evaluator("status", folder) == 0
    said = capsys.readouterr().out
    assert "2 students" in said
    assert f"2 without a score, 0 with less than the full one; why, and what to do: {typed('status', folder)}" in said
    assert f"then {typed('run', folder)}" in said.splitlines()[-1]
    assert evaluator("status", folder, "--failed") == 0
    assert "ann@x.example\t1\tnot asked\t\t\tnothing was sent yet. -> `run`" in capsys.readouterr().out.splitlines()


def test_who_failed_is_a_table_on_a_terminal__in_which_no_text_is_markup() -> None:
    shown = StringIO()
    console = Console(file=shown, force_terminal=True, width=70, color_system=None)
    show_rows(console, ("email", "reason"), [("ann@x.example", "[red]words that go on and on " * 5), ("bob", "")])
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= 70
    assert "[red]words" in shown.getvalue()
    assert len(lines) > 4


def test_extend_gives_a_deadline__and_says_a_wrong_one(tmp_path: Path, students: Path, capsys: Capture) -> None:
    folder = tmp_path / "class"
    evaluator("init", folder, students)
    capsys.readouterr()
    assert evaluator("extend", folder, "--email", "Ann@x.example", "--until", "2036-12-01T18:00+00:00") == 0
    assert "Ann@x.example: until 2036-12-01" in capsys.readouterr().out
    store = Store(folder / "evaluator.sqlite3")
    assert store.number("SELECT deadline FROM students") == datetime(2036, 12, 1, 18, tzinfo=UTC).timestamp()
    store.close()
    for email, until, said in (
        ("eve@x.example", "2036-12-01", "There is no student eve@x.example in this class"),
        ("ann@x.example", "tomorrow", "--until tomorrow is not a date and time such as 2026-12-01T18:00+01:00"),
    ):
        assert evaluator("extend", folder, "--email", email, "--until", until) == 1
        assert said in capsys.readouterr().err


def test_check_endpoints_shows_what_is_wrong_before_anything_is_sent(
    tmp_path: Path, students: Path, capsys: Capture
) -> None:
    folder = tmp_path / "class"
    students.write_text("email,endpoint,secret\nann@x.example,http://127.0.0.1:9/api,ann-secret-value\n")
    evaluator("init", folder, students, "--public-url", "https://grades.example.edu")
    capsys.readouterr()
    assert evaluator("check-endpoints", folder) == 0
    said = capsys.readouterr().out
    assert "ann@x.example\tunreachable\tNo answer: its host is not on the public internet." in said.splitlines()
    assert "0 good, 0 doubtful, 1 unreachable." in said
    assert said.endswith(f"Next: {typed('run', folder)}\n"), "the endpoints have been looked at by now"
    assert evaluator("status", folder, "--failed") == 0
    reason = "nothing was sent yet; a look at the endpoint: No answer: its host is not on the public internet."
    assert reason in capsys.readouterr().out


def test_a_report_is_written(tmp_path: Path, students: Path, capsys: Capture) -> None:
    folder = tmp_path / "class"
    evaluator("init", folder, students)
    assert evaluator("report", folder) == 0
    assert str(folder / "report.html") in capsys.readouterr().out
    assert "ann@x.example" in (folder / "report.html").read_text()


def test_what_to_type_after_a_stop_is_the_same_without_what_was_done_already() -> None:
    def after(*words: str) -> str:
        return to_go_on(parse(["evaluator", *words]))

    assert after("run", "c", "--retry-now", "--port", "8301") == typed("run", "c", "--port", "8301")
    assert after("check", "c", "--again", "--email", "ann@x.example") == typed("check", "c")
    assert after("init", "c", "s.csv") == typed("init", "c", "s.csv")
    assert after("extend", "c", "--email", "a", "--until", "b") == typed("extend", "c", "--email", "a", "--until", "b")


def test_a_mistake_in_the_settings_is_said(tmp_path: Path, students: Path, capsys: Capture) -> None:
    evaluator("init", tmp_path / "class", students)
    settings = tmp_path / "class" / "evaluator.toml"
    settings.write_text(settings.read_text().replace("rounds = 2", "rounds = two"))
    assert evaluator("status", tmp_path / "class") == 1
    assert "cannot be used" in capsys.readouterr().err
