"""The table of docs/first-run.md names tests that exist, and has a row for each thing that GitHub and Gemini do."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TEXT = (TESTS.parent / "docs" / "first-run.md").read_text()


def named_tests() -> list[tuple[str, str]]:
    """Return (file, test) of each test in the table; a second one of the same file is written without it."""
    found, file = [], ""
    for path, test in re.findall(r"`([\w/]*\.py)?::(\w+)`", TEXT):
        file = path or file
        found.append((file, test))
    return found


def test_each_row_has_its_number_once() -> None:
    wanted = [*(str(number) for number in range(1, 22)), *(f"G{number}" for number in range(1, 8))]
    in_table = TEXT[TEXT.index("| # |") :]
    assert re.findall(r"^\| (G?\d+) \| ", in_table, re.MULTILINE) == wanted


@pytest.mark.parametrize(("file", "test"), named_tests())
def test_a_named_test_exists(file: str, test: str) -> None:
    tree = ast.parse((TESTS / file).read_text())
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
