"""Data URIs are decoded piece by piece, to the same bytes as at once, in little memory and in a straight line."""

import base64
import binascii
import random
import tracemalloc
from urllib.parse import unquote, unquote_to_bytes

import pytest

from receiver.task import attachment
from receiver.task.attachment import Attachment, UndecodableAttachment, data_uri_pieces, decode_data_uri

MEGABYTE = 1024 * 1024
PIECES = ("%41", "%4", "%", "%%", "%zz", "%C3%A9", "%C3", "é", "😀", "a", "Z", "9", "+", "-", "_", "/", "=", " ", "\n")
BLANK = (*PIECES, "%20", "%3D", "%0A", "%2B", "\u2003", "%E2%80%83", "\u00a0", "%C2%A0", "AAAA", "Zm9v")


def decoded_at_once(uri: str) -> bytes | None:
    """As it would be without any care for memory; None when it is not base64."""
    header, _, payload = uri[5:].partition(",")
    if not header.lower().rstrip().endswith("base64"):
        return unquote_to_bytes(payload)
    text = "".join(unquote(payload).split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def decoded(uri: str) -> bytes | None:
    try:
        return decode_data_uri(uri)
    except UndecodableAttachment:
        return None


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 64])
def test_random_data_uris_are_decoded_as_at_once(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(attachment, "PIECE", size)  # so that the seams are everywhere
    outcomes = set()
    for seed in range(100):
        pick = random.Random(seed)
        bytes_ = base64.b64encode(pick.randbytes(pick.randrange(40))).decode()
        noise = "".join(pick.choice(BLANK) for _ in range(pick.randrange(8)))
        clean = "".join(letter + pick.choice(("", "", " ", "%0A", "\u2003", "%E2%80%83")) for letter in bytes_)
        for payload in (noise, bytes_, clean, bytes_ + noise, noise + bytes_):
            for header in ("text/plain;base64", "text/plain"):
                uri = f"data:{header},{payload}"
                assert decoded(uri) == decoded_at_once(uri), uri
                outcomes.add(decoded(uri) is None)
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    ("uri", "size"),
    [
        ("data:text/plain," + "%41" * 700_000, 700_000),
        ("data:text/plain;base64," + "%41" * 700_000, 525_000),
        ("data:application/zip;base64," + "QUJD" * 500_000, 1_500_000),
        ("data:application/zip;base64," + "=" * 2_000_000, 0),
    ],
)
def test_two_megabytes_are_checked_in_less_memory_than_they_take(uri: str, size: int) -> None:
    """The test of the whole process sends twenty."""
    tracemalloc.start()
    try:
        assert sum(map(len, data_uri_pieces(uri))) == size
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE, "it was 170 for the first one"
    finally:
        tracemalloc.stop()


def test_a_name_is_taken_from_the_end_of_a_long_address() -> None:
    far = "https://example.org/" + "%41/" * 100_000 + "data%20of%20today.csv"
    assert Attachment.model_validate(far).name == "data of today.csv"


def test_the_type_of_a_large_data_uri_is_read_from_its_beginning() -> None:
    assert Attachment(name="a", url="data:text/csv;base64,YQ==").media_type == "text/csv"
    assert Attachment(name="a", url="data:,").media_type == "application/octet-stream"
