"""Reading files out of replies: blocks, fences, cut-offs, placeholders."""

import time

import pytest

from action.generate.inputs import reply_form
from action.model.fences import placeholder_line
from action.model.prompts import FOLDER, render
from action.model.reply import LAST_HEADING, parse, wrong_with_content

TOKEN = "0123456789abcdef"


def block(path: str, content: str) -> str:
    return f"<<<FILE {TOKEN} {path}>>>\n{content}\n<<<END {TOKEN}>>>\n"


DONE = f"<<<DONE {TOKEN}>>>\n"


def test_blocks_become_files_and_the_rest_becomes_notes() -> None:
    reply = parse("Here you are.\n" + block("index.html", "<p>\nx") + "And:\n" + block("a/b.css", "p {}") + DONE, TOKEN)
    assert reply.files == {"index.html": "<p>\nx\n", "a/b.css": "p {}\n"}
    assert reply.notes == "Here you are.\nAnd:"
    assert reply.done
    assert reply.cut_off is None


def test_content_is_kept_as_it_is() -> None:
    content = "\n  indented\n\n<<<FILE other x>>>\n```js\nlet a = `${b}`;\n```\n\ttab  "
    assert parse(block("a.txt", content), TOKEN).files["a.txt"] == content + "\n"


def test_a_file_without_its_end_is_cut_off() -> None:
    reply = parse(block("a.txt", "whole") + f"<<<FILE {TOKEN} index.html>>>\n<p>hal", TOKEN)
    assert reply.files == {"a.txt": "whole\n"}
    assert reply.cut_off == "index.html"
    assert not reply.done


def test_a_file_whose_end_was_forgotten_is_complete_when_another_follows() -> None:
    reply = parse(f"<<<FILE {TOKEN} a.txt>>>\none\n" + block("b.txt", "two") + DONE, TOKEN)
    assert reply.files == {"a.txt": "one\n", "b.txt": "two\n"}


def test_a_reply_cut_off_between_two_files_is_not_done() -> None:
    reply = parse(block("a.txt", "whole"), TOKEN)
    assert (reply.cut_off, reply.done) == (None, False)


def test_a_reply_cut_off_within_a_mark_is_cut_off() -> None:
    assert parse(f"<<<FILE {TOKEN} a.txt>>>\none\n<<<END {TOKEN[:5]}", TOKEN).cut_off == "a.txt"


def test_the_last_block_for_a_path_wins() -> None:
    assert parse(block("a", "1") + block("a", "2") + DONE, TOKEN).files == {"a": "2\n"}


def test_a_second_block_for_a_path_that_is_cut_off_makes_it_cut_off() -> None:
    reply = parse(block("a", "1") + f"<<<FILE {TOKEN} a>>>\n2", TOKEN)
    assert (reply.files, reply.cut_off) == ({}, "a")


@pytest.mark.parametrize(("again", "is_done"), [("one\ntw", True), ("one\n", True), ("", False), ("three\n", False)])
def test_a_reply_that_is_cut_while_it_says_a_file_again_keeps_it_and_has_no_more_to_say(
    again: str, is_done: bool
) -> None:
    opening = f"<<<FILE {TOKEN} a>>>\n"
    reply = parse(f"{opening}one\ntwo\n<<<END {TOKEN}>>>\n# Your reply\n{opening}{again}", TOKEN)
    assert (reply.files, reply.done) == (({"a": "one\ntwo\n"}, True) if is_done else ({}, False))


@pytest.mark.parametrize("question", ["reply", "repair"])
def test_the_last_heading_is_that_of_a_question_for_files(question: str) -> None:
    text = (FOLDER / f"{question}.md").read_text()
    assert [line for line in text.split("\n") if line.startswith("# ")][-1] == LAST_HEADING


def test_marks_with_another_token_are_content() -> None:
    assert parse(block("a", f"<<<END {'f' * 16}>>>") + DONE, TOKEN).files == {"a": f"<<<END {'f' * 16}>>>\n"}


def test_deletions_are_read() -> None:
    assert parse(f"<<<DELETE {TOKEN} old.js>>>\n" + DONE, TOKEN).deleted == ("old.js",)


def test_windows_line_endings_are_normalised() -> None:
    assert parse(block("a", "x\ny").replace("\n", "\r\n"), TOKEN).files == {"a": "x\ny\n"}


@pytest.mark.parametrize("path", ["`index.html`", '"index.html"', "./index.html", " index.html "])
def test_decorated_paths_are_cleaned(path: str) -> None:
    assert list(parse(block(path, "x"), TOKEN).files) == ["index.html"]


@pytest.mark.parametrize("path", ["name with space.txt", "ünï/çode.txt"])
def test_unusual_paths_are_kept(path: str) -> None:
    assert list(parse(block(path, "x"), TOKEN).files) == [path]


@pytest.mark.parametrize("text", ["", "Sorry, I cannot do that.", "```html\n<p>\n```", "<<<FILE abc index.html>>>\nx"])
def test_replies_without_blocks_are_empty(text: str) -> None:
    assert parse(text, TOKEN).is_empty


