"""Code converts attachments, so that no model invents the cells that it cannot see."""

import io
import json

import pytest
from openpyxl import Workbook

from action.contract.assertion import ConvertsAttachment, FileExists
from action.contract.contract import Contract
from action.generate.inputs import converted_files

CSV = b"name,amount\r\nTea,7\r\nRice,2.5\r\n"


def workbook() -> bytes:
    book, file = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "amount"], ["Tea", 7], ["Rice", 2.5]):
        sheet.append(row)
    book.save(file)
    return file.getvalue()


def converted(file: str, attachment: str, attached: dict[str, bytes]) -> dict[str, bytes]:
    wish = ConvertsAttachment(file=file, attachment=attachment, sentence="It is converted.")
    return converted_files(Contract(assertions=(wish, FileExists(file="x", sentence="x exists."))), attached)


def test_a_spreadsheet_becomes_csv() -> None:
    made = converted("result.csv", "data.xlsx", {"data.xlsx": workbook()})
    assert made["result.csv"].decode().splitlines() == ["name,amount", "Tea,7", "Rice,2.5"]


def test_csv_becomes_json() -> None:
    made = converted("result.json", "data.csv", {"data.csv": CSV})
    assert json.loads(made["result.json"]) == [{"name": "Tea", "amount": 7}, {"name": "Rice", "amount": 2.5}]


@pytest.mark.parametrize(
    ("file", "attached"),
    [
        ("result.csv", {}),
        ("result.csv", {"data.csv": CSV, "result.csv": b"mine"}),
        ("result.png", {"data.csv": CSV}),
    ],
    ids=["the attachment is missing", "the result is an attachment itself", "an unknown format"],
)
def test_what_cannot_be_converted_is_left_to_the_model(file: str, attached: dict[str, bytes]) -> None:
    assert converted(file, "data.csv", attached) == {}


def test_a_broken_spreadsheet_is_left_to_the_model() -> None:
    assert converted("result.csv", "data.xlsx", {"data.xlsx": b"no zip"}) == {}
