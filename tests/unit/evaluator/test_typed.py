"""What is to be typed next works where it is shown."""

import sys
from pathlib import Path

import pytest

from evaluator.arguments import typed


def test_a_python_below_the_folder_is_shown_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    assert typed("run", Path("a class")) == ".venv/bin/python -m embedded evaluator run 'a class'"
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    assert typed() == "/usr/bin/python3 -m embedded evaluator"
