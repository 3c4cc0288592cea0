"""Replies of models that do not keep to the marks are read; a careful model is never misread."""

import pytest

from action.model.lenient_reply import read_reply
from action.model.reply import parse

TOKEN = "0123456789abcdef"
PAGE = "<!doctype html>\n<title>x</title>\n</html>\n"


def block(token: str, path: str = "index.html", body: str = PAGE) -> str:
    return f"<<<FILE {token} {path}>>>\n{body}<<<END {token}>>>\n"


def test_a_reply_with_the_right_marks_is_read_by_them_alone() -> None:
    text = "```css\np {}\n```\n" + block(TOKEN, body="```html\n<<<FILE other.html>>>\n") + f"<<<DONE {TOKEN}>>>"
    assert read_reply(text, TOKEN) == parse(text, TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        block("TOKEN") + "<<<DONE TOKEN>>>",
        block("fedcba9876543210") + "<<<DONE fedcba9876543210>>>",
        "<<<FILE index.html>>>\n" + PAGE + "<<<END>>>\n<<<DONE>>>",
        "<<<FILE `index.html`>>>\n```html\n" + PAGE + "```\n<<<END>>>\n<<<DONE>>>",
    ],
    ids=["the word TOKEN", "another token", "no token", "no token and a fence"],
)
def test_marks_with_another_token_or_none_are_read(text: str) -> None:
    reply = read_reply(text, TOKEN)
    assert reply.files == {"index.html": PAGE}
    assert reply.done


def test_edits_and_deletions_without_the_token_are_read() -> None:
    text = "<<<EDIT a.js>>>\nlet a;\n<<<REPLACE>>>\nlet b;\n<<<END>>>\n<<<DELETE old.js>>>\n<<<DONE>>>"
    reply = read_reply(text, TOKEN)
    assert [(edit.path, edit.search, edit.replace) for edit in reply.edits] == [("a.js", "let a;\n", "let b;\n")]
    assert reply.deleted == ("old.js",)


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("**index.html**", "index.html"),
        ("### `img/logo.svg`:", "img/logo.svg"),
        ("Here is data.json:", "data.json"),
    ],
)
def test_a_fence_is_the_file_that_the_line_before_names(heading: str, path: str) -> None:
    assert read_reply(f"{heading}\n\n```\ncontent\n```\n", TOKEN).files == {path: "content\n"}


def test_fences_without_a_name_are_what_their_language_suggests() -> None:
    text = "First:\n```html\n<p>\n```\nThen:\n```css\np {}\n```\nLast:\n```javascript\nlet a;\n```\n"
    assert read_reply(text, TOKEN).files == {"index.html": "<p>\n", "style.css": "p {}\n", "script.js": "let a;\n"}


def test_a_fence_of_commands_is_no_file() -> None:
    assert read_reply("Run this:\n```sh\nmake\n```\n", TOKEN).is_empty


def test_a_fence_in_a_longer_fence_stays_in_its_file() -> None:
    text = "README.md\n````markdown\n# X\n```sh\nmake\n```\n````\n"
    assert read_reply(text, TOKEN).files == {"README.md": "# X\n```sh\nmake\n```\n"}


def test_a_fence_that_is_not_closed_is_cut_off() -> None:
    reply = read_reply("data.json\n```json\n{}\n```\nindex.html\n```html\n<p>hal", TOKEN)
    assert (reply.files, reply.cut_off, reply.done) == ({"data.json": "{}\n"}, "index.html", False)


def test_only_one_fence_that_is_not_closed_is_cut_off_too() -> None:
    assert read_reply("```html\n<p>hal", TOKEN).cut_off == "index.html"


def test_a_mark_without_the_token_that_is_never_closed_is_cut_off() -> None:
    assert read_reply("<<<FILE index.html>>>\n<p>hal", TOKEN).cut_off == "index.html"


def test_a_bare_page_is_the_page() -> None:
    assert read_reply(f"Sure!\n{PAGE}\nEnjoy.", TOKEN).files == {"index.html": PAGE}


@pytest.mark.parametrize("text", ["", "I would rather not.", "The file index.html would hold <p>."])
def test_prose_is_empty(text: str) -> None:
    reply = read_reply(text, TOKEN)
    assert reply.is_empty
    assert reply.cut_off is None
