"""What a question leaves out: data that nobody needs, files that code makes, files that a repair does not touch."""

import io

import pytest
from openpyxl import Workbook

from action.generate.inputs import named_files
from tests.unit.action.generate.scripted_build import PAGE, build, data_uri, request_for

ROWS = b"day,cups\n" + b"".join(b"%04d,%d\n" % (number, number) for number in range(5000))


def workbook() -> bytes:
    book, buffer = Workbook(), io.BytesIO()
    for row in (["day", "cups"], ["Monday", 3]):
        book.worksheets[0].append(row)
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("brief", "is_whole"),
    [
        ("Show the rows of data.csv in a table.", False),
        ("Show data.csv, and commit a summary.json with its total.", True),
    ],
)
def test_all_of_long_data_is_shown_only_where_the_model_writes_data_of_its_own(brief: str, is_whole: bool) -> None:
    asked = request_for(brief=brief, attachments=[{"name": "data.csv", "url": data_uri(ROWS)}])
    _, model = build(asked, {**PAGE, "summary.json": "{}"})
    assert ("0500,500" in model.said()) == is_whole


def test_what_code_converts_is_not_asked_of_the_model() -> None:
    asked = request_for(
        brief="Convert book.xlsx to book.csv and show it.",
        checks=["book.csv contains the same data as book.xlsx"],
        attachments=[{"name": "book.xlsx", "url": data_uri(workbook())}],
    )
    bundle, model = build(asked, PAGE)
    assert b"Monday,3" in bundle.files["book.csv"]
    assert "itself writes these files from attachments: book.csv. Never write them." in model.said()
    assert "that are not there yet: none." in model.said()
    assert "<<<FILE TOKEN book.csv>>>" not in model.said().replace(model.token(model.prompts[0]), "TOKEN")


MENDED = {"README.md": "# X\n\nThe moon.\n\n## Usage\n\nOpen it.\n"}
SITE = {
    **PAGE,
    "index.html": "<!doctype html><title>x</title><script src='app.js'></script>" + "<p>words</p>" * 300,
    "app.js": "// the program\n" * 400,
    "unused.js": "// nobody runs this\n" * 400,
    "other.html": "<!doctype html><title>y</title>" + "<p>another page</p>" * 400,
    "big.csv": ROWS.decode(),
    "small.txt": "a few words\n",
}


def test_a_repair_shows_the_page_and_what_it_runs__and_lists_the_rest() -> None:
    _, model = build(request_for(checks=['README.md mentions "moon"']), SITE, MENDED)
    said = model.said()
    assert all(text in said for text in ("<p>words</p>", "// the program", "a few words", "# X"))
    assert not any(text in said for text in ("nobody runs this", "another page", "0500,500"))
    assert "(other.html: " in said
    assert "(big.csv: " in said


def test_a_repair_shows_the_file_that_a_failure_names__and_after_a_misfit_everything() -> None:
    asked = request_for(checks=['other.html contains "moon"'])
    misfit = "<<<EDIT TOKEN other.html>>>\nnot there\n<<<REPLACE TOKEN>>>\nx\n<<<END TOKEN>>>\n<<<DONE TOKEN>>>"
    _, model = build(asked, SITE, misfit, "Nothing.\n<<<DONE TOKEN>>>")
    assert "another page" in model.said(1)
    assert "nobody runs this" not in model.said(1)
    assert "nobody runs this" in model.said(2)


@pytest.mark.parametrize(("readme", "is_shown"), [("The page reads `total.json`.", True), ("It shows numbers.", False)])
def test_a_readme_that_speaks_of_what_failed_is_shown(readme: str, is_shown: bool) -> None:
    asked = request_for(checks=["total.json exists"])
    page = {**PAGE, "README.md": f"# X\n\n{readme}\n\n## Usage\n\nOpen it.\n"}
    _, model = build(asked, page, "Nothing.\n<<<DONE TOKEN>>>")
    assert (readme in model.said()) == is_shown


def test_a_readme_that_only_quotes_the_brief_is_not_shown() -> None:
    asked = request_for(brief="Show the sum in #total and commit total.json.", checks=["Element #total exists"])
    bundle, model = build(asked, PAGE, "Nothing.\n<<<DONE TOKEN>>>")
    assert b"> Show the sum in #total" in bundle.files["README.md"]
    assert "#total" in model.said()
    assert "There is nothing to build or install." not in model.said()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A button downloads the list, for example trip-to-oslo.txt.", ()),
        ("output.json must not be committed: the workflow makes it.", ()),
        ("`export-selected.csv` is offered as a download; the button exports it as export-selected.csv.", ()),
        ("Commit uid.json and data/summary.json.", ("uid.json", "data/summary.json")),
        ("Save the result as result.json. It must not be empty.", ("result.json",)),
    ],
)
def test_only_files_that_are_really_asked_for_are_named(text: str, names: tuple[str, ...]) -> None:  # C12
    assert named_files([text]) == names
