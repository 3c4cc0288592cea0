"""`make browser` installs the headless shell where the release has it, else Chromium, and never without being root."""

import os
from pathlib import Path

import pytest

from action.browser import chrome as find
from embedded import browser

INSTALL = "apt-get install -y -qq --no-install-recommends"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser, whose apt knows what `packages` lists and writes down what it does."""
    make_program(tmp_path, "apt-get", f'echo "apt-get $*" >>{tmp_path}/log')
    make_program(tmp_path, "apt-cache", f'case " $(cat {tmp_path}/packages) " in *" $2 "*) ;; *) exit 100;; esac')
    (tmp_path / "packages").write_text("chromium chromium-headless-shell")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv("CHROME", raising=False)
    monkeypatch.setattr(find, "NAMES", ("no-browser-here",))
    monkeypatch.setattr(find, "PLACES", ())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def make_program(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("packages", "chosen"),
    [("chromium chromium-headless-shell", "chromium-headless-shell"), ("chromium", "chromium")],
)
def test_the_headless_shell_is_installed_where_there_is_one(machine: Path, packages: str, chosen: str) -> None:
    (machine / "packages").write_text(packages)
    assert browser.main() == 0
    assert (machine / "log").read_text().splitlines() == ["apt-get update -qq", f"{INSTALL} {chosen}"]


def test_an_ordinary_user_is_told_what_to_do(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert browser.main() == 1
    assert "sudo apt-get install chromium" in capsys.readouterr().err
    assert not (machine / "log").exists()


def test_nothing_is_installed_when_there_is_a_browser(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(machine, "my-browser", "")
    monkeypatch.setenv("CHROME", "my-browser")
    assert browser.main() == 0
    assert not (machine / "log").exists()


def test_a_failing_installation_is_said(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_program(machine, "apt-get", "exit 100")
    assert browser.main() == 1
    assert "apt-get update -qq failed." in capsys.readouterr().err
