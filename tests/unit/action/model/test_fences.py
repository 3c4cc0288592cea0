"""Fences and remarks around a file are taken away; what cannot be undone for certain is told to the model."""

import pytest

from action.model.fences import circle_begins, unwrapped
from action.model.lenient_reply import read_reply
from action.model.reply import content_of, wrong_with_content

PAGE = "<!doctype html>\n<title>x</title>\n<p>y</p>\n</html>"
TOKEN = "0123456789abcdef"


def content(path: str, text: str) -> str:
    return content_of(path, text.split("\n")).rstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        f"```html\n{PAGE}\n```",
        f"```html\n{PAGE}",
        f"\n```\n{PAGE}\n",
        f"~~~\n{PAGE}",
        f"~~~html\n{PAGE}\n~~~",
        f'```html title="index.html"\n{PAGE}\n```',
        f"{PAGE}\n```",
        f"{PAGE}\n~~~\n",
        f"Here is the page:\n\n```html\n{PAGE}\n```",
        f"Here is the page:\n```\n{PAGE}",
        f"Sure. The page\n```HTML\n{PAGE}\n```\n\nThis page shows y.\nIt has a title.",
        f"Here is the page:\n{PAGE}",
        f"{PAGE}\n\nThis page shows y.",
    ],
)
def test_a_page_comes_out_of_whatever_stands_around_it(text: str) -> None:
    assert content("index.html", text) == PAGE


@pytest.mark.parametrize(
    ("path", "language", "code"),
    [
        ("style.css", "css", "p { color: red; }"),
        ("a/app.js", "javascript", "const md = `\n```js\nx\n```\n`;"),
        ("data.json", "json", '{"a": 1}'),
        ("data.csv", "", "a,b\n1,2"),
        ("logo.svg", "svg", "<svg/>"),
    ],
)
def test_files_of_code_come_out_of_a_fence_that_is_closed_or_not(path: str, language: str, code: str) -> None:
    assert content(path, f"```{language}\n{code}\n```") == code
    assert content(path, f"```{language}\n{code}") == code
    assert content(path, code) == code


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("index.html", "<p>\n```html\nx\n```\n</p>"),
        ("index.html", "<script type=text/markdown>\n# X\n```sh\nmake\n```\n</script>"),
        ("app.js", "/*\n```js\nrun()\n```\n*/\nrun();"),
        ("notes.txt", "Here is it:\n```\nmake\n```\nDone."),
        ("README.md", "```sh\nmake"),
        ("README.md", "Run this:\n```sh\nmake\n```"),
        ("data.csv", "name\none\ntwo"),
        ("run.py", '"""\n```\nrun()\n```\n"""'),
    ],
)
def test_fences_that_belong_to_a_file_stay(path: str, text: str) -> None:
    assert content(path, text) == text
    assert wrong_with_content(path, text) is None


@pytest.mark.parametrize("text", [f"```html\n{PAGE}\n```\n<p>more\n", f"```html\n{PAGE}\n~~~\n<b>z</b>"])
def test_a_fence_that_cannot_be_undone_is_a_fault(text: str) -> None:
    assert "Markdown fence" in str(wrong_with_content("index.html", content("index.html", text)))


@pytest.mark.parametrize("text", ["```html", "```html\n```", "Here is the page:\n```html\n", "~~~\n\n"])
def test_a_fence_with_nothing_in_it_is_a_fault(text: str) -> None:
    assert wrong_with_content("index.html", content("index.html", text)) is not None


def test_a_whole_page_in_a_fence_that_is_not_closed_needs_no_second_question() -> None:
    reply = read_reply(f"Here it is:\n```html\n{PAGE}\n", TOKEN)
    assert reply.files == {"index.html": PAGE + "\n"}
    assert reply.cut_off is None


def test_long_lines_of_tildes_and_spaces_are_no_work() -> None:
    for line in ("~" * 50_000 + "`", "```" + " " * 50_000 + "`", "~~~" + "a" * 50_000 + "`"):
        assert unwrapped("index.html", [line, "<p>"]) == [line, "<p>"]


@pytest.mark.parametrize("passage", ["a", "<li>x</li>\n", "one\ntwo\n\n", "x" * 499 + "\n"])
def test_a_text_that_goes_in_circles_is_cut_after_the_first_one(passage: str) -> None:
    text = "The beginning. " + passage * (2_000 // len(passage)) + passage[: len(passage) // 2]
    begin = circle_begins(text, 1_000)
    assert text[:begin] == "The beginning. " + passage


@pytest.mark.parametrize(
    "text",
    ["", "a" * 999, "a" * 2_000 + "b", "a" * 500 + "b" * 500, "".join(map(str, range(1_000))), ("x" * 600 + "\n") * 5],
)
def test_a_text_that_goes_on_or_is_short_or_repeats_something_long_does_not(text: str) -> None:
    assert circle_begins(text, 1_000) is None
