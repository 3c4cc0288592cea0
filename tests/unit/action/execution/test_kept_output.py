"""What is kept of a stream."""

import pytest

from action.execution.output import KeptOutput


def kept(limit: int, *chunks: bytes) -> KeptOutput:
    output = KeptOutput(limit)
    for chunk in chunks:
        output.add(chunk)
    return output


@pytest.mark.parametrize("chunks", [(b"",), (b"one",), (b"12345", b"67890"), (b"1234567890",), (b"ab\xc3", b"\xbccd")])
def test_what_fits_is_kept_as_it_is(chunks: tuple[bytes, ...]) -> None:
    output = kept(10, *chunks)
    assert output.text() == b"".join(chunks).decode()
    assert not output.is_truncated


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_of_more_the_beginning_and_the_end_are_kept(step: int) -> None:
    data = "".join(f"{number:04d}" for number in range(1000)).encode()
    output = kept(20, *(data[at : at + step] for at in range(0, len(data), step)))
    assert output.is_truncated
    assert output.text() == "0000000100\n[... 3,980 bytes are left out here ...]\n9709980999"


def test_one_byte_too_many_is_told_before_and_after_the_text_is_made() -> None:
    output = kept(10, b"12345678901")
    assert output.is_truncated
    assert output.text() == "12345\n[... 1 bytes are left out here ...]\n78901"
    assert output.is_truncated


def test_a_flood_does_not_fill_the_memory() -> None:
    output = KeptOutput(1000)
    for _ in range(1000):
        output.add(b"x" * 10_000)
        assert len(output._tail) <= 1000


def test_what_is_no_text_is_replaced() -> None:
    assert kept(10, b"a\xff\0b").text() == "a\ufffd\0b"
    assert kept(4, "äöü".encode()).text() == "ä\n[... 2 bytes are left out here ...]\nü"
