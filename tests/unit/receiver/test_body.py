"""What reading a body may cost, whoever sent it."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Request

from receiver.body import LARGE, MOST_PARTS, parse_object, read_object, turn_of
from receiver.errors import Problem


@pytest.mark.parametrize("part", [b"{},", b"[],", b"0,", b"["])
def test_very_many_values_are_refused_before_they_become_objects(part: bytes) -> None:
    body = b'{"a": [' + part * (MOST_PARTS + 1) + b"0]}"
    started = time.process_time()
    with pytest.raises(Problem) as raised:
        parse_object(body)
    assert (raised.value.status, raised.value.reply.error) == (400, "too-many-parts")
    assert "base64" in raised.value.reply.next_step
    assert time.process_time() - started < 0.2


def test_a_large_base64_attachment_has_few_parts() -> None:
    url = "data:text/csv;base64," + base64.b64encode(b"a,b,{c},[d]" * 400_000).decode()
    assert parse_object(json.dumps({"url": url}).encode()) == {"url": url}


def test_a_body_that_was_parsed_is_in_memory_no_longer() -> None:
    body = bytearray(b'{"a": 1}')
    assert parse_object(body) == {"a": 1}
    assert body == b""


def test_one_large_body_is_worked_on_at_a_time__small_ones_do_not_wait() -> None:
    def work(size: int | None) -> bool:
        with turn_of(Request({"CONTENT_LENGTH": str(size)} if size else {})):
            return True

    with ThreadPoolExecutor(2) as pool:
        with turn_of(Request({"CONTENT_LENGTH": str(LARGE + 1)})):
            others = [pool.submit(work, LARGE + 1), pool.submit(work, None)]
            assert work(LARGE)
            time.sleep(0.2)
            assert not any(other.done() for other in others)
        assert all(other.result(10) for other in others)


def test_a_request_that_the_server_had_no_room_for_is_503_with_retry_after() -> None:
    turned_away = type("ArrivingSocket", (), {"has_room": False})()
    with pytest.raises(Problem) as raised:
        read_object(Request({"gunicorn.socket": turned_away}), LARGE)
    assert (raised.value.status, raised.value.reply.error) == (503, "no-room")
    assert int(raised.value.response().headers["Retry-After"]) > 0
