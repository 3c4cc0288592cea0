"""Where a request ends, whatever the pieces in which it comes."""

import random

import pytest

from receiver.arrival import LONGEST_HEAD, Arrival

HEAD = b"POST /ready HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = {
    "no body": b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "length": HEAD + b"Content-Length: 5\r\n\r\nabcde",
    "length in other letters": HEAD + b"CONTENT-LENGTH:5\r\n\r\n\r\n\r\nx",
    "chunks": CHUNKED + b"5\r\nabcde\r\nA;name=value\r\n0123456789\r\n0\r\n\r\n",
    "a chunk that looks like the end": CHUNKED + b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"1\r\na\r\n0\r\nName: value\r\n\r\n",
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_request_is_whole_with_its_last_byte_and_not_before(name: str) -> None:
    request, rest = WHOLE[name], b"GET / HT"
    arrival = Arrival()
    for place in range(len(request)):
        assert not arrival.is_whole, request[:place]
        arrival.add(request[place : place + 1])
    assert arrival.is_whole
    at_once = Arrival(request + rest)
    assert at_once.is_whole
    assert (at_once.length, arrival.length) == (len(request), len(request))
    assert at_once.take(10**9) == request, "what follows belongs to the next request"
    assert at_once.take(10) == b""
    assert at_once.received == rest


def test_random_pieces_give_the_same_end() -> None:
    for seed in range(200):
        pick = random.Random(seed)
        sizes = [pick.randrange(1, 400) for _ in range(pick.randrange(6))]
        chunks = b"".join(f"{size:x}\r\n".encode() + pick.randbytes(size) + b"\r\n" for size in sizes)
        request = CHUNKED + chunks + b"0\r\n\r\n"
        arrival, place = Arrival(), 0
        while place < len(request):
            step = pick.randrange(1, 200)
            assert not arrival.is_whole
            arrival.add(request[place : place + step])
            place += step
        assert arrival.is_whole
        assert arrival.length == len(request)


@pytest.mark.parametrize(
    "hopeless",
    [
        b"a" * (LONGEST_HEAD + 1),
        CHUNKED + b"not a size\r\n",
        CHUNKED + b"1" * LONGEST_HEAD,
        CHUNKED + b"0\r\n" + b"a: b\r\n" * LONGEST_HEAD,
        HEAD + b"Content-Length: many\r\n\r\n",
    ],
)
def test_what_cannot_be_understood_is_left_to_the_server(hopeless: bytes) -> None:
    assert Arrival(hopeless).is_whole


def test_a_body_is_as_long_as_its_head_says__or_as_what_came_of_its_chunks() -> None:
    assert Arrival(HEAD + b"Content-Length: 5000\r\n\r\nab").body == 5000
    assert Arrival(CHUNKED + b"FFFFFF\r\n" + b"a" * 100).body == pytest.approx(100, abs=4)
    assert Arrival(HEAD).body == 0


def test_who_asks_before_it_sends_is_noticed_once__and_the_server_does_not_see_the_question() -> None:
    request = HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    arrival = Arrival(request)
    assert (arrival.waits_to_continue, arrival.is_whole) == (True, False)
    arrival.add(b"ab")
    assert arrival.take(1000) == HEAD + b"Content-Length: 2\r\n\r\nab"


def test_what_was_handed_out_is_kept_no_longer() -> None:
    arrival = Arrival(HEAD + b"Content-Length: 1000\r\n\r\n" + b"a" * 1000)
    while arrival.take(100):
        pass
    assert arrival.length == 0
    assert arrival.received == b""
