"""What the log says, as text and as JSON."""

import json
import logging

import pytest
from werkzeug.test import Client

from receiver.request_log import JsonLines


def test_each_request_is_one_json_line_with_its_parts(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/status/" + "0" * 20, headers={"X-API-KEY": "wrong"})
    (record,) = caplog.records
    line = json.loads(JsonLines().format(record))
    assert {name: line[name] for name in ("level", "method", "route", "status", "error")} == {
        "level": "info",
        "method": "GET",
        "route": "/status/<build_id>",
        "status": 401,
        "error": "wrong-secret",
    }
    assert line["message"] == record.getMessage()
    assert line["at"].endswith("+00:00")


def test_a_traceback_stays_within_its_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        record = logging.LogRecord("any", logging.ERROR, "file", 1, "it %s", ("broke",), (ValueError, error, None))
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["trace"] == "ValueError: first\nsecond"
    assert json.loads(line)["message"] == "it broke"
