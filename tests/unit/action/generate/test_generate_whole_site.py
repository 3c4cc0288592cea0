"""What is wrong with a site as a whole is told to the model, costs a file and not the page, and is mended by a repair.

Each bundle goes through the gates of the publishing job as well: what they refuse would be the plain page.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from action.contract.verdict import Candidate
from action.github.git import Trailers
from action.site import bundle as bundles
from action.site.bundle import Bundle
from action.site.content import attached_names, with_ours, written_content
from action.site.files import is_blank
from receiver.task import BuildRequest
from tests.unit.action.generate.scripted_build import (
    CURRENT,
    PAGE,
    Script,
    ScriptedModel,
    build,
    data_uri,
    earlier,
    request_for,
)

DEAD = "http://127.0.0.1:9/x"


def published(request: BuildRequest, bundle: Bundle, folder: Path) -> dict[str, bytes]:
    """Return the commit that the publishing job makes of a bundle. Raises what it refuses the bundle with."""
    digest = bundles.write(folder, bundle.files, bundle.record, removed=bundle.removed)
    read = bundles.read(folder, request, digest)
    content = written_content(request, read, "the-owner", ())
    assert content.reason == ""
    return with_ours(content, "main", Trailers.of(bundle.record), attached_names(request))


def build_and_publish(
    folder: Path, request: BuildRequest, *script: Script, current: Mapping[str, bytes] | None = None, **more: Any
) -> tuple[dict[str, bytes], ScriptedModel, Bundle]:
    bundle, model = build(request, *script, current=earlier(current), **more)
    return published(request, bundle, folder / "bundle"), model, bundle


def many(count: int) -> dict[str, str]:
    return {f"data/{number:03}.json": "{}" for number in range(count)}


REFUSED = [
    ("LICENSE/mit.txt", "collides with LICENSE: the same name cannot be a file and a folder"),
    ("license/mit.txt", "collides with LICENSE"),
    ("README.md/x.txt", "collides with README.md"),
    ("Readme.MD/a/b.txt", "collides with README.md"),
    ("INDEX.html/x.txt", "collides with index.html"),
    ("pagewright-commit.txt", "is reserved"),
    ("pagewright-commit.txt/x.txt", "is reserved"),
    ("Pagewright-Commit.TXT/x/y.txt", "is reserved"),
    ("CNAME/x", "is reserved"),
    (".pagewright/contract.json", "is written by Pagewright itself"),
    (".pagewright/build.json", "names that begin with a dot"),
    (".Pagewright/contract.json", "names that begin with a dot"),
    ("cafe\u0301.txt", "Unicode normal form C"),
    ("/".join("d" * 110), "must be at most 200 bytes long"),
]


@pytest.mark.parametrize(("path", "reason"), REFUSED)
def test_a_file_that_cannot_be_there_is_told_and_a_repair_publishes_the_page(
    tmp_path: Path, path: str, reason: str
) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), {**PAGE, path: "x"}, {"notes.txt": "x"})
    assert reason in model.said()
    assert "* " + path in model.said()
    assert {"index.html", "notes.txt"} <= files.keys()
    assert files.get(path) != b"x\n"


@pytest.mark.parametrize(("path", "reason"), REFUSED)
def test_a_model_that_writes_it_again_and_again_loses_that_file_only(tmp_path: Path, path: str, reason: str) -> None:
    script = [{**PAGE, "app.js": "let a;", path: "x"}] * 4
    files, _, bundle = build_and_publish(tmp_path, request_for(), *script)
    assert b"<title>x</title>" in files["index.html"]
    assert "app.js" in files
    assert files.get(path) != b"x\n"
    generation = bundle.record.generation
    assert generation is not None
    assert any(note.startswith(f"left out: {path}: ") and reason in note for note in generation.notes)


@pytest.mark.parametrize("pair", [("Data/x.json", "data"), ("a.txt", "A.TXT"), ("x/y.txt", "X"), ("b", "b/c.txt")])
def test_of_two_files_that_collide_the_first_one_is_published(tmp_path: Path, pair: tuple[str, str]) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), *[{**PAGE, pair[0]: "{}", pair[1]: "{}"}] * 4)
    assert f"* {pair[1]}: collides with {pair[0]}" in model.said(1)
    assert pair[0] in files
    assert pair[1] not in files


@pytest.mark.parametrize("path", ["data/x.json", "DATA", "Data/y.json", "Index.html/x"])
def test_a_file_that_collides_with_one_of_the_round_before_is_told(tmp_path: Path, path: str) -> None:
    current = {**CURRENT, "data": b"1"}
    files, model, _ = build_and_publish(
        tmp_path, request_for(round=2), {**PAGE, path: "x"}, {"notes.txt": "x"}, current=current
    )
    assert f"* {path}: collides with " in model.said()
    assert path not in files


@pytest.mark.parametrize(
    "path", ["index.html/", "index.html/x.txt", "INDEX.HTML/x", "a\ud800b", "/", "//x", "README.md/x"]
)
def test_whatever_comes_first_the_page_stays(tmp_path: Path, path: str) -> None:
    files, _, _ = build_and_publish(tmp_path, request_for(), *[{path: "x", **PAGE}] * 4)
    assert b"<title>x</title>" in files["index.html"]
    assert files["README.md"].startswith(b"# X\n")


def test_a_file_may_take_the_place_of_one_that_is_deleted(tmp_path: Path) -> None:
    reply = "<<<FILE TOKEN data/x.json>>>\n{}\n<<<END TOKEN>>>\n<<<DELETE TOKEN data>>>\n<<<DONE TOKEN>>>"
    files, model, bundle = build_and_publish(
        tmp_path, request_for(round=2), reply, {}, current={**CURRENT, "data": b"1"}
    )
    assert "data/x.json" in files
    assert bundle.removed == ("data",)
    assert "collides" not in model.said()


@pytest.mark.parametrize("name", ["readme.md", "Readme.md", "README.MD", "ReadMe.Md"])
def test_the_readme_is_known_in_whatever_case(tmp_path: Path, name: str) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), {"index.html": "<p>x", name: "# Mine\n"})
    assert files["README.md"].startswith(b"# Mine\n")
    assert name == "README.md" or name not in files
    assert len(model.prompts) == 1


def test_of_two_readmes_the_one_with_the_right_name_stays(tmp_path: Path) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), *[{**PAGE, "readme.md": "# Other\n"}] * 4)
    assert files["README.md"].startswith(b"# X\n")
    assert "* readme.md: collides with README.md" in model.said(1)


@pytest.mark.parametrize("name", ["license", "License", "LICENSE.md", "license.MD", "License.txt"])
def test_the_license_is_ours_in_whatever_case(tmp_path: Path, name: str) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), {**PAGE, name: "All rights reserved."})
    assert files["LICENSE"].startswith(b"MIT License")
    assert name not in files
    assert len(model.prompts) == 1


@pytest.mark.parametrize("name", ["Index.html", "INDEX.HTML", "index.htm", "Index.HTM"])
def test_the_page_is_known_under_names_that_pages_would_not_open(tmp_path: Path, name: str) -> None:
    files, _, _ = build_and_publish(tmp_path, request_for(), {name: "<p>hello"})
    assert files["index.html"] == b"<p>hello\n"


def test_a_page_in_a_folder_is_told_where_it_belongs(tmp_path: Path) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), {"public/index.html": "<p>x"}, {"index.html": "<p>x"})
    assert "* index.html: is missing; nothing opens without it (public/index.html does not count" in model.said()
    assert "index.html" in files


BLANK = [
    "",
    " \n\t\n",
    "\ufeff",
    "<!-- the page -->",
    "<!-- never closed",
    "<!doctype html>",
    "<!DOCTYPE HTML>\n<!-- x -->\n",
    "```html\n```",
    "```",
    "~~~\n~~~",
    "<!doctype html>\n<html><head><meta charset=utf-8><title></title></head><body></body></html>",
    "<html>\n<body>\n&nbsp;\n</body>\n</html>",
    "<style>p { color: red; }</style>",
    "<div></div><p></p>",
]


@pytest.mark.parametrize("page", BLANK)
def test_a_blank_page_is_told_and_a_repair_publishes_the_real_one(tmp_path: Path, page: str) -> None:
    files, model, _ = build_and_publish(tmp_path, request_for(), {"index.html": page}, {"index.html": "<p>real"})
    assert "* index.html: is blank" in model.said()
    assert files["index.html"] == b"<p>real\n"


@pytest.mark.parametrize("page", BLANK)
def test_a_page_that_stays_blank_is_the_plain_page(page: str) -> None:
    bundle, _ = build(request_for(), *[{"index.html": page}] * 4)
    assert b"could not be written" in bundle.files["index.html"]
    assert [failure.code for failure in bundle.record.failures] == ["E-REPLY"]


@pytest.mark.parametrize("page", BLANK)
def test_in_a_later_round_a_blank_page_leaves_the_one_before(page: str) -> None:
    bundle, _ = build(request_for(round=2), *[{"index.html": page}] * 4, current=earlier(CURRENT))
    assert "index.html" not in bundle.files


@pytest.mark.parametrize(
    "page",
    [
        "x",
        "<p>x",
        "<title>x",
        "<!-- a --><h1>&lt;</h1>",
        "<script>run()</script>",
        "<canvas></canvas>",
        "<img src=a.png>",
        "<my-app></my-app>",
        '<meta http-equiv="refresh" content="0; url=a.html">',
    ],
)
def test_what_shows_or_does_something_is_not_blank(page: str) -> None:
    assert not is_blank(page.encode())


def test_a_blank_page_of_many_marks_is_no_work() -> None:
    for part in (b"<!--", b"<!doctype html", b"<style ", b"<meta ", b"<a ", b"\n", b"```\n", b"<my-"):
        is_blank(part * 20_000)


def test_of_too_many_files_those_that_matter_are_kept_and_the_others_are_told(tmp_path: Path) -> None:
    last = {"facts.json": "{}", "style.css": "p {}", **PAGE}
    script = [{**many(300), **last}] * 4
    files, model, _ = build_and_publish(tmp_path, request_for(brief="Write facts.json."), *script)
    assert len(files) == 200
    assert {"index.html", "README.md", "facts.json"} <= files.keys()
    assert "at most 200 files" in model.said(1)
    assert "data/299.json" in model.said(1) or " more; put several in one file" in model.said(1)


def test_too_many_files_are_mended_by_a_repair_that_writes_fewer(tmp_path: Path) -> None:
    files, _, bundle = build_and_publish(tmp_path, request_for(), {**many(250), **PAGE}, {"all.json": "{}"}, {}, {})
    assert b"<title>x</title>" in files["index.html"]
    assert len(files) <= 200
    assert bundle.record.generation is not None
    assert bundle.record.generation.fallback == ""


def test_without_a_readme_and_with_attachments_no_file_is_one_too_many(tmp_path: Path) -> None:
    attachments = [{"name": f"a{number}.txt", "url": data_uri(b"1")} for number in range(100)]
    script = [{"index.html": "<p>x", **many(300)}] * 4
    files, _, _ = build_and_publish(tmp_path, request_for(attachments=attachments), *script)
    assert len(files) == 200
    assert all(files[f"a{number}.txt"] == b"1" for number in range(100))


def test_a_file_that_is_too_large_costs_itself(tmp_path: Path) -> None:
    big = "x" * 5_000_001
    files, model, _ = build_and_publish(tmp_path, request_for(), {**PAGE, "big.txt": big}, {"big.txt": "small"})
    assert "* big.txt: is 5,000,002 bytes" in model.said()
    assert files["big.txt"] == b"small\n"


def test_a_readme_that_is_too_large_costs_itself(tmp_path: Path) -> None:
    script = [{"index.html": "<p>x", "README.md": "# X\n" + "x" * 4_999_990}] * 4
    files, _, _ = build_and_publish(tmp_path, request_for(), *script)
    assert files["index.html"] == b"<p>x\n"
    assert len(files["README.md"]) < 10_000


@pytest.mark.parametrize("name", ["sales.csv", "SALES.csv", "Sales.CSV"])
def test_nothing_is_invented_under_the_name_of_an_attachment_that_is_not_here(tmp_path: Path, name: str) -> None:
    request = request_for(attachments=[{"name": "sales.csv", "url": DEAD}])
    files, model, _ = build_and_publish(tmp_path, request, {**PAGE, name: "a\n1"}, {"notes.txt": "x"})
    assert f"* {name}: the attachment sales.csv could not be fetched" in model.said()
    assert name not in files
    again, _, _ = build_and_publish(tmp_path, request, *[{**PAGE, name: "a\n1"}] * 4)
    assert name not in again
    assert b"<title>x</title>" in again["index.html"]


@pytest.mark.parametrize("name", ["index.html", "README.md"])
def test_the_page_is_written_even_when_it_should_have_come_with_the_task(tmp_path: Path, name: str) -> None:
    request = request_for(attachments=[{"name": name, "url": DEAD}])
    files, model, _ = build_and_publish(tmp_path, request, PAGE)
    assert files[name].startswith(PAGE[name].encode().rstrip())
    assert len(model.prompts) == 1


@pytest.mark.parametrize("name", ["pagewright-checks.json", "Pagewright-Checks.json"])
def test_answers_about_checks_are_never_a_file_of_the_site(tmp_path: Path, name: str) -> None:
    script = [{**PAGE, name: "[]"}, {"facts.json": "{}", name: "[]"}]
    files, _, _ = build_and_publish(tmp_path, request_for(brief="Write facts.json."), *script)
    assert "facts.json" in files
    assert name not in files


def test_a_placeholder_is_told_and_mended(tmp_path: Path) -> None:
    page = "<!doctype html>\n<!-- Same as before -->\n<p>x"
    files, model, _ = build_and_publish(tmp_path, request_for(), {"index.html": page}, {"index.html": "<p>whole"})
    assert "line 2 stands for code that was left out" in model.said()
    assert files["index.html"] == b"<p>whole\n"


def test_a_conversion_under_a_name_that_cannot_be_there_costs_itself(tmp_path: Path) -> None:
    attachments = [{"name": "a.csv", "url": data_uri(b"x\n1\n")}]
    request = request_for(attachments=attachments, checks=["LICENSE/a.json contains the same rows as a.csv"])
    files, model, _ = build_and_publish(tmp_path, request, *[PAGE] * 4)
    assert "* LICENSE/a.json: collides with LICENSE" in model.said(1)
    assert b"<title>x</title>" in files["index.html"]


def test_what_breaks_the_proof_is_told_and_a_repair_publishes_the_page(tmp_path: Path) -> None:
    def open_site(candidate: Candidate) -> None:
        if b"deep" in candidate.files["index.html"]:
            raise RecursionError("too deep")

    log = io.StringIO()
    script = [{"index.html": "<p>deep"}, {"index.html": "<p>flat"}]
    files, model, bundle = build_and_publish(
        tmp_path, request_for(), *script, open_site=open_site, log=log, is_defect_expected=True
    )
    assert "* these files could not be examined (RecursionError)" in model.said()
    assert files["index.html"] == b"<p>flat\n"
    assert "RecursionError: too deep" in log.getvalue()
    assert bundle.record.phases[0].outcome == "done"


def test_a_page_that_breaks_every_proof_is_published_all_the_same(tmp_path: Path) -> None:
    def open_site(candidate: Candidate) -> None:
        raise IsADirectoryError("x")

    files, model, _ = build_and_publish(
        tmp_path, request_for(), *[PAGE] * 4, open_site=open_site, is_defect_expected=True
    )
    assert b"<title>x</title>" in files["index.html"]
    assert len(model.prompts) == 4


@pytest.mark.parametrize("opening", ["```html", "~~~", "<<<FILE TOKEN index.html>>>", "<<<FILE index.html>>>\n```html"])
def test_a_page_that_is_never_closed_is_told_and_published_rather_than_nothing(tmp_path: Path, opening: str) -> None:
    reply = f"index.html\n{opening}\n<!doctype html>\n<p>hello"
    files, _, _ = build_and_publish(tmp_path, request_for(), *[reply] * 4)
    assert files["index.html"] == b"<!doctype html>\n<p>hello\n"
    files, model, _ = build_and_publish(tmp_path, request_for(), *[reply] * 3, {"index.html": "<p>whole"})
    assert "* index.html: was cut off in the middle" in model.said()
    assert files["index.html"] == b"<p>whole\n"
