"""What a repair is told besides the failures."""

import pytest

from action.contract.assertion import FileExists
from action.contract.contract import Report, Result
from action.contract.repair_notes import failure_lines, untried_lines, with_source
from action.contract.verdict import Verdict, failed, failed_with_excuse, unclear

FILES = {"index.html": b"<p>\nlet a = b(;\n</p>\n"}


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("uncaught exception: SyntaxError: missing ) (index.html:2:11)", "\n  line 2: let a = b(;"),
        ("uncaught exception: SyntaxError: missing ) (index.html:9:1)", ""),
        ("console error: bad (index.html:0:0)", ""),
        ("console error: bad (x:0:0)", ""),
        ("uncaught exception: SyntaxError: missing ) (other.js:2:1)", ""),
        ("uncaught exception: SyntaxError: missing )", ""),
        ("script https://cdn.example/x.js failed: it answers 404", ""),
    ],
)
def test_an_exception_comes_with_its_line_when_that_is_known(note: str, line: str) -> None:
    assert with_source(note, FILES) == note + line


def test_what_only_the_network_kept_from_working_is_no_failure_to_repair() -> None:
    verdicts: list[Verdict] = [
        failed_with_excuse("false", "x could not be reached"),
        unclear("no browser"),
        failed("no"),
    ]
    results = [
        Result(assertion=FileExists(file=f"{number}.txt", sentence=f"{number}"), verdict=verdict)
        for number, verdict in enumerate(verdicts)
    ]
    found = Report(results=tuple(results))
    assert failure_lines(found).splitlines() == ["- (required) 2", "  found: no"]
    assert untried_lines(found).endswith("\n- 0\n\n")
    assert untried_lines(Report(results=tuple(results[1:]))) == ""
