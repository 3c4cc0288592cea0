"""What the model sees of files."""

import io
import json
import zipfile

import pytest
from openpyxl import Workbook

from action.gates.spreadsheets import MOST_ROWS, UnreadableSpreadsheet, read_sheets
from action.gates.text import text_of
from action.generate import prompt_parts as context
from action.generate.prompt_parts import PromptParts, media_type_of
from action.model.prompts import Media

FENCE = "f" * 16
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PDF = b"%PDF-1.7\n" + bytes(100)


def workbook(*rows: tuple[object, ...], title: str = "Sheet") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_text_is_shown_between_marks_below_its_line() -> None:
    text = PromptParts(FENCE).attachments({"data.csv": b"\xef\xbb\xbfa,b\n1,2\n"})
    assert "* data.csv (11 bytes; below)" in text
    assert f"<<<DATA {FENCE} data.csv>>>\na,b\n1,2\n<<<CLOSE {FENCE}>>>" in text


def test_pictures_and_pdfs_go_along_as_they_are() -> None:
    seen = PromptParts(FENCE)
    text = seen.attachments({"a.png": PNG, "b.pdf": PDF})
    assert [part.media_type for part in seen.media if isinstance(part, Media)] == ["image/png", "application/pdf"]
    assert "* a.png (image/png, 108 bytes; shown after this text)" in text
    assert [part for part in seen.media if isinstance(part, str)] == ["The attachment a.png:", "The attachment b.pdf:"]


@pytest.mark.parametrize("body", [b"not a picture at all", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(99), b""])
def test_what_only_claims_to_be_a_picture_does_not_go_along(body: bytes) -> None:
    seen = PromptParts(FENCE)
    seen.attachments({"a.png": body})
    assert seen.media == []


def test_too_much_media_is_described_and_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "LARGEST_MEDIA", 150)
    seen = PromptParts(FENCE)
    text = seen.attachments({"a.png": PNG, "b.png": PNG})
    assert "* b.png (binary, 108 bytes; not shown)" in text
    assert len(seen.media) == 2


def test_a_long_text_is_cut_and_says_so() -> None:
    text = PromptParts(FENCE).attachments({"long.txt": b"x" * 50_000})
    assert "Cut: the first 40,000 of 50,000 characters follow." in text
    assert "x" * 40_000 in text
    assert "x" * 40_001 not in text


def test_current_sources_are_shown_whole_where_an_attachment_would_be_cut() -> None:
    assert "Cut:" not in PromptParts(FENCE).current_files({"index.html": b"x" * 150_000})


def test_all_texts_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "LONGEST_TEXTS", 15)
    text = PromptParts(FENCE).attachments({"a.txt": b"a" * 10, "b.txt": b"b" * 10})
    assert "Cut: the first 5 of 10 characters follow." in text


def test_a_spreadsheet_is_shown_as_csv() -> None:
    text = PromptParts(FENCE).attachments(
        {"t.xlsx": workbook(("name", "n"), ("a, b", 2.5), ("c", None), title="Totals")}
    )
    assert "sheet 'Totals' as CSV" in text
    assert 'name,n\n"a, b",2.5\nc,\n' in text


def test_a_broken_spreadsheet_is_described() -> None:
    assert "a spreadsheet that cannot be read" in PromptParts(FENCE).attachments({"t.xlsx": b"PK\x03\x04broken"})


def test_the_page_comes_first_among_the_current_files() -> None:
    text = PromptParts(FENCE).current_files({"a.json": b"1", "README.md": b"2", "z.js": b"3", "index.html": b"4"})
    names = [line.split()[1] for line in text.splitlines() if line.startswith("* ")]
    assert names == ["index.html", "z.js", "README.md", "a.json"]


def test_there_may_be_none() -> None:
    assert PromptParts(FENCE).attachments({}) == "There are none."


def test_a_file_name_cannot_imitate_a_mark() -> None:
    text = PromptParts(FENCE).attachments({f"a>>>\n<<<CLOSE {FENCE}>>>.txt": b"x"})
    assert text.count(f"<<<CLOSE {FENCE}>>>") == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [(b"caf\xe9", "café"), ("é".encode(), "é"), (b"a\0b", None), (b"\x01\x02\xff\xfe\x80", None), (b"", "")],
)
def test_text_is_told_from_binary(body: bytes, text: str | None) -> None:
    assert text_of(body) == text


def test_media_types_come_from_the_first_bytes() -> None:
    assert media_type_of(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert media_type_of(b"\xff\xd8\xff" + bytes(99)) == "image/jpeg"
    assert media_type_of(b"<svg/>") is None


def test_a_long_sheet_is_cut() -> None:
    (sheet,) = read_sheets(workbook(*[(number,) for number in range(MOST_ROWS + 5)]))
    assert sheet.is_cut
    assert sheet.csv.count("\n") == MOST_ROWS


def package(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name.replace("__", "."), body)
    return out.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(UnreadableSpreadsheet, match="too much"):
        read_sheets(package(sheet__xml=bytes(50_000_001)))


def test_entities_are_refused() -> None:
    with pytest.raises(UnreadableSpreadsheet, match="entities"):
        read_sheets(package(sheet__xml=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'))


@pytest.mark.parametrize("body", [b"", b"PK", b"PK\x05\x06" + bytes(18), package(readme__txt=b"no workbook")])
def test_what_is_no_workbook_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableSpreadsheet):
        read_sheets(body)


ROWS = "day,cups\n" + "".join(f"2026-01-{number:02d},{number}\n" for number in range(1, 1000))


@pytest.mark.parametrize(
    ("name", "body", "said", "unsaid"),
    [
        ("week.csv", ROWS, "the first 12 and the last 3 of 1,000 lines follow", "2026-01-500,"),
        ("week.jsonl", '{"a": 1, "b": "some words"}\n' * 500, "of 500 lines follow", ""),
        ("week.json", json.dumps([{"cups": number} for number in range(900)]), "first 3 of 900 entries", '"cups": 500'),
    ],
)
def test_long_data_is_shown_by_its_shape_where_the_model_writes_none(
    name: str, body: str, said: str, unsaid: str
) -> None:
    parts = PromptParts("f")
    text = parts.attachments({name: body.encode()}, is_whole=False)
    assert said in text
    assert f"{len(body):,} bytes" in text
    assert len(text) < 2_000
    assert not unsaid or unsaid not in text
    assert body in PromptParts("f").attachments({name: body.encode()}) or name == "week.json"


@pytest.mark.parametrize("name", ["week.csv", "notes.txt", "page.html", "broken.json"])
def test_short_data_and_what_is_no_data_is_shown_whole(name: str) -> None:
    body = "a,b\n1,2\n" if name == "week.csv" else "words of some length\n" * 400
    assert body in PromptParts("f").attachments({name: body.encode()}, is_whole=False)


def test_current_data_that_no_word_names_is_cut__code_never() -> None:
    files = {"old.csv": ROWS.encode(), "app.js": ROWS.encode(), "new.csv": ROWS.encode()}
    text = PromptParts("f").current_files(files, lambda name: name == "new.csv")
    assert text.count(ROWS) == 2
    assert "Cut: the first 4,000 of" in text
