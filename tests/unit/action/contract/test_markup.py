"""HTML as browsers cut it, whatever is not closed."""

import pytest

from action.contract.html import LONGEST_READ, EndTag, StartTag, Token, read, tokens


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<b c=d>e</b>", ["a", StartTag("b", {"c": "d"}), "e", EndTag("b")]),
        ("<A HREF='x y' href=z>", [StartTag("a", {"href": "x y"})]),
        ('<a b="1 > 0" c d = e/>', [StartTag("a", {"b": "1 > 0", "c": "", "d": "e/"})]),
        ("<br/><img src=a.png />", [StartTag("br", {}), StartTag("img", {"src": "a.png"})]),
        ('<a href="?x=1&amp;y=2">', [StartTag("a", {"href": "?x=1&y=2"})]),
        ("1 < 2 <3 &lt;", ["1 ", "<", " 2 ", "<", "3 <"]),
        ("a<!-- <b> -->c<!-->d<!--->e<!--x--!>f", ["a", "c", "d", "e", "f"]),
        ("a<!-- b <i>", ["a"]),
        ("<!doctype html><?x?></>a</1>b<![CDATA[c]]>", ["a", "b"]),
        ("a<b c", ["a"]),
        ("a<b c='d>e", ["a"]),
        ("a<b></b c", ["a", StartTag("b", {})]),
        ("<script>if (a < b) '</b>'</SCRIPT >c", [StartTag("script", {}), "if (a < b) '</b>'", EndTag("script"), "c"]),
        ("<script>&amp;</script", [StartTag("script", {}), "&amp;</script"]),
        ("<title>a &amp; <b></title>", [StartTag("title", {}), "a & <b>", EndTag("title")]),
        ("<style></style>", [StartTag("style", {}), EndTag("style")]),
        ("<a =b>", [StartTag("a", {"=b": ""})]),
        ("<a b= >c", [StartTag("a", {"b": ""}), "c"]),
        (f"&#{'1' * 5_000};", [f"&#{'1' * 5_000};"]),
    ],
)
def test_tags_and_text(html: str, expected: list[Token]) -> None:
    assert list(tokens(html)) == expected


def test_what_is_found_in_a_page() -> None:
    found = read(
        "<!doctype html><head><title>t</title><link rel=stylesheet href=a.css><link rel=preconnect href=//x></head>"
        "<p id=q>two words<script src=b.js></script><script>let c;</script><img src=' d.png '><noscript>no</noscript>"
        "<script>never closed"
    )
    assert found.scripts == [("b.js", ""), (None, "let c;"), (None, "never closed")]
    assert found.references == [("link", "a.css"), ("script", "b.js"), ("img", "d.png")]
    assert (found.ids, found.words) == ({"q"}, ["two", "words"])


def test_no_more_than_a_page_of_people_is_read() -> None:
    assert read("<i id=a>" + " " * LONGEST_READ + "<i id=b>").ids == {"a"}
