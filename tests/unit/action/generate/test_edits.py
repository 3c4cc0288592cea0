"""Edits match exactly once, fit all together or not at all, and explain where they do not fit."""

import pytest

from action.contract.assertion import PageTitle
from action.contract.contract import Report, Result
from action.contract.repair_notes import repair_values
from action.contract.verdict import Verdict
from action.generate.edits import (
    FORMAT,
    LARGEST_WHOLE,
    SMALL_SITE,
    WHOLE_FILES,
    EditsDoNotFit,
    apply_changes,
    format_for,
)
from action.model.prompts import render
from action.model.reply import Edit, Reply, parse

TOKEN = "0123456789abcdef"
FILES = {"index.html": b"<title>A</title>\n<p>one</p>\n<p>two</p>\n<p>two</p>\n", "x.png": b"\x89\xff"}


def edit(search: str, replace: str = "new\n", path: str = "index.html") -> str:
    return f"<<<EDIT {TOKEN} {path}>>>\n{search}<<<REPLACE {TOKEN}>>>\n{replace}<<<END {TOKEN}>>>\n"


def changed(reply: str) -> dict[str, bytes]:
    return apply_changes(FILES, parse(reply, TOKEN))


def test_a_block_that_matches_once_is_replaced() -> None:
    assert changed(edit("<p>one</p>\n"))["index.html"] == b"<title>A</title>\nnew\n<p>two</p>\n<p>two</p>\n"


def test_several_blocks_build_on_each_other() -> None:
    assert (
        changed(edit("<p>one</p>\n", "<p>1</p>\n") + edit("<p>1</p>\n<p>two</p>\n", ""))["index.html"].count(b"two")
        == 1
    )


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (edit("<p>two</p>\n"), "occurs 2 times"),
        (edit("<p>One</p>\n"), "occurs 0 times"),
        (edit("\n"), "no text to search for"),
        (edit("x\n", path="none.html"), "no such file"),
        (edit("x\n", path="x.png"), "not text"),
        (edit("<p>one</p>\n", "<!-- rest of the page unchanged -->\n"), "leave something out"),
    ],
)
def test_one_misfit_keeps_everything_as_it_was(reply: str, problem: str) -> None:
    files = dict(FILES)
    with pytest.raises(EditsDoNotFit, match=problem):
        apply_changes(files, parse(edit("<title>A</title>\n") + reply, TOKEN))
    assert files == FILES


def test_a_misfit_shows_the_nearby_text() -> None:
    with pytest.raises(EditsDoNotFit) as caught:
        changed(edit("<p>onne</p>\n"))
    assert "<p>one</p>" in caught.value.misfits[0].nearby


def test_whole_files_are_written_and_deleted() -> None:
    reply = f"<<<FILE {TOKEN} a/b.txt>>>\nhello\n<<<END {TOKEN}>>>\n<<<DELETE {TOKEN} x.png>>>\n<<<DONE {TOKEN}>>>\n"
    assert changed(reply) == {"index.html": FILES["index.html"], "a/b.txt": b"hello\n"}
    assert parse(reply, TOKEN).done


def test_text_around_the_blocks_and_other_tokens_are_ignored() -> None:
    reply = "Sure!\n```\n<<<FILE ffffffffffffffff a>>>\nx\n<<<END ffffffffffffffff>>>\n```\n"
    assert parse(reply, TOKEN).is_empty


@pytest.mark.parametrize(
    "reply",
    [
        f"<<<FILE {TOKEN} a.txt>>>\nhalf of",
        f"<<<EDIT {TOKEN} a.txt>>>\nhalf of",
        f"<<<EDIT {TOKEN} a.txt>>>\nx\n<<<REPLACE {TOKEN}>>>\nhalf",
        f"<<<EDIT {TOKEN} a.txt>>>\nx\n<<<REPLACE {TOKEN}>>>\nhalf\n<<<FILE {TOKEN} b>>>\nx\n<<<END {TOKEN}>>>",
        f"<<<EDIT {TOKEN} a.txt>>>\nno replace\n<<<END {TOKEN}>>>",
    ],
)
def test_a_reply_that_is_cut_off_says_in_which_file(reply: str) -> None:
    changes = parse(reply, TOKEN)
    assert changes.cut_off == "a.txt"
    assert not changes.done


def test_files_with_carriage_returns_keep_them() -> None:
    files = {"a.txt": b"one\r\ntwo\r\n"}
    assert apply_changes(files, Reply(edits=(Edit("a.txt", "one\n", "1\n"),)))["a.txt"] == b"1\r\ntwo\r\n"


def test_the_last_line_needs_no_line_end() -> None:
    assert apply_changes({"a": b"one\ntwo"}, Reply(edits=(Edit("a", "two\n", "2\n"),)))["a"] == b"one\n2"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("// ... rest of the code unchanged", True),
        ("<!-- existing content stays here -->", True),
        ("/* remaining styles unchanged */", True),
        ("# rest of the file as before", True),
        ("...rest of code unchanged...", True),
        ("The rest of the page stays as it was.", False),
        ("Existing data remains unchanged.", False),
        ("const rest = here;", False),
        ("// the same origin policy", False),
    ],
)
def test_placeholders_are_refused_and_prose_is_not(text: str, refused: bool) -> None:
    changes = Reply(files={"a.txt": f"x\n{text}\ny\n"})
    if refused:
        with pytest.raises(EditsDoNotFit):
            apply_changes({}, changes)
    else:
        assert apply_changes({}, changes)


def test_the_repair_prompt_is_filled_completely() -> None:
    failure = Result(
        assertion=PageTitle(equals="B", sentence="The title is B."), verdict=Verdict(state="fail", actual="it is A")
    )
    values = repair_values(Report(results=(failure,)), FILES, TOKEN, FORMAT, ["index.html: no match"])
    prompt = render("repair", **values, lost="* the table is sorted", problems="* a.txt: is empty", retired="nothing")
    for part in (
        "The title is B.",
        "it is A",
        'exactly "B"',
        "no match",
        "<p>one</p>",
        "x.png: 2 bytes",
        "the table is sorted",
        "a.txt: is empty",
        f"<<<DONE {TOKEN}>>>",
    ):
        assert part in prompt


@pytest.mark.parametrize(
    ("size", "misfits", "format_"),
    [
        (SMALL_SITE, (), WHOLE_FILES),
        (SMALL_SITE + 1, (), FORMAT),
        (SMALL_SITE + 1, ("a.html: no",), WHOLE_FILES),
        (LARGEST_WHOLE + 1, ("a.html: no",), FORMAT),
    ],
)
def test_whole_files_are_asked_for_when_they_are_short_or_blocks_did_not_fit(
    size: int, misfits: tuple[str, ...], format_: str
) -> None:
    assert format_for({"a.html": b"x" * size}, misfits) == format_


def test_who_is_asked_for_whole_files_reads_of_no_blocks() -> None:
    assert "<<<EDIT" not in WHOLE_FILES.format(token="t")
