"""Processes that check: used again, ended when they hang, replaced when they break, gone in the end."""

import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.check_processes import CheckBroke, CheckProcesses, ChecksWereStopped
from evaluator.errors import CannotCheck
from tests.unit.evaluator.doubles import are_gone

CHILD = """
    import os, subprocess, sys, time
    seen = open(sys.argv[1], "a")
    for line in sys.stdin:
        print(os.getpid(), line.strip(), file=seen, flush=True)
        if line == "13\\n":
            print(subprocess.Popen(["sleep", "60"]).pid, "sleep", file=seen, flush=True)
            time.sleep(60)
        if line == "14\\n":
            raise KeyError("a defect")
        print('{"stop": "no browser"}' if line == "15\\n" else '{"checked": 1}', flush=True)
"""
Make = Callable[..., CheckProcesses]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    program = tmp_path / "child.py"
    program.write_text(textwrap.dedent(CHILD))
    command = (sys.executable, "-S", str(program), str(tmp_path / "seen"))
    return lambda seconds=30.0: CheckProcesses(command, {}, tmp_path / "evaluator.log", seconds)


def seen(tmp_path: Path) -> list[tuple[int, str]]:
    path = tmp_path / "seen"
    lines = (line.split() for line in path.read_text().splitlines()) if path.exists() else ()
    return [(int(process), what) for process, what in lines]


def test_a_process_is_used_again_and_is_gone_in_the_end(make: Make, tmp_path: Path) -> None:
    with make() as checks:
        checks.check(1)
        checks.check(2)
        assert len({process for process, _ in seen(tmp_path)}) == 1
    assert [what for _, what in seen(tmp_path)] == ["1", "2"]
    assert are_gone(process for process, _ in seen(tmp_path))


def test_a_check_that_hangs_is_ended_with_its_children__and_the_next_one_gets_a_new_process(
    make: Make, tmp_path: Path
) -> None:
    with make(2.0) as checks:
        with pytest.raises(CheckBroke, match="longer than 2 s"):
            checks.check(13)
        assert are_gone(process for process, _ in seen(tmp_path))
        checks.check(1)
    assert len({process for process, what in seen(tmp_path) if what != "sleep"}) == 2


def test_a_check_that_breaks_is_said__and_its_traceback_is_in_the_log(make: Make, tmp_path: Path) -> None:
    with make() as checks:
        with pytest.raises(CheckBroke, match=r"evaluator\.log"):
            checks.check(14)
        checks.check(1)
    assert "KeyError: 'a defect'" in (tmp_path / "evaluator.log").read_text()


def test_what_concerns_everybody_is_another_error(make: Make) -> None:
    with make() as checks, pytest.raises(CannotCheck, match="no browser"):
        checks.check(15)


def test_after_the_stop_nothing_is_begun(make: Make) -> None:
    with make() as checks:
        checks.stop()
        with pytest.raises(ChecksWereStopped):
            checks.check(1)


def test_a_check_that_is_stopped_did_not_break__so_that_it_is_made_again_later(make: Make, tmp_path: Path) -> None:
    with make() as checks:
        threading.Timer(1.0, checks.stop).start()
        with pytest.raises(ChecksWereStopped):
            checks.check(13)
    assert are_gone(process for process, _ in seen(tmp_path))


def test_a_program_that_cannot_begin_is_said(tmp_path: Path) -> None:
    checks = CheckProcesses((sys.executable, "-c", "1 / 0"), {}, tmp_path / "log", 30)
    with checks, pytest.raises(CheckBroke):
        checks.check(1)
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()
