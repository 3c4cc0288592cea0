"""Replies of models that do not keep to the marks are read; a careful model is never misread."""

import html
import json

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


STYLE = 'p::after { content: "\\201C"; }\n'
PAIR = {"index.html": PAGE, "css/style.css": STYLE}
LISTED = json.dumps({"files": [{"path": path, "content": content} for path, content in PAIR.items()]})
OTHER_FORMS = {
    "files in a list": LISTED,
    "fenced": f"Here is your site:\n\n```json\n{LISTED}\n```\n\nEnjoy!",
    "indented, with other words": json.dumps(
        {"name": "A site", "files": [{"content": content, "name": path} for path, content in PAIR.items()]}, indent=2
    ),
    "a bare list": json.dumps([{"filename": path, "code": content} for path, content in PAIR.items()]),
    "files by path": json.dumps({"files": PAIR}, indent=1),
    "nothing but paths": f"```\n{json.dumps(PAIR)}\n```",
    "real line ends in JSON": LISTED.replace("\\n", "\n"),
    "file tags": "".join(f'<file path="{path}">\n{content}</file>\n' for path, content in PAIR.items()),
    "file tags in a fence": "```xml\n<files>\n"
    + "".join(f"<file name='{path}'>{content}</file>\n" for path, content in PAIR.items())
    + "</files>\n```\n",
    "file tags with CDATA": "".join(
        f'<file path="{path}"><![CDATA[\n{content}]]></file>\n' for path, content in PAIR.items()
    ),
    "file tags, escaped": "".join(
        f'<file path="{path}">\n{html.escape(content)}\n</file>\n' for path, content in PAIR.items()
    ),
    "boltAction": '<boltArtifact id="a" title="A site">\n'
    + "".join(f'<boltAction type="file" filePath="{path}">\n{content}</boltAction>\n' for path, content in PAIR.items())
    + '<boltAction type="shell">npm start</boltAction>\n</boltArtifact>',
    "===FILE=== with ends": "".join(f"===FILE: {path}===\n{content}===END FILE===\n" for path, content in PAIR.items()),
    "===FILE=== without ends": "".join(f"=== FILE: {path} ===\n{content}\n" for path, content in PAIR.items()).strip(),
}


@pytest.mark.parametrize("text", OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_replies_in_other_forms_are_read_whole_and_decoded(text: str) -> None:
    reply = read_reply(text, TOKEN, is_over=True)
    assert {path: content.strip() for path, content in reply.files.items()} == {
        path: content.strip() for path, content in PAIR.items()
    }
    assert reply.cut_off is None


CUT_OFF_FORMS = {
    "JSON": LISTED[: LISTED.index("201C")],
    "JSON by path": json.dumps(PAIR)[:-10],
    "tags": f'<file path="index.html">\n{PAGE}</file>\n<file path="css/style.css">\np::af',
    "===FILE===": f"===FILE: index.html===\n{PAGE}===FILE: css/style.css===\np::af",
}


@pytest.mark.parametrize("text", CUT_OFF_FORMS.values(), ids=CUT_OFF_FORMS)
def test_replies_in_other_forms_may_be_cut_off_too(text: str) -> None:
    reply = read_reply(text, TOKEN)
    assert (reply.files, reply.cut_off, reply.done) == ({"index.html": PAGE}, "css/style.css", False)


def test_json_whose_second_version_of_a_file_is_cut_off_has_no_first_one() -> None:
    reply = read_reply('[{"a.js": "one"}, {"b.js": "x"}, {"a.js": "tw', TOKEN)
    assert (reply.files, reply.cut_off) == ({"b.js": "x\n"}, "a.js")


def test_json_that_is_cut_off_between_two_files_is_not_done() -> None:
    reply = read_reply(LISTED[: LISTED.index("{", 20)], TOKEN)
    assert (list(reply.files), reply.done) == (["index.html"], False)


def test_what_is_no_valid_escape_in_json_is_kept() -> None:
    text = r'{"app.js": "if (/\d\./.test(\'\u00e9\ud83d\ude00\')) go(\"\\n\")", "data.json": {"a": [1, "b"]}}'
    assert read_reply(text, TOKEN).files == {
        "app.js": "if (/\\d\\./.test('\u00e9\U0001f600')) go(\"\\n\")\n",
        "data.json": '{\n  "a": [\n    1,\n    "b"\n  ]\n}\n',
    }


def test_a_tag_that_is_only_spoken_of_hides_no_fences() -> None:
    text = 'I do not write <file path="a.html">. The page:\n\nSee here:\n```html\n<p>\n```\n'
    assert read_reply(text, TOKEN).files == {"index.html": "<p>\n"}


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ('data.json:\n```json\n{"index.html": "x"}\n```\n', {"data.json": '{"index.html": "x"}\n'}),
        ('```json\n{"a.txt": "x"}\n```\n```html\n<p>\n```\n', {"index.html": "<p>\n"}),
        ('```js\nf(\n{"a.js": "x"})\n```\n', {"script.js": 'f(\n{"a.js": "x"})\n'}),
        (PAGE.replace("<title>", '<script>\n{"a.js": "x"}\n</script>\n<title>'), None),
        ('{"index.html": "<html lang="en"><p class="x">"}', {}),
        ('{"answer": "no", "files": 3}', {}),
    ],
    ids=["a file that is JSON", "another file besides", "JavaScript", "a page", "broken quotes", "no files"],
)
def test_what_only_looks_like_files_in_json_is_read_as_before(text: str, files: dict[str, str] | None) -> None:
    assert read_reply(text, TOKEN).files == ({"index.html": text} if files is None else files)


@pytest.mark.parametrize("text", ["", "I would rather not.", "The file index.html would hold <p>."])
def test_prose_is_empty(text: str) -> None:
    reply = read_reply(text, TOKEN)
    assert reply.is_empty
    assert reply.cut_off is None
