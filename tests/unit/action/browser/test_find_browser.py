"""The browser that is configured wins; otherwise one is found; without any the message says what to do."""

from pathlib import Path

import pytest

from action.browser import chrome as find
from action.browser.chrome import find_browser
from action.errors import NoBrowser


def make_program(folder: Path, name: str) -> Path:
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


@pytest.fixture(autouse=True)
def no_usual_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed on this machine must not decide."""
    monkeypatch.setattr(find, "PLACES", ())


def test_the_configured_browser_wins(tmp_path: Path) -> None:
    make_program(tmp_path, "chromium")
    mine = make_program(tmp_path, "my-browser")
    assert find_browser(str(mine), str(tmp_path)) == mine
    assert find_browser("my-browser", str(tmp_path)) == mine


def test_chrome_is_preferred_over_chromium(tmp_path: Path) -> None:
    make_program(tmp_path, "chromium")
    chrome = make_program(tmp_path, "google-chrome")
    assert find_browser(None, str(tmp_path)) == chrome
    assert find_browser("", str(tmp_path)) == chrome


@pytest.mark.parametrize("shell", ["chromium-headless-shell", "chrome-headless-shell"])
def test_a_headless_shell_is_preferred_over_chrome(tmp_path: Path, shell: str) -> None:
    make_program(tmp_path, "google-chrome")
    program = make_program(tmp_path, shell)
    assert find_browser(None, str(tmp_path)) == program


@pytest.mark.parametrize("configured", ["no-such-browser", None])
def test_no_browser_is_an_error_in_three_parts(tmp_path: Path, configured: str | None) -> None:
    with pytest.raises(NoBrowser) as caught:
        find_browser(configured, str(tmp_path))
    assert all((caught.value.what, caught.value.cause, "CHROME" in caught.value.next_step))
