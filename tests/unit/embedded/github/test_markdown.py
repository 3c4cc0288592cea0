"""Markdown on web pages: summaries and READMEs that strangers wrote."""

import pytest

from embedded.github.web.parts import markdown


def test_a_summary_can_fold_and_shrink() -> None:
    html = markdown(
        "<details><summary>41 more rows</summary>\n\n| a |\n|---|\n| b |\n\n</details>\n\n<sub>build `x`</sub>"
    )
    assert "<details><summary>41 more rows</summary>" in html
    assert "<td>b</td>" in html
    assert "</details>" in html
    assert "<sub>build <code>x</code></sub>" in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)>",
        '<details open ontoggle="alert(1)">',
        "<summary\nonclick=alert(1)>",
        "<!-- <details> --><b>",
        "[x](javascript:alert(1))",
    ],
)
def test_all_other_html_is_shown_as_text(hostile: str) -> None:
    html = markdown(hostile)
    for tag in ("<script", "<img", "<details ", "<summary\n", "<b>", 'href="javascript'):
        assert tag not in html
