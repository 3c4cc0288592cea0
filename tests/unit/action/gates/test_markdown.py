"""Headings of a Markdown text, as GitHub shows them."""

import pytest

from action.gates.text import headings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\ntext\n## B ##\n", [(1, "A", "text"), (2, "B", "")]),
        ("#A\n    # B\n####### C\n#\n# \n", []),
        ("   ###### A #\n", [(6, "A", "")]),
        ("A\n=\ntext\nB\n---\n", [(1, "A", "text"), (2, "B", "")]),
        ("A\n--\n\n---\n- a\n", []),
        ("```\n# A\n```\n# B\n", [(1, "B", "")]),
        ("~~~~\n# A\n~~~\n# B\n~~~~~\n# C", [(1, "C", "")]),
        ("```js\n# A\n", [(1, "A", "")]),
        ("````\n# A\n```\n# B\n```\n", [(1, "A", "code")]),
        ("# A\n```\n# B\n```\n", [(1, "A", "code")]),
        ("", []),
    ],
)
def test_headings(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert [(it.level, it.title, it.body.strip()) for it in headings(text)] == expected
