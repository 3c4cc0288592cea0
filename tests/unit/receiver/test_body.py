"""What reading a body may cost, whoever sent it."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from receiver.body import LARGE, MOST_PARTS, ONE_LARGE_BODY, parse_object
from receiver.problems import Problem


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


def test_one_large_body_is_parsed_at_a_time__small_ones_do_not_wait() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ONE_LARGE_BODY:
            large = pool.submit(parse_object, b"{" + b" " * LARGE + b"}")
            assert parse_object(b"{}") == {}
            time.sleep(0.2)
            assert not large.done()
        assert large.result(10) == {}
