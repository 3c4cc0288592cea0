"""How long the demo stays up after its story."""

import io
import os
import pty
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, TextIO

import pytest
from rich.console import Console

from embedded.__main__ import Stopped, until_stopped
from embedded.demo.staying import Stay, way_to_stay


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """A keyboard, and what a program reads from it."""
    keyboard, other = pty.openpty()
    with os.fdopen(other) as source:
        yield keyboard, source
    os.close(keyboard)


@pytest.mark.parametrize(
    ("keep", "environ", "is_terminal", "wanted"),
    [
        (False, {}, True, Stay.until_enter),
        (False, {"KEEP": "0"}, True, None),
        (False, {}, False, None),
        (True, {"KEEP": "0"}, False, Stay.for_ever),
    ],
)
def test_it_stays_when_somebody_is_there(
    terminal: tuple[int, TextIO], keep: bool, environ: dict[str, str], is_terminal: bool, wanted: object
) -> None:
    console = Console(file=io.StringIO(), force_terminal=is_terminal)
    assert way_to_stay(keep, environ, terminal[1], console) is wanted


def test_it_ends_by_itself_when_nothing_can_be_typed() -> None:
    assert way_to_stay(False, {}, io.StringIO(), Console(file=io.StringIO(), force_terminal=True)) is None


class LittleSystem:
    """As much of a system as staying needs. Its dashboard is rendered while somebody looks around."""

    runner = "owner/pagewright"
    own = SimpleNamespace(pages="http://pages")
    addresses = SimpleNamespace(dashboard="http://dashboard/", web="http://web")

    def __init__(self, conclusion: str, keyboard: int) -> None:
        self.conclusion, self.keyboard, self.looks = conclusion, keyboard, 0
        self.store = self

    def open_dashboard(self) -> int:
        return 7

    def revive_receiver(self) -> None:
        self.looks += 1
        os.write(self.keyboard, b"\n" if self.looks == 2 else b"")

    def get(self, kind: str, key: str) -> dict[str, Any]:
        assert (kind, key) == ("run", "7")
        return {"status": "completed", "conclusion": self.conclusion}


@pytest.mark.parametrize(
    ("conclusion", "said"),
    [("success", "http://dashboard/"), ("failure", "could not be made: http://web/owner/pagewright/actions/runs/7")],
)
def test_enter_ends_it__and_the_dashboard_is_told_once(
    terminal: tuple[int, TextIO], conclusion: str, said: str
) -> None:
    text, (keyboard, source) = io.StringIO(), terminal
    Stay(LittleSystem(conclusion, keyboard), Console(file=text), source).until_enter()  # type: ignore[arg-type]
    assert "Press Enter" in text.getvalue()
    assert text.getvalue().count(said) == 1


def test_ctrl_c_while_looking_around_is_no_failure() -> None:
    def look_around() -> None:
        raise Stopped

    text = io.StringIO()
    until_stopped(look_around, Console(file=text))
    assert text.getvalue() == "Stopped.\n"
