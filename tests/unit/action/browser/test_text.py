"""Half an emoji, which JavaScript can make, is neither printable nor fit for a record."""

import io

from action.browser.evaluate import read
from action.browser.page_events import first_line, well_formed
from action.console import Console

HALF = "\ud83d"


def test_halves_are_replaced_and_wholes_are_kept() -> None:
    assert well_formed(f"a{HALF}b") == "a\ufffdb"
    assert well_formed(f"{HALF}\ude00 \U0001f600 \xe9") == "\U0001f600 \U0001f600 \xe9"


def test_a_message_may_be_empty() -> None:
    assert first_line("") == ""
    assert first_line("a\nb") == "a"


def test_values_of_the_page_can_be_stored() -> None:
    read({"result": {"type": "string", "value": HALF}}).text.encode()
    read({"exceptionDetails": {"exception": {"description": f"Error: {HALF}"}}}).text.encode()


def test_what_others_wrote_can_be_printed() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    Console(out).foreign(HALF)
    out.seek(0)
    assert "?" in out.read()