@pytest.mark.parametrize("opening", ["```html", "```", "~~~ html", "````html", "  ```html"])
def test_a_fence_around_a_whole_file_is_removed(opening: str) -> None:
    closing = opening.strip().rstrip("html").strip()
    assert parse(block("index.html", f"\n{opening}\n<p>x\n{closing}\n"), TOKEN).files["index.html"] == "<p>x\n"


def test_a_fence_inside_a_file_stays() -> None:
    content = "<p>\n```html\nx\n```\n</p>"
    assert parse(block("index.html", content), TOKEN).files["index.html"] == content + "\n"


def test_a_readme_that_is_fenced_as_a_whole_is_unwrapped_with_the_fences_inside_it() -> None:
    content = "```markdown\n# Title\n```sh\nrun\n```\nend\n```"
    assert parse(block("README.md", content), TOKEN).files["README.md"] == "# Title\n```sh\nrun\n```\nend\n"


@pytest.mark.parametrize(
    "content", ["```sh\nrun\n```", "```md\na\n```\ntext\n```md\nb\n```", "```\na\n```\n\n```\nb\n```"]
)
def test_a_markdown_file_that_begins_and_ends_with_code_keeps_it(content: str) -> None:
    assert parse(block("README.md", content), TOKEN).files["README.md"] == content + "\n"


@pytest.mark.parametrize(
    "line",
    [
        "// ... rest of the code unchanged",
        "// ...rest of code remains the same...",
        "<!-- ... existing content ... -->",
        "<!-- rest of the page unchanged -->",
        "/* existing styles here */",
        "/* ... (previous styles) ... */",
        "# ... remaining functions ...",
        "    // existing code here",
        "// … unchanged …",
        "// The rest of your script stays the same",
        "# rest of the file remains unchanged",
        "[rest of the code remains the same]",
        "(unchanged)",
        "... rest unchanged",
        "{/* ... existing markup ... */}",
        "// code is unchanged",
        "...rest of code unchanged...",
        "<!-- Same as before -->",
        "// same as above",
        "{/* same as before */}",
        "<!-- nav: same as before -->",
        "<!-- same content as in the previous version -->",
        "<!-- Header and navigation same as before -->",
        "/* styles unchanged */",
        "// no changes here",
        "<!-- content omitted for brevity -->",
        "// (omitted)",
        "// your code goes here",
        "// [Existing JavaScript code]",
        "<!-- everything else stays the same -->",
        "// other functions remain unchanged",
        "[same as above]",
    ],
)
def test_lines_that_stand_for_left_out_code_are_recognised(line: str) -> None:
    assert placeholder_line(f"const a = 1;\n{line}\n") == 2


@pytest.mark.parametrize(
    "line",
    [
        "const all = [...rest];",
        "  ...rest,",
        "function f(...remaining) {",
        "  ...existing,",
        "// Spread the rest of the arguments",
        "// keep the previous value when the request fails",
        "# Remaining time in seconds",
        "// same origin requests only",
        "Loading...",
        "<p>The rest is history...</p>",
        "/* existing filters win over the defaults */",
        "// ... and then some",
        "The content is the same for all.",
        "* The code is in app.js",
        "## The rest of the story",
        "-- existing rows are kept by the trigger",
        "<!-- the page is served below a sub-path -->",
        "<p>Same as before</p>",
        "# Unchanged",
        "* unchanged",
        "// keep the order the same as before",
        "// unchanged values keep their colour",
        "// the code goes here when the user types",
        "/* like before */ let x = 1;",
        "<!-- same size as the map -->",
        "unchanged,12",
    ],
)
def test_lines_that_only_talk_about_rest_and_same_are_not(line: str) -> None:
    assert placeholder_line(line) is None


@pytest.mark.parametrize("line", ["//" + " " * 190, "/" + "*" * 190, "<!--" + "-" * 190, "// " + "same " * 38])
def test_lines_of_nothing_are_no_work(line: str) -> None:
    began = time.process_time()
    assert placeholder_line(f"{line}\n" * 2_000) is None
    assert time.process_time() - began < 5


def test_minified_lines_are_not_searched() -> None:
    assert placeholder_line("a();" * 100 + "// ... rest of the code") is None


def test_empty_files_are_faults_except_where_they_mean_something() -> None:
    assert wrong_with_content("index.html", " \n") is not None
    assert wrong_with_content(".nojekyll", "") is None
    assert wrong_with_content("index.html", "<p>") is None


def test_a_whole_file_takes_the_place_of_an_edit_that_was_lost() -> None:
    reply = parse(f"<<<EDIT {TOKEN} a.txt>>>\nold\n<<<END {TOKEN}>>>\n" + block("a.txt", "new") + DONE, TOKEN)
    assert (reply.files, reply.cut_off) == ({"a.txt": "new\n"}, None)


def test_the_example_of_the_prompt_is_no_content() -> None:
    example = render("reply", token=TOKEN, form=reply_form(["data.json", "b.txt"], TOKEN), named="data.json, b.txt")
    reply = parse(example, TOKEN)
    assert list(reply.files) == ["data.json", "index.html"]
    assert reply.done
    assert all(wrong_with_content(path, content) for path, content in reply.files.items())
