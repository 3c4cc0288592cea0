"""What a repair is told besides the failures."""

import pytest

from action.contract.evidence import with_source

FILES = {"index.html": b"<p>\nlet a = b(;\n</p>\n"}


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("uncaught exception: SyntaxError: missing ) (index.html:2:11)", "\n  line 2: let a = b(;"),
        ("uncaught exception: SyntaxError: missing ) (index.html:9:1)", ""),
        ("uncaught exception: SyntaxError: missing ) (other.js:2:1)", ""),
        ("uncaught exception: SyntaxError: missing )", ""),
        ("script https://cdn.example/x.js failed: it answers 404", ""),
    ],
)
def test_an_exception_comes_with_its_line_when_that_is_known(note: str, line: str) -> None:
    assert with_source(note, FILES) == note + line
